//! Several owners: what one of them wants must fit what the others want, whoever came first.

use std::collections::BTreeMap;

use crate::node::{HostPath, Kind, RECORD_DIR, Record};
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::plan::layers::{OtherLayer, is_same_dir, parsed};
use crate::report::FailureCode;

/// Refused if the layers cannot be composed with any primary.
pub(in crate::plan) fn refusal(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    unusable(cx, &|_| true)?;
    elsewhere(cx)?;
    outputs(cx)?;
    types(cx)?;
    values(cx)
}

/// Refused if the chain cannot be composed without this owner's layer.
pub(in crate::plan) fn refusal_to_leave(cx: &PlanContext<'_>, record: &Record) -> Result<(), Blocked> {
    let is_shared =
        |owner: &str| record.of_kind(Kind::Chain).any(|(_, written)| written.shared_with.contains(owner));
    unusable(cx, &is_shared)?;
    if record.of_kind(Kind::Chain).next().is_some() { elsewhere(cx) } else { Ok(()) }
}

/// A record that cannot be used: nobody knows what is in the chain.
fn unusable(cx: &PlanContext<'_>, counts: &dyn Fn(&str) -> bool) -> Result<(), Blocked> {
    let others = cx.records.iter().filter(|(owner, _)| **owner != cx.desired.owner);
    for (owner, record) in others.filter(|(owner, _)| counts(owner)) {
        let error = match record {
            Ok(record) if record.leaving || parsed(record).is_some() => continue,
            Ok(_) => "its plugins or their position cannot be parsed".to_owned(),
            Err(error) => error.to_string(),
        };
        return Err(Blocked::refused(
            FailureCode::OwnerUnknown,
            format!(
                "{owner:?} may have a layer in this node's chain: {RECORD_DIR}/{owner}.json cannot be used: {error}"
            ),
            format!(
                "uninstall it with the release that wrote it (cni-bootstrap uninstall --owner {owner}), \
                 or move the record away if nothing that it names is left"
            ),
        ));
    }
    Ok(())
}

/// A chain of another owner that is not the file to compose: it lies in another directory, or has another layout.
fn elsewhere(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    for record in cx.usable_records().filter(|record| record.owner != cx.desired.owner && !record.leaving) {
        let there = |path: &HostPath| cx.node.file(path).present().is_some();
        let Some((path, _)) = record.of_kind(Kind::Chain).find(|(path, _)| there(path)) else { continue };
        let (owner, dir) = (&record.owner, &cx.desired.dirs.conf);
        let layout =
            if cx.desired.layout.has_chain() { cx.desired.layout } else { cx.desired.chain_layout() };
        let why = if record.layer.layout != layout.word() {
            format!(
                "with the layout {:?}, and this run has the layout {:?}",
                record.layer.layout,
                layout.word()
            )
        } else if is_same_dir(cx.node, &path.parent(), dir) {
            continue;
        } else {
            format!("and this run composes the one in {dir}")
        };
        return Err(Blocked::refused(
            FailureCode::ChainOfAnotherOwner,
            format!("{owner:?} has its chain in {path}, {why}; the runtime loads only one of them"),
            format!(
                "give both owners the same --conf-dir and --layout, or uninstall one (cni-bootstrap uninstall \
                 --owner {owner})"
            ),
        ));
    }
    Ok(())
}

fn outputs(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let mut given = cx.desired.outputs();
    let Some((first, name)) = given.next() else { return Ok(()) };
    given.find(|(_, other)| *other != name).map_or(Ok(()), |(second, other)| {
        Err(Blocked::refused(
            FailureCode::OwnersDisagree,
            format!(
                "the chain of all owners is one file, but {first:?} has --output-file {name} and {second:?} has \
                 --output-file {other}"
            ),
            "give the same --output-file to both owners, or to one of them only",
        ))
    })
}

/// The same plugin type in two layers; a primary that has the type does not make it right.
fn types(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (owner, plugin) in cx.desired.added() {
        let name = plugin.plugin_type();
        if let Some(other) = owners.insert(name, owner).filter(|other| *other != owner) {
            return Err(Blocked::refused(
                FailureCode::PluginRunsTwice,
                format!(
                    "{other:?} and {owner:?} both add the plugin type {name:?}; a chain runs each plugin once"
                ),
                format!(
                    "leave it out of one of the two, or uninstall one (cni-bootstrap uninstall --owner {})",
                    if *other == *cx.desired.owner { owner } else { other }
                ),
            ));
        }
    }
    Ok(())
}

/// Values of the runtime's config: a node has each of them once.
fn values(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let own = (cx.desired.owner.as_str(), &cx.desired.layer.desired);
    let others: Vec<_> = cx.desired.others.iter().map(OtherLayer::desired).collect();
    let all = || std::iter::once(own).chain(others.iter().copied());
    let said = |name: &str, value: Option<String>| value.map(|value| format!("{name} = {value}"));
    let disagree = None
        .or_else(|| two(all().map(|(o, d)| (o, said("max_conf_num", d.max_conf_num.map(|v| v.to_string()))))))
        .or_else(|| {
            two(all()
                .map(|(o, d)| (o, said("conf_template", d.conf_template.as_ref().map(|v| format!("{v:?}"))))))
        })
        .or_else(|| {
            two(all().map(|(o, d)| (o, said("SystemdCgroup", d.systemd_cgroup.map(|v| v.to_string())))))
        })
        .or_else(|| two(all().map(|(o, d)| (o, said("the sandbox image", d.sandbox_image.clone())))));
    disagree.map_or(Ok(()), |[(first, one), (second, other)]| {
        Err(Blocked::refused(
            FailureCode::OwnersDisagree,
            format!("{first:?} wants {one}, and {second:?} wants {other}; the runtime has one value for all"),
            format!(
                "give both the same value, or \"keep\" to one of them, or uninstall one (cni-bootstrap uninstall \
                 --owner {second})"
            ),
        ))
    })
}

/// Two owners that want different values.
fn two<'a>(wants: impl Iterator<Item = (&'a str, Option<String>)>) -> Option<[(&'a str, String); 2]> {
    let mut wants = wants.filter_map(|(owner, value)| Some((owner, value?)));
    let first = wants.next()?;
    let other = wants.find(|(_, value)| *value != first.1)?;
    Some([first, other])
}
