//! A node whose runtime is not containerd. Its config and what it has loaded are not judged; the files of the conf dir
//! and the plugins are, by what all runtimes have in common: a file that containerd's rules refuse is loaded by none.

use crate::cni::{Conflist, Libcni, Listing, Unloadable};
use crate::distro::{self, RuntimeName};
use crate::node::{CRI_O, Node, NotJudged, Runtime};

/// The runtime, if it is not containerd: by its answer, else by its socket, else, in a copy of a node's files, by the
/// directory of its config where no config of containerd is. Otherwise it counts as containerd.
pub(super) fn of(node: &Node) -> Option<&NotJudged> {
    if let Some(runtime) = node.answers.running() {
        return match runtime {
            Runtime::Containerd(_) => None,
            Runtime::NotJudged(other) => Some(other),
        };
    }
    let sockets = distro::sockets_of(RuntimeName::CriO);
    let is_of_cri_o = |socket: &str| sockets.contains(&socket);
    let there = |socket: &&str| {
        let mut stamps = node.observations.stamps.iter();
        stamps.any(|(path, stamp)| path.as_str() == *socket && stamp.present().is_some())
    };
    let is_copied = || {
        let marks = distro::marks_of(RuntimeName::CriO);
        marks.iter().any(there) && !distro::configs().iter().any(there)
    };
    let is_cri_o = match node.endpoint() {
        Some(endpoint) => is_of_cri_o(endpoint.as_str()),
        None => sockets.iter().any(there) || is_copied(),
    };
    is_cri_o.then_some(&CRI_O)
}

/// The files that such a runtime would load: one network for each pod. Each file that does not load is passed over
/// (ocicni `ocicni.go`, `loadNetworks`; cri-dockerd `network/cni/cni.go`). It is an error only if none loads, or if a
/// file that only the runtime can read comes first.
pub(super) fn loads<'a>(
    listing: &Listing<'a>,
    rules: Libcni,
    is_hidden: impl Fn(&str) -> bool,
) -> Result<Vec<(&'a str, Conflist)>, Unloadable> {
    let mut first_error = None;
    for name in listing.loadable() {
        match listing.read(name, rules) {
            None => {}
            Some(Ok(conflist)) => return Ok(vec![(name, conflist)]),
            Some(Err(violation)) => {
                let unloadable = Unloadable { name: name.to_owned(), violation };
                if is_hidden(name) {
                    return Err(unloadable);
                }
                first_error.get_or_insert(unloadable);
            }
        }
    }
    first_error.map_or(Ok(Vec::new()), Err)
}

/// The parts of the node that are not judged.
pub(super) fn unseen(other: &NotJudged) -> String {
    format!(
        "the runtime: it is {other}; its config is not judged, nor which network it has loaded; the files were judged \
         by the rules that all runtimes share"
    )
}
