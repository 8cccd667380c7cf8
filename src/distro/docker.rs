//! Docker's package `containerd.io`, and the containerd that Docker's daemon starts for itself.
//!
//! The package has containerd's own paths. Its config disables CRI (`disabled_plugins = ["cri"]`). The containerd of
//! `dockerd` serves no CRI either, and its socket (`/run/docker/containerd/containerd.sock`) is never tried.

use super::model::{Daemon, Distro};

pub(super) const DISTRO: Distro = Distro {
    name: "Docker",
    daemon: Some(Daemon { process: "dockerd", brings_back: false, serves_kubelet: false }),
    ..Distro::PLAIN
};
