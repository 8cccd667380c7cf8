//! GKE on Container-Optimized OS: all but `/home`, `/var` and `/etc` is read-only, and a script writes `/etc` at each boot.

use super::edit::Edit;
use super::model::{Distro, KubeletFiles};

pub(super) const DISTRO: Distro = Distro {
    name: "GKE",
    edit: Edit::UntilBoot("Container-Optimized OS"),
    os: Some("cos"),
    bin_dirs: &["/home/kubernetes/bin"],
    kubelet: KubeletFiles {
        programs: &["/home/kubernetes/bin/kubelet"],
        configs: &["/home/kubernetes/kubelet-config.yaml"],
        ..KubeletFiles::PLAIN
    },
    ..Distro::PLAIN
};
