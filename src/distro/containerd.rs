//! containerd as its own project and the packages of Linux distributions ship it, with a kubelet of kubeadm.

use super::model::{Distro, KubeletFiles};

pub(super) const DISTRO: Distro = Distro {
    name: "containerd",
    sockets: &["/run/containerd/containerd.sock"],
    units: &["containerd.service"],
    unit_files: &[
        "/etc/systemd/system/containerd.service",
        "/usr/lib/systemd/system/containerd.service",
        "/lib/systemd/system/containerd.service",
    ],
    // The first is containerd's default (containerd `defaults/defaults_linux.go`).
    configs: &["/etc/containerd/config.toml", "/run/containerd/config.toml"],
    conf_dirs: &["/etc/cni/net.d"],
    // containerd's default, Debian's, Fedora's, and one more that podman knows (containers/common
    // `DefaultCNIPluginDirs`).
    bin_dirs: &["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni", "/usr/local/lib/cni"],
    // containerd's `PATH` under systemd (systemd.exec(5)), its own `/opt` plugin, and kata-deploy's.
    shim_dirs: &[
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
        "/opt/containerd/bin",
        "/opt/kata/bin",
    ],
    programs: &[
        "/usr/bin/containerd",
        "/usr/local/bin/containerd",
        "/usr/bin/runc",
        "/usr/bin/kubelet",
        "/usr/lib/systemd/systemd",
        "/usr/bin/bash",
        "/bin/sh",
    ],
    // Podman's and nerdctl's are on any node.
    package_networks: &["87-podman", "nerdctl-"],
    kubelet: KubeletFiles {
        programs: &["/usr/bin/kubelet", "/usr/local/bin/kubelet", "/usr/libexec/kubernetes/kubelet"],
        configs: &["/var/lib/kubelet/config.yaml"],
        unit_files: &[
            "/etc/systemd/system/kubelet.service",
            "/usr/lib/systemd/system/kubelet.service",
            "/lib/systemd/system/kubelet.service",
        ],
        // In the order of kubeadm's unit, where a later one wins (kubernetes/release `10-kubeadm.conf`).
        variables: &[
            "/var/lib/kubelet/kubeadm-flags.env",
            "/etc/kubernetes/kubelet.env",
            "/etc/sysconfig/kubelet",
            "/etc/default/kubelet",
        ],
        ..KubeletFiles::PLAIN
    },
    ..Distro::PLAIN
};
