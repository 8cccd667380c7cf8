//! Which directories the node's network lives in.

use super::settings::Settings;
use crate::node::{Answers, HostPath};

/// The directories, resolved from what was typed and what the runtime says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// Where the chain is published.
    pub conf: HostPath,
    /// Where the primary is written.
    pub primary: HostPath,
    /// Where the runtime looks for plugin binaries, the one that we write to first.
    pub bins: Vec<HostPath>,
}

/// Where CNI configuration lies unless somebody says otherwise (containerd, CRI-O and the kubelet agree on it).
const DEFAULT_CONF_DIR: &str = "/etc/cni/net.d";
/// Where plugin binaries lie unless somebody says otherwise.
const DEFAULT_BIN_DIR: &str = "/opt/cni/bin";

impl Dirs {
    /// What was typed, else the runtime's own answer, else the places that every runtime has by default.
    pub fn of(settings: &Settings, answers: &Answers) -> Self {
        let status = answers.runtime.as_ref().and_then(|asked| asked.said.seen());
        let conf = settings
            .conf_dir
            .clone()
            .or_else(|| HostPath::new(status?.conf_dir.as_deref()?).ok())
            .unwrap_or_else(|| known(DEFAULT_CONF_DIR));
        let primary = settings.primary_dir.clone().unwrap_or_else(|| conf.clone());
        let mut bins: Vec<HostPath> = settings.bin_dir.iter().cloned().collect();
        for dir in status.iter().flat_map(|status| &status.bin_dirs) {
            if let Ok(dir) = HostPath::new(dir)
                && !bins.contains(&dir)
            {
                bins.push(dir);
            }
        }
        if bins.is_empty() {
            bins.push(known(DEFAULT_BIN_DIR));
        }
        Self { conf, primary, bins }
    }
}

/// A path that is written in this program.
fn known(path: &'static str) -> HostPath {
    HostPath::known(path)
}
