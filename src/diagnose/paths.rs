//! Where things lie on nodes.

/// Where plugin binaries lie: containerd's default, Debian, Fedora, GKE, k3s, rke2, microk8s.
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

/// containerd's config files. The first that is there is taken for the one in use where containerd cannot be asked:
/// a distribution's own file is on that distribution's nodes alone.
pub(super) const CONFIGS: [&str; 7] = [
    "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
    "/var/lib/rancher/rke2/agent/etc/containerd/config.toml",
    "/var/snap/microk8s/current/args/containerd.toml",
    "/etc/k0s/containerd.toml",
    DEFAULT_CONFIG,
    "/usr/share/containerd/config.toml",
    "/run/containerd/config.toml",
];

/// The file that containerd reads unless it is told otherwise.
pub(super) const DEFAULT_CONFIG: &str = crate::containerd::ConfigPath::DEFAULT;

/// Where a shim is looked for beside containerd itself: containerd's `PATH` under systemd (systemd.exec(5)), and the
/// directories of those distributions that bring their own.
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

/// Where the kubelet lies.
pub const KUBELETS: [&str; 5] = [
    "/usr/bin/kubelet",
    "/usr/local/bin/kubelet",
    "/opt/bin/kubelet",
    "/home/kubernetes/bin/kubelet",
    "/usr/libexec/kubernetes/kubelet",
];

/// CRI-O's socket. Nothing is asked of it: it tells what it has loaded in no form that is known here.
pub(super) const CRI_O: &str = "/run/crio/crio.sock";

/// containerd's units.
pub(super) const CONTAINERD_UNITS: [&str; 3] = [
    "/etc/systemd/system/containerd.service",
    "/usr/lib/systemd/system/containerd.service",
    "/lib/systemd/system/containerd.service",
];

/// What libcni remembers of each pod's network (libcni `api.go`, `CacheDir`).
pub(super) const CNI_CACHE: &str = "/var/lib/cni/results";
