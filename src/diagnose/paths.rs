//! The usual paths on nodes.

/// Directories of plugin binaries: containerd's default, Debian, Fedora, GKE, k3s, rke2, microk8s.
pub(super) const BIN_DIRS: [&str; 9] = [
    "/opt/cni/bin",
    "/usr/lib/cni",
    "/usr/libexec/cni",
    "/home/kubernetes/bin",
    "/var/lib/rancher/k3s/data/cni",
    "/var/lib/rancher/k3s/data/current/bin",
    "/var/lib/rancher/rke2/data/cni",
    "/var/snap/microk8s/current/opt/cni/bin",
    "/usr/local/lib/cni",
];

/// containerd's config files. If containerd cannot be asked, the first one that exists counts as the one in use: a
/// distribution's file exists only on its own nodes.
pub(super) const CONFIGS: [&str; 7] = [
    "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
    "/var/lib/rancher/rke2/agent/etc/containerd/config.toml",
    "/var/snap/microk8s/current/args/containerd.toml",
    "/etc/k0s/containerd.toml",
    DEFAULT_CONFIG,
    "/usr/share/containerd/config.toml",
    "/run/containerd/config.toml",
];

/// The file that containerd reads by default.
pub(super) const DEFAULT_CONFIG: &str = crate::containerd::ConfigPath::DEFAULT;

/// Directories of shims, beside containerd's own: containerd's `PATH` under systemd (systemd.exec(5)), and the
/// directories of distributions with their own containerd.
pub(super) const PATH: [&str; 9] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/opt/containerd/bin",
    "/opt/kata/bin",
    "/var/lib/rancher/k3s/data/current/bin",
];

/// The paths of the kubelet.
pub const KUBELETS: [&str; 5] = [
    "/usr/bin/kubelet",
    "/usr/local/bin/kubelet",
    "/opt/bin/kubelet",
    "/home/kubernetes/bin/kubelet",
    "/usr/libexec/kubernetes/kubelet",
];

/// CRI-O's socket. CRI-O is not queried, because this program does not know the form of its answers.
pub(super) const CRI_O: &str = "/run/crio/crio.sock";

/// containerd's units.
pub(super) const CONTAINERD_UNITS: [&str; 3] = [
    "/etc/systemd/system/containerd.service",
    "/usr/lib/systemd/system/containerd.service",
    "/lib/systemd/system/containerd.service",
];

/// libcni's cache of each pod's network (libcni `api.go`, `CacheDir`).
pub(super) const CNI_CACHE: &str = "/var/lib/cni/results";
