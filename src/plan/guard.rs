//! Refuses plans that would not end: two changes with one target, or the same change again and again.

use std::collections::BTreeMap;

use crate::node::{HostPath, Kind, Observed};
use crate::plan::change::{Change, Left};
use crate::plan::contender::undone;
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::history::WINDOW;
use crate::report::{Failure, FailureCode};

/// The number of times in a row that a path is changed to the same state within [`WINDOW`] before the run fails (istio
/// and cilium undid each other's chain forever). `watch` tries again when the first of them is older. Earlier processes of this boot count.
pub(in crate::plan) const MOST: usize = 5;

/// Refuses a plan that would not end.
pub(in crate::plan) fn check(cx: &PlanContext<'_>, plan: &Plan) -> Result<(), Failure> {
    one_change_for_each(cx, plan)?;
    plan.first_changes().try_for_each(|change| not_again(cx, change))
}

/// Two changes with one target would undo each other forever.
fn one_change_for_each(cx: &PlanContext<'_>, plan: &Plan) -> Result<(), Failure> {
    let mut targets = BTreeMap::new();
    for (path, _) in plan.changes().filter_map(Change::leaves) {
        if let Some(other) = targets.insert(target(cx, path), path) {
            let sentence = if other == path {
                format!("{path} would be written twice, with different bytes")
            } else {
                format!("{other} and {path} are one file, but would be written with different bytes")
            };
            let remedy = "give each file of --install-bin, and the chain, a name and a directory of its own";
            return Err(Failure::new(FailureCode::PathWrittenTwice, sentence, remedy));
        }
    }
    Ok(())
}

/// Where a path lies, if its directory has several names: the directory's device and inode, and the name in it.
fn target<'a>(cx: &'a PlanContext<'_>, path: &'a HostPath) -> (Option<(u64, u64)>, HostPath, &'a str) {
    // For a config file that is a link, the target is the file behind it.
    let path = cx.node.links.get(path).unwrap_or(path);
    let parent = path.parent();
    match cx.node.dirs.get(&parent) {
        Some(Observed::Present(dir)) if dir.stamp.ino != 0 => {
            (Some((dir.stamp.dev, dir.stamp.ino)), HostPath::root(), path.name())
        }
        _ => (None, parent, path.name()),
    }
}

fn not_again(cx: &PlanContext<'_>, change: &Change) -> Result<(), Failure> {
    let Some((path, left)) = change.leaves() else { return Ok(()) };
    let count = cx.tally.writes_of(path, &left.word(), WINDOW, cx.now);
    if count < MOST {
        return Ok(());
    }
    let what = match left {
        Left::Bytes(_) => "written with the same bytes",
        Left::Link(_) => "made the same link",
        Left::Directory => "made",
        Left::Nothing => "removed",
    };
    let undone = match change {
        Change::Publish(publish) if publish.kind == Kind::Chain => {
            let types: Vec<String> =
                cx.desired.plugins.iter().map(|plugin| plugin.plugin_type().to_owned()).collect();
            Some(undone(cx.node, path, &types, cx.rules()))
        }
        _ => None,
    };
    let how = undone.as_ref().map(|undone| format!("; the last time it {}", undone.how)).unwrap_or_default();
    let remedy = undone.and_then(|undone| undone.remedy).unwrap_or_else(|| remedy(change));
    Err(Failure::new(
        FailureCode::ChangeUndone,
        format!("{path} was {what} {count} times, and each time another program undid it{how}"),
        remedy,
    ))
}

fn remedy(change: &Change) -> String {
    match change {
        Change::Publish(publish) if publish.kind == Kind::Chain => {
            "find the program that owns the directory (cilium: cni.exclusive=false; istio-cni: chained=false) \
             and stop one of the two"
                .to_owned()
        }
        Change::Publish(publish) if publish.kind == Kind::Config => format!(
            "find the program that writes {} (the distribution's agent, another DaemonSet) and stop one of the two",
            publish.path
        ),
        change => format!(
            "find the program that changes {} (another installer's DaemonSet) and stop one of the two",
            change.path().map_or_else(HostPath::root, HostPath::parent)
        ),
    }
}
