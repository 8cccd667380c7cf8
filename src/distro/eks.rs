//! Amazon's images for EKS: nodeadm (Amazon Linux 2023) or bootstrap.sh (Amazon Linux 2) writes the files at each boot.

use super::edit::Edit;
use super::model::{Distro, KubeletFiles};

pub(super) const DISTRO: Distro = Distro {
    name: "EKS",
    edit: Edit::UntilBoot("Amazon's nodeadm (or bootstrap.sh)"),
    marks: &["/etc/eks"],
    kubelet: KubeletFiles {
        // nodeadm's, then bootstrap.sh's (amazon-eks-ami).
        configs: &["/etc/kubernetes/kubelet/config.json", "/etc/kubernetes/kubelet/kubelet-config.json"],
        variables: &["/etc/eks/kubelet/environment"],
        ..KubeletFiles::PLAIN
    },
    ..Distro::PLAIN
};
