//! The network that pods get, by what is on disk.

use crate::cni::Conflist;

/// What the runtime would load first.
pub(super) struct Winner<'a> {
    /// The file's name.
    pub(super) name: &'a str,
    /// What it holds.
    pub(super) conflist: Conflist,
}

/// Names of other packages' default networks, which win by accident: podman, CRI-O, nerdctl, and containerd itself.
pub(super) fn is_package_default(name: &str) -> bool {
    is_bridge_of_a_package(name) || name == CONTAINERD_NET
}

/// A default that a package brings for its own containers.
pub(super) fn is_bridge_of_a_package(name: &str) -> bool {
    ["87-podman", "100-crio", "nerdctl-"].iter().any(|prefix| name.starts_with(prefix))
}

/// Written by containerd from `conf_template`, or brought by its own packages.
pub(super) const CONTAINERD_NET: &str = "10-containerd-net.conflist";
