//! The network's file lies in a directory in which the runtime does not look.

use super::found::found;
use super::set_value::set_value;
use super::view::View;
use crate::cni::{self, Conflist};
use crate::distro;
use crate::node::{HostPath, Observed, ReadRequest};
use crate::report::Located;
use crate::report::codes::check::CONF_DIR_ELSEWHERE;

/// The other directories of CNI configuration, and their files; none if the runtime's own has a file.
pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    others(view)
        .into_iter()
        .flat_map(|dir| ["conf", "conflist", "json"].map(|end| view.node.files_of(&dir, end)).concat())
        .collect()
}

fn others(view: &View<'_>) -> Vec<HostPath> {
    let is_read = view.node.dirs.get(&view.conf_dir).is_some_and(|dir| !matches!(dir, Observed::Unknown(_)));
    if !is_read || view.listing().loadable().next().is_some() {
        return Vec::new();
    }
    let real = |dir: &HostPath| view.node.links.get(dir).unwrap_or(dir).clone();
    let own = real(&view.conf_dir);
    let known = distro::conf_dirs().into_iter().map(HostPath::known);
    known.filter(|dir| real(dir) != own).collect()
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    others(view).iter().find_map(|dir| judge(view, dir)).into_iter().collect()
}

/// True if the file in the other directory explains why the runtime has no network.
pub(super) fn is_told(view: &View<'_>) -> bool {
    !check(view).is_empty()
}

fn judge(view: &View<'_>, dir: &HostPath) -> Option<Located> {
    let names = &view.node.dirs.get(dir)?.present()?.names;
    let loads = |name: &&String| {
        let bytes = view.node.bytes(&dir.join(name)).unwrap_or_default();
        cni::extension(name).is_some()
            && !cni::is_package_default(name)
            && Conflist::read(name, bytes, view.rules()).is_ok_and(|conflist| !conflist.is_loopback_only())
    };
    let name = names.iter().find(loads)?;
    let set = view.values().and_then(|values| values.conf_dir.as_ref());
    let live = view.status().and_then(|status| status.conf_dir.as_deref());
    let own = &view.conf_dir;
    let set = set.filter(|set| set.value == own.as_str());
    let says = match (set, live) {
        (Some(set), _) => format!("{} sets conf_dir to {own}", set.place()),
        (None, Some(_)) => format!("the runtime runs with the conf_dir {own}"),
        (None, None) => format!("the runtime's conf_dir is {own}, its default"),
    };
    let message = format!(
        "{says}, where no network's file is; {name} lies in {dir}, where the runtime does not look, so the node stays \
         NotReady with cni plugin not initialized"
    );
    let mended = set.zip(view.config.as_ref()).and_then(|(set, main)| {
        set_value(view, main, set, &["conf_dir"], dir.as_str(), |values| {
            values.conf_dir.as_ref().is_some_and(|set| set.value == dir.as_str())
        })
    });
    let remedy = mended.unwrap_or_else(|| match set {
        None if live.is_some() => format!("{}   # if its config has {dir} now", view.restart()),
        _ => format!("# set conf_dir to {dir} in the runtime's config, then: {}", view.restart()),
    });
    let subject = set.map_or(own, |set| &set.file);
    Some(found(&CONF_DIR_ELSEWHERE, subject, message, remedy).at(set.map_or(0, |set| set.line), 1))
}
