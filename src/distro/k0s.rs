//! k0s: one daemon that starts its own containerd.

use super::edit::{Edit, Generated, Material, Place};
use super::model::{Daemon, Distro};

pub(super) const DISTRO: Distro = Distro {
    name: "k0s",
    sockets: &["/run/k0s/containerd.sock"],
    socket_dir: Some("/run/k0s/"),
    units: &["k0sworker.service", "k0scontroller.service"],
    configs: &["/etc/k0s/containerd.toml"],
    edit: Edit::Generated(Generated {
        place: Place { within: "/etc/k0s/", end: "/etc/k0s/containerd.toml" },
        // k0s merges the drop-ins itself and leaves a file without its mark to the user
        // (k0s `pkg/component/worker/containerd`).
        material: Material::DropIns { dir: "containerd.d", mark: "k0s_managed=true" },
        restart: "systemctl restart k0sworker (k0scontroller)",
    }),
    daemon: Some(Daemon { process: "k0s", brings_back: true, serves_kubelet: true }),
    ..Distro::PLAIN
};
