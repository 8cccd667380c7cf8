//! The paths that a plan needs from `observe`, and the primary for the report.

use crate::cni::Plugin;
use crate::node::{Moment, Node};
use crate::plan::chain::compose::compose_chain;
use crate::plan::chain::publish;
use crate::plan::change::{Change, changes};
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::plan::history::History;
use crate::plan::resolve::{Desired, resolve};
use crate::plan::runtime::template;
use crate::plan::settings::{Goal, RuntimeKind, Settings};

/// The files whose content an option depends on: the template.
pub fn files_asked_for(settings: &Settings, answers: &crate::node::Answers) -> Vec<crate::node::HostPath> {
    if settings.goal == Goal::Uninstall || settings.runtime == RuntimeKind::None {
        return Vec::new();
    }
    template::file(settings, answers).into_iter().collect()
}

/// The primary of a node for the report: its path and content.
pub fn primary_of(
    node: &Node,
    settings: &Settings,
    desired: &Desired,
) -> Option<(crate::node::HostPath, crate::cni::Conflist)> {
    let history = History::new(Moment::default());
    let cx = PlanContext::new(node, settings, desired, &history, Moment::default());
    let ready = cx.primary().ok()?;
    Some((ready.path.clone(), ready.conflist.clone()))
}

/// The changes that publish the chain on this node; none without a primary, and none if the chain is refused.
pub fn chain_of(
    node: &Node,
    settings: &Settings,
    desired: &Desired,
    history: &History,
    now: Moment,
) -> Vec<Change> {
    let cx = PlanContext::new(node, settings, desired, history, now);
    let Ok(primary) = cx.primary() else { return Vec::new() };
    let Ok((path, composed)) = compose_chain(&cx, primary) else { return Vec::new() };
    let steps = publish::publish(&cx, &mut Draft::default(), primary, path, composed).unwrap_or_default();
    changes(&steps).cloned().collect()
}

/// The names of the binaries to observe; true for those that this owner installs.
pub fn bin_names(node: &Node, settings: &Settings) -> std::collections::BTreeMap<String, bool> {
    let mut names = std::collections::BTreeMap::new();
    let files = node.files.iter().filter_map(|(path, observed)| Some((path, observed.present()?)));
    for (path, file) in files {
        let crate::node::Content::Bytes(bytes) = &file.content else { continue };
        if let Ok(conflist) = crate::cni::Conflist::of(path.name(), bytes, crate::cni::Libcni::Any) {
            let executed = conflist.executed().into_iter().flat_map(|(_, binaries)| binaries);
            names.extend(executed.map(|name| (name, false)));
        }
    }
    let status = node.answers.containerd();
    let own = status.into_iter().flat_map(crate::node::Status::own_plugins);
    names.extend(own.map(|name| (name.to_owned(), false)));
    if let Ok(desired) = resolve(settings, node) {
        let others = desired.others.iter().flat_map(|other| &other.layer.plugins);
        let others: Vec<Plugin> = others.filter_map(|text| text.parse().ok()).collect();
        let executed = desired.plugins.iter().chain(&others).flat_map(Plugin::executed);
        names.extend(executed.map(|name| (name, false)));
        names.extend(desired.binaries.iter().map(|(name, _)| (name.clone(), true)));
    }
    names
}
