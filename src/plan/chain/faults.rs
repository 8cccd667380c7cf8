//! Faults of a network that fail its pods: the rule and its sentence, for the plan and for `check` alike (promise 12 of
//! the contract).

use crate::cni::{Conflist, Violation};
use crate::node::{HostPath, Node};
use crate::plan::chain::appended::appended;

/// What is wrong with a name that the runtime loads and then refuses for each pod. `file` is the list's file.
pub fn name_fault(list: &Conflist, file: &str) -> Option<String> {
    (!list.has_usable_name()).then(|| {
        format!(
            "{file} names its network {:?}; the runtime loads it and then fails every pod, because a name must start \
             with a letter or digit and have only letters, digits, '_', '.' and '-'",
            list.network()
        )
    })
}

/// A fault of a file that the release adds to a network.
#[derive(Debug)]
pub enum AddedFault {
    /// The runtime cannot load the file, and so no network.
    Broken(HostPath, Violation, String),
    /// The file adds a plugin that the list has.
    Twice(HostPath, String),
}

/// The files that the release adds to a list in `dir`; or the first fault of one of them. `types` are the list's plugins
/// that must not run twice.
pub fn added(
    node: &Node,
    dir: &HostPath,
    list: &Conflist,
    (file, types): (&str, &[&str]),
) -> Result<Vec<(HostPath, Conflist)>, AddedFault> {
    let network = list.network();
    let files = appended(node, dir, list).map_err(|(path, violation)| {
        let message = format!(
            "{path} {violation}; this containerd adds the files of {} to the network {network:?}, so the whole load \
             fails",
            dir.join(network)
        );
        AddedFault::Broken(path, violation, message)
    })?;
    let twice = files.iter().find_map(|(path, added)| {
        let plugin = *added.types().iter().find(|plugin| types.contains(plugin))?;
        let message = format!(
            "{path} adds the plugin {plugin:?} to the network {network:?}, and {file} has it already, so it runs twice \
             for each pod"
        );
        Some(AddedFault::Twice(path.clone(), message))
    });
    twice.map_or(Ok(files), Err)
}
