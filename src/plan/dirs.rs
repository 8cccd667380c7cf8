//! The directories of the node's network.

use crate::node::{Answers, HostPath};
use crate::plan::settings::Settings;

/// The directories, resolved from the settings and the runtime's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// The directory of the chain.
    pub conf: HostPath,
    /// The directory of the primary.
    pub primary: HostPath,
    /// The runtime's directories of plugin binaries, in its order; then `--bin-dir`, if the runtime does not report
    /// it.
    pub bins: Vec<HostPath>,
    /// The directory for new plugin binaries: `--bin-dir`, else the first of `bins`.
    pub install: HostPath,
}

/// The default directory of CNI configuration (containerd, CRI-O and the kubelet use the same).
const DEFAULT_CONF_DIR: &str = "/etc/cni/net.d";
/// The default directory of plugin binaries.
const DEFAULT_BIN_DIR: &str = "/opt/cni/bin";

impl Dirs {
    /// The settings, else the runtime's report (the last one if it is down), else the defaults that all runtimes
    /// share.
    pub fn of(settings: &Settings, answers: &Answers) -> Self {
        let status = answers.status();
        let conf = settings
            .conf_dir
            .clone()
            .or_else(|| HostPath::new(status?.conf_dir.as_deref()?).ok())
            .unwrap_or_else(|| known(DEFAULT_CONF_DIR));
        let primary = settings.primary_dir.clone().unwrap_or_else(|| conf.clone());
        let said =
            status.iter().flat_map(|status| &status.bin_dirs).filter_map(|dir| HostPath::new(dir).ok());
        let mut bins: Vec<HostPath> = Vec::new();
        for dir in said.chain(settings.bin_dir.clone()) {
            if !bins.contains(&dir) {
                bins.push(dir);
            }
        }
        if bins.is_empty() {
            bins.push(known(DEFAULT_BIN_DIR));
        }
        let install = settings.bin_dir.clone().unwrap_or_else(|| bins[0].clone());
        Self { conf, primary, bins, install }
    }
}

impl Dirs {
    /// The directories that the runtime reports.
    pub fn of_runtime(answers: &Answers) -> Vec<HostPath> {
        let status = answers.containerd();
        let names = status.iter().flat_map(|status| status.conf_dir.iter().chain(&status.bin_dirs));
        names.filter_map(|dir| HostPath::new(dir).ok()).collect()
    }
}

/// A path that the source code spells out.
fn known(path: &'static str) -> HostPath {
    HostPath::known(path)
}
