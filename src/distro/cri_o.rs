//! CRI-O as its own project ships it. Its config is not judged yet.

use super::model::Distro;
use super::runtime::RuntimeName;

pub(super) const DISTRO: Distro = Distro {
    name: "CRI-O",
    runtime: RuntimeName::CriO,
    sockets: &["/run/crio/crio.sock"],
    socket_dir: Some("/run/crio/"),
    units: &["crio.service"],
    marks: &["/etc/crio"],
    // `100-crio-bridge.conflist`, `11-crio-ipv4-bridge.conflist`, `10-crio-bridge.conflist` (cri-o `contrib/cni`).
    package_networks: &["100-crio", "11-crio", "10-crio"],
    ..Distro::PLAIN
};
