//! What is known of each distribution: where its files, sockets and units are. Pure data, one file for each
//! distribution.
//!
//! A new distribution is a file with one [`Distro`], and its name in the list below. No other code of the program names
//! a path, a unit or a daemon of a distribution; `tests/architecture` keeps it so.

mod aks;
mod bottlerocket;
mod containerd;
mod cri_o;
mod docker;
mod edit;
mod eks;
mod flatcar;
mod gke;
mod k0s;
mod k3s;
mod kind;
mod lists;
mod microk8s;
mod model;
mod nixos;
mod openshift;
mod rke2;
mod runtime;
#[cfg(test)]
mod tests;

pub use edit::{Edit, Generated, Material, Place};
pub use lists::{
    bin_dirs, by_os, by_socket, conf_dirs, configs, generated, kubelet_configs, kubelet_drop_ins,
    kubelet_programs, kubelet_units, kubelet_variables, marks_of, own_networks, package_networks, programs,
    shim_dirs, sockets, sockets_of, supervised_by, unit_files, unit_of,
};
pub use model::{Daemon, Distro, KubeletFiles};
pub use runtime::RuntimeName;

/// Every distribution. containerd as its own project ships it comes first.
pub const DISTROS: [&Distro; 15] = [
    &containerd::DISTRO,
    &docker::DISTRO,
    &k3s::DISTRO,
    &rke2::DISTRO,
    &microk8s::DISTRO,
    &k0s::DISTRO,
    &eks::DISTRO,
    &aks::DISTRO,
    &gke::DISTRO,
    &flatcar::DISTRO,
    &nixos::DISTRO,
    &bottlerocket::DISTRO,
    &kind::DISTRO,
    &cri_o::DISTRO,
    &openshift::DISTRO,
];
