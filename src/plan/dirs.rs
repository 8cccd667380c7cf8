//! Which directories the node's network lives in.

use crate::node::{Answers, HostPath};
use crate::plan::settings::Settings;

/// The directories, resolved from what was typed and what the runtime says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// Where the chain is published.
    pub conf: HostPath,
    /// Where the primary is written.
    pub primary: HostPath,
    /// Where the runtime looks for plugin binaries, in its order; a directory of `--bin-dir` that it does not name last.
    pub bins: Vec<HostPath>,
    /// Where plugin binaries are installed: `--bin-dir`, else the first of `bins`.
    pub install: HostPath,
}

/// Where CNI configuration lies unless somebody says otherwise (containerd, CRI-O and the kubelet agree on it).
const DEFAULT_CONF_DIR: &str = "/etc/cni/net.d";
/// Where plugin binaries lie unless somebody says otherwise.
const DEFAULT_BIN_DIR: &str = "/opt/cni/bin";

impl Dirs {
    /// What was typed, else the runtime's own answer (the last one, while it is away), else the places that every runtime has by default.
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
    /// The directories that the runtime says it uses.
    pub fn of_runtime(answers: &Answers) -> Vec<HostPath> {
        let status = answers.runtime.as_ref().and_then(|asked| asked.said.present());
        let names = status.iter().flat_map(|status| status.conf_dir.iter().chain(&status.bin_dirs));
        names.filter_map(|dir| HostPath::new(dir).ok()).collect()
    }
}

/// A path that is written in this program.
fn known(path: &'static str) -> HostPath {
    HostPath::known(path)
}
