//! Bottlerocket: `/etc/containerd` is a tmpfs that the system's API fills from its settings.

use super::edit::Edit;
use super::model::Distro;

pub(super) const DISTRO: Distro = Distro {
    name: "Bottlerocket",
    edit: Edit::Api {
        why: "Bottlerocket writes it from its API's settings, so an edit is lost",
        sandbox_image: "apiclient set settings.kubernetes.pod-infra-container-image=",
    },
    os: Some("bottlerocket"),
    ..Distro::PLAIN
};
