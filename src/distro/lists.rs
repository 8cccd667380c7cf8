//! What all distributions come to, in the order in which it is looked for.

use super::DISTROS;
use super::edit::{Edit, Generated};
use super::model::{Daemon, Distro};
use super::runtime::RuntimeName;

type List = Vec<&'static str>;

/// One list of every distribution, each entry once.
fn every<L: IntoIterator<Item = &'static &'static str>>(
    distros: impl IntoIterator<Item = &'static Distro>,
    list: impl Fn(&'static Distro) -> L,
) -> List {
    let mut all = List::new();
    for entry in distros.into_iter().flat_map(list) {
        if !all.contains(entry) {
            all.push(entry);
        }
    }
    all
}

/// The CRI sockets, the likeliest first. CRI-O's come last: its node is recognised and not judged.
pub fn sockets() -> List {
    let mut sockets = sockets_of(RuntimeName::Containerd);
    sockets.extend(sockets_of(RuntimeName::CriO));
    sockets
}

/// The CRI sockets of one runtime.
pub fn sockets_of(runtime: RuntimeName) -> List {
    every(DISTROS.into_iter().filter(|distro| distro.runtime == runtime), |distro| distro.sockets)
}

/// Directories that only nodes with this runtime have, for files of a node that has no socket.
pub fn marks_of(runtime: RuntimeName) -> List {
    every(DISTROS.into_iter().filter(|distro| distro.runtime == runtime), |distro| distro.marks)
}

/// The unit of a runtime as its own project ships it, as `systemctl` takes it.
pub fn unit_of(runtime: RuntimeName) -> Option<&'static str> {
    DISTROS.into_iter().find(|distro| distro.runtime == runtime)?.unit()
}

/// containerd's main config files. Where containerd cannot be asked, the first that is there counts. A distribution with a
/// runtime of its own comes first: its file is on no other node.
pub fn configs() -> List {
    let (own, others): (Vec<_>, Vec<_>) = DISTROS.into_iter().partition(|distro| distro.has_own_runtime());
    every(own.into_iter().chain(others), |distro| distro.configs)
}

/// The files of containerd's unit.
pub fn unit_files() -> List {
    every(DISTROS, |distro| distro.unit_files)
}

/// Directories of CNI configuration.
pub fn conf_dirs() -> List {
    every(DISTROS, |distro| distro.conf_dirs)
}

/// Directories of CNI plugins.
pub fn bin_dirs() -> List {
    every(DISTROS, |distro| distro.bin_dirs)
}

/// Directories where a shim is looked for beside containerd itself.
pub fn shim_dirs() -> List {
    every(DISTROS, |distro| distro.shim_dirs)
}

/// Programs of a node that tell its machine.
pub fn programs() -> List {
    every(DISTROS, |distro| distro.programs)
}

/// How the names of network files begin that packages bring for their own containers.
pub fn package_networks() -> List {
    every(DISTROS, |distro| distro.package_networks)
}

/// How the names of the network files begin that this runtime's own packages bring.
pub fn own_networks(runtime: RuntimeName) -> List {
    every(DISTROS.into_iter().filter(|distro| distro.runtime == runtime), |distro| distro.package_networks)
}

/// Where the kubelet's program is.
pub fn kubelet_programs() -> List {
    every(DISTROS, |distro| distro.kubelet.programs)
}

/// Where the kubelet's config file is. The first that is there counts.
pub fn kubelet_configs() -> List {
    every(DISTROS, |distro| distro.kubelet.configs)
}

/// Where the drop-ins of the kubelet's config are if no command line tells it: the kubelet itself looks for none.
pub fn kubelet_drop_ins() -> List {
    every(DISTROS, |distro| &distro.kubelet.drop_in_dir)
}

/// The files of the kubelet's unit.
pub fn kubelet_units() -> List {
    every(DISTROS, |distro| distro.kubelet.unit_files)
}

/// The files of variables that the kubelet's unit reads. A later one wins; plain containerd's, which an administrator
/// writes, come last.
pub fn kubelet_variables() -> List {
    every(DISTROS.into_iter().rev(), |distro| distro.kubelet.variables)
}

/// The distributions whose runtime may make this socket: those that have its directory for themselves, else plain
/// containerd.
pub fn by_socket(socket: &str) -> Vec<&'static Distro> {
    let own = |distro: &&Distro| distro.socket_dir.is_some_and(|dir| socket.starts_with(dir));
    let found: Vec<&Distro> = DISTROS.into_iter().filter(own).collect();
    if found.is_empty() { vec![DISTROS[0]] } else { found }
}

/// The distribution that makes this config file anew at each start.
pub fn generated(config: &str) -> Option<(&'static Distro, &'static Generated)> {
    let of = |distro: &'static Distro| match &distro.edit {
        Edit::Generated(generated) => Some((distro, generated)),
        _ => None,
    };
    DISTROS
        .into_iter()
        .filter_map(of)
        .filter(|(_, generated)| {
            config.contains(generated.place.within) && config.ends_with(generated.place.end)
        })
        .max_by_key(|(_, generated)| generated.place.within.len())
}

/// The distribution that is the operating system with this `ID=` (os-release(5)).
pub fn by_os(id: &str) -> Option<&'static Distro> {
    DISTROS.into_iter().find(|distro| distro.os == Some(id))
}

/// The distribution's daemon that has a process of this name.
pub fn supervised_by(process: &str) -> Option<&'static Daemon> {
    let is =
        |name: &str| process.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    DISTROS.into_iter().filter_map(|distro| distro.daemon.as_ref()).find(|daemon| is(daemon.process))
}
