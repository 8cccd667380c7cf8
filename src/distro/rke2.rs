//! rke2: as k3s, with a kubelet in a process of its own.

use super::edit::{Edit, Generated, Place};
use super::k3s;
use super::model::{Daemon, Distro, KubeletFiles};

pub(super) const DISTRO: Distro = Distro {
    name: "rke2",
    // rke2 uses k3s' socket.
    socket_dir: Some("/run/k3s/"),
    units: &["rke2-agent.service", "rke2-server.service"],
    configs: &["/var/lib/rancher/rke2/agent/etc/containerd/config.toml"],
    edit: Edit::Generated(Generated {
        place: Place { within: "/rke2/", end: "/agent/etc/containerd/config.toml" },
        material: k3s::TEMPLATES,
        restart: "systemctl restart rke2-server (rke2-agent)",
    }),
    daemon: Some(Daemon { process: "rke2", brings_back: false, serves_kubelet: true }),
    bin_dirs: &["/var/lib/rancher/rke2/data/cni"],
    kubelet: KubeletFiles {
        // The kubelet's `--config-dir` of rke2 (docs.rke2.io, "Advanced Options and Configuration").
        drop_in_dir: Some("/var/lib/rancher/rke2/agent/etc/kubelet.conf.d"),
        ..KubeletFiles::PLAIN
    },
    ..Distro::PLAIN
};
