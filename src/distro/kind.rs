//! kind: a node is a container with plain containerd (config version 2) and kubeadm's kubelet. Nothing differs from
//! plain containerd (kind, the image `base`).

use super::model::Distro;

pub(super) const DISTRO: Distro = Distro { name: "kind", ..Distro::PLAIN };
