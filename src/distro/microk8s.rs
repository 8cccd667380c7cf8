//! microk8s: a snap with its own containerd.

use super::edit::{Edit, Generated, Material, Place};
use super::model::Distro;

pub(super) const DISTRO: Distro = Distro {
    name: "microk8s",
    sockets: &["/var/snap/microk8s/common/run/containerd.sock"],
    socket_dir: Some("/var/snap/microk8s/"),
    units: &["snap.microk8s.daemon-containerd.service"],
    configs: &["/var/snap/microk8s/current/args/containerd.toml"],
    edit: Edit::Generated(Generated {
        // `current` is a link to the snap's revision.
        place: Place { within: "/microk8s/", end: "/args/containerd.toml" },
        // microk8s replaces `${SNAP_DATA}` and the like in it, all of them inside strings
        // (`run-containerd-with-args`).
        material: Material::Template("containerd-template.toml"),
        restart: "snap restart microk8s.daemon-containerd",
    }),
    // A host's /etc/cni/net.d may be a link to it.
    conf_dirs: &["/var/snap/microk8s/current/args/cni-network"],
    bin_dirs: &["/var/snap/microk8s/current/opt/cni/bin"],
    ..Distro::PLAIN
};
