//! The network that pods get, by the files on disk.

use crate::cni::Conflist;

/// The network that the runtime would load first.
pub(super) struct Winner<'a> {
    /// The file's name.
    pub(super) name: &'a str,
    /// The file's content.
    pub(super) conflist: Conflist,
}

/// The names of other packages' default networks, which become the first file by accident: podman, CRI-O, nerdctl,
/// and containerd itself.
pub(super) fn is_package_default(name: &str) -> bool {
    is_bridge_of_a_package(name) || name == CONTAINERD_NET
}

/// A default network that a package adds for its own containers.
pub(super) fn is_bridge_of_a_package(name: &str) -> bool {
    crate::cni::is_package_default(name)
}

/// containerd writes this file from `conf_template`, or its package has it.
pub(super) const CONTAINERD_NET: &str = "10-containerd-net.conflist";
