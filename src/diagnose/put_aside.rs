//! A network's file under a name that the runtime does not load (`10-calico.conflist.mk_disabled`), where the directory
//! has no other.

use super::found::found;
use super::leftovers::is_leftover;
use super::view::View;
use super::winner::is_package_default;
use crate::cni::{Conflist, extension};
use crate::node::Dir;
use crate::report::codes::check::{CONF_PUT_ASIDE, CONF_TAKEN_AWAY};
use crate::report::{Located, join_truncated};

/// The name that the runtime would load: all up to the last extension that it loads, if more stands behind it.
pub(super) fn original(name: &str) -> Option<&str> {
    const ENDS: [&str; 3] = [".conflist", ".conf", ".json"];
    if extension(name).is_some() || is_leftover(name) {
        return None;
    }
    let ends = ENDS.iter().filter_map(|end| {
        let at = name.rfind(end)? + end.len();
        let is_whole = name[at..].starts_with(|c: char| !c.is_ascii_alphanumeric());
        is_whole.then_some(at)
    });
    ends.max().map(|at| &name[..at]).filter(|original| extension(original).is_some())
}

/// The networks that were put aside, if no file is loaded. Packages' own defaults do not count.
fn put_aside<'d>(view: &View<'_>, dir: &'d Dir) -> Vec<(&'d str, &'d str)> {
    if view.listing().loadable().next().is_some() {
        return Vec::new();
    }
    let names = dir.names.iter().filter_map(|name| Some((name.as_str(), original(name)?)));
    let is_network = |(name, original): &(&str, &str)| {
        let bytes = view.node.bytes(&view.conf_dir.join(name)).unwrap_or_default();
        !is_package_default(original)
            && Conflist::read(original, bytes, view.rules()).is_ok_and(|list| !list.is_loopback_only())
    };
    let mut found: Vec<_> = names.filter(is_network).collect();
    found.sort_by_key(|(_, original)| *original);
    found
}

/// The network that is missing is there under another name.
pub(super) fn judge(view: &View<'_>, dir: &Dir) -> Option<Located> {
    let networks = put_aside(view, dir);
    let (name, original) = *networks.first()?;
    let path = &view.conf_dir;
    let is_ciliums = name.ends_with(".cilium_bak");
    let message = if is_ciliums {
        format!(
            "{name} was renamed by Cilium (cni.exclusive), and Cilium's own configuration is gone, so the node has no \
             network"
        )
    } else {
        let names: Vec<&str> = networks.iter().map(|(name, _)| *name).collect();
        let who = if name.ends_with(".mk_disabled") { " (minikube puts files aside so)" } else { "" };
        let (has, names_do, they) = if names.len() == 1 {
            ("has", "its name does", "it")
        } else {
            ("have", "their names do", "them")
        };
        format!(
            "{} in {path} {has} a network, but {names_do} not end in .conflist, .conf or .json{who}: the runtime does not \
             load {they} and has no other file, so the node stays NotReady with cni plugin not initialized",
            join_truncated(&names)
        )
    };
    let temp = view.word(&path.join(&format!(".{original}.tmp")));
    let (from, to) = (view.word(&path.join(name)), view.word(&path.join(original)));
    let remedy = format!("cp {from} {temp} && mv {temp} {to}");
    let code = if is_ciliums { &CONF_TAKEN_AWAY } else { &CONF_PUT_ASIDE };
    Some(found(code, &path.join(name), message, remedy))
}

#[cfg(test)]
mod tests {
    use super::original;

    #[test]
    fn a_name_behind_an_extension_is_told() {
        for (name, expected) in [
            ("10-calico.conflist.mk_disabled", Some("10-calico.conflist")),
            ("10-a.conf.disabled", Some("10-a.conf")),
            ("10-a.conflist.bak.2024", Some("10-a.conflist")),
            ("10-a.conflist~", Some("10-a.conflist")),
            ("10-a.conflist_old", Some("10-a.conflist")),
            ("10-a.conf.conflist.old", Some("10-a.conf.conflist")),
            ("10-a.conflist", None),
            ("10-a.conflist.tmp123", None),
            ("10-a.configuration", None),
            ("10-a.conflist2", None),
            ("calico-kubeconfig", None),
        ] {
            assert_eq!(original(name), expected, "{name}");
        }
    }
}
