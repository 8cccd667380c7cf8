//! AKS: the node's provisioning (`AgentBaker`) writes the whole config of containerd at each boot, with containerd's own
//! paths.

use super::edit::Edit;
use super::model::Distro;

pub(super) const DISTRO: Distro = Distro {
    name: "AKS",
    edit: Edit::UntilBoot("the AKS node provisioning"),
    marks: &["/opt/azure/containers"],
    ..Distro::PLAIN
};
