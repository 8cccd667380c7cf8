//! `OpenShift` 4: CRI-O on an image, with Multus before the cluster's own network.
//!
//! Its kubelet's config is `/etc/kubernetes/kubelet.conf`. It is not listed: with kubeadm a kubeconfig has that name.

use super::model::Distro;
use super::runtime::RuntimeName;

pub(super) const DISTRO: Distro = Distro {
    name: "OpenShift",
    runtime: RuntimeName::CriO,
    // CRI-O's network directory (machine-config-operator `crio.yaml`), and where Multus reads the cluster's network
    // (cluster-network-operator `multus.yaml`).
    conf_dirs: &["/etc/kubernetes/cni/net.d", "/run/multus/cni/net.d"],
    // One of CRI-O's plugin directories (machine-config-operator `crio.yaml`); the other one is Fedora's.
    bin_dirs: &["/var/lib/cni/bin"],
    ..Distro::PLAIN
};
