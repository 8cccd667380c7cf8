//! The kubelet's settings, from its observed files.

use crate::distro;
use crate::manifest::{Kubelet, kubelet};
use crate::node::{HostPath, Node, Observed, ReadRequest};
use crate::plan::runtime::kubelet::flags::Flags;

/// The ending of drop-in names.
const DROP_IN: &str = ".conf";
/// The feature gate with which the kubelet takes the driver from the runtime.
const GATE: &str = "KubeletCgroupDriverFromCRI";

/// The kubelet's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeletSays {
    /// The explicit driver, and the file or flag that sets it.
    pub driver: Option<(String, String)>,
    /// The config file that was read.
    pub config: Option<HostPath>,
    /// The value of `GATE`, if it is set.
    pub driver_from_cri: Option<bool>,
    /// The node's name, if a flag sets it.
    pub node_name: Option<String>,
    /// The credentials of the kubelet, if a flag names them.
    pub kubeconfig: Option<HostPath>,
    /// Files that cannot be parsed as its configuration, and why. The kubelet does not start with them.
    pub broken: Vec<(HostPath, String)>,
}

/// The requests that [`kubelet_says`] still needs.
pub fn kubelet_requests(node: &Node) -> Vec<ReadRequest> {
    let flags = Flags::of(node);
    let mut requests = node.unit_files(&distro::kubelet_units());
    requests.extend(configs(&flags).chain(paths(distro::kubelet_variables())).map(ReadRequest::File));
    requests.extend(drop_in_dirs(&flags).into_iter().flat_map(|dir| node.files_of(&dir, DROP_IN)));
    requests.retain(|request| node.lacks(request));
    requests
}

/// The kubelet's settings in the observed files. A drop-in wins over the config file, a later one over an earlier one
/// (`mergeKubeletConfigurations`: by name, `*.conf`, a JSON merge patch), and a flag over all
/// (`kubeletConfigFlagPrecedence`; both in kubernetes `cmd/kubelet/app/server.go`).
pub fn kubelet_says(node: &Node) -> KubeletSays {
    let flags = Flags::of(node);
    let mut says = KubeletSays::default();
    let main = configs(&flags).find(|path| node.file(path).present().is_some());
    says.config.clone_from(&main);
    let dirs = drop_in_dirs(&flags);
    let listed = dirs.iter().filter_map(|dir| Some((dir, node.dirs.get(dir).and_then(Observed::present)?)));
    let drop_ins = listed.flat_map(|(dir, listed)| {
        let names = listed.names.iter().filter(|name| name.ends_with(DROP_IN));
        names.map(|name| dir.join(name)).collect::<Vec<_>>()
    });
    for path in main.into_iter().chain(drop_ins) {
        let Some(bytes) = node.bytes(&path) else { continue };
        match kubelet(bytes) {
            Ok(Kubelet { cgroup_driver, driver_from_cri }) => {
                says.driver = cgroup_driver.map(|driver| (driver, path.to_string())).or(says.driver);
                says.driver_from_cri = driver_from_cri.or(says.driver_from_cri);
            }
            Err(why) => says.broken.push((path, why)),
        }
    }
    let typed = flags.get("cgroup-driver").map(|driver| (driver.to_owned(), "--cgroup-driver".to_owned()));
    says.driver = typed.or(says.driver);
    says.node_name = flags.get("hostname-override").filter(|name| !name.is_empty()).map(str::to_lowercase);
    says.kubeconfig = flags.path("kubeconfig");
    says.driver_from_cri = flags.gate(GATE).or(says.driver_from_cri);
    says
}

fn configs(flags: &Flags) -> impl Iterator<Item = HostPath> {
    flags.path("config").into_iter().chain(paths(distro::kubelet_configs()))
}

/// The directories of drop-ins: the one of the command line, else those of the distributions.
fn drop_in_dirs(flags: &Flags) -> Vec<HostPath> {
    match flags.path("config-dir") {
        Some(dir) => vec![dir],
        None => paths(distro::kubelet_drop_ins()).collect(),
    }
}

fn paths(known: Vec<&'static str>) -> impl Iterator<Item = HostPath> {
    known.into_iter().map(HostPath::known)
}
