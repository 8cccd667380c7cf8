//! k3s: one daemon with kubelet and containerd inside.

use super::edit::{Edit, Generated, Material, Place};
use super::model::{Daemon, Distro, KubeletFiles};

/// The templates that a user may have written, the newer kind first, each with its directory of drop-ins. They are in the
/// directory of the config (k3s `pkg/agent/templates`; drop-ins since k3s#13680). rke2 has the same code.
pub(super) const TEMPLATES: Material = Material::UserTemplates(&[
    ("config-v3.toml.tmpl", "config-v3.toml.d"),
    ("config.toml.tmpl", "config.toml.d"),
]);

pub(super) const DISTRO: Distro = Distro {
    name: "k3s",
    sockets: &["/run/k3s/containerd/containerd.sock"],
    socket_dir: Some("/run/k3s/"),
    units: &["k3s.service", "k3s-agent.service"],
    configs: &["/var/lib/rancher/k3s/agent/etc/containerd/config.toml"],
    edit: Edit::Generated(Generated {
        // `--data-dir` moves all but the end.
        place: Place { within: "/", end: "/agent/etc/containerd/config.toml" },
        material: TEMPLATES,
        restart: "systemctl restart k3s (k3s-agent)",
    }),
    // `k3s-server`, `k3s-agent`. Its containerd ends with it and is not started alone.
    daemon: Some(Daemon { process: "k3s", brings_back: false, serves_kubelet: true }),
    conf_dirs: &["/var/lib/rancher/k3s/agent/etc/cni/net.d"],
    bin_dirs: &["/var/lib/rancher/k3s/data/cni", "/var/lib/rancher/k3s/data/current/bin"],
    shim_dirs: &["/var/lib/rancher/k3s/data/current/bin"],
    programs: &["/usr/local/bin/k3s"],
    kubelet: KubeletFiles {
        // Its kubelet has no process and so no command line of its own.
        drop_in_dir: Some("/var/lib/rancher/k3s/agent/etc/kubelet.conf.d"),
        ..KubeletFiles::PLAIN
    },
    ..Distro::PLAIN
};
