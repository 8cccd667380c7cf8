//! Flatcar Container Linux: `/usr` is the image. Its unit starts containerd with `--config ${CONTAINERD_CONFIG}`.

use super::edit::Edit;
use super::model::{Distro, KubeletFiles};

pub(super) const DISTRO: Distro = Distro {
    name: "Flatcar",
    configs: &["/usr/share/containerd/config.toml"],
    edit: Edit::Image { drop_in: "[Service] and Environment=CONTAINERD_CONFIG=/etc/containerd/config.toml" },
    os: Some("flatcar"),
    kubelet: KubeletFiles { programs: &["/opt/bin/kubelet"], ..KubeletFiles::PLAIN },
    ..Distro::PLAIN
};
