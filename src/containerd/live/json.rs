//! The parts of `info["config"]` and `info["cniconfig"]` that are read.
//!
//! Sources: `internal/cri/config/config.go` (the `json` tags are equal in 1.6 to 2.2, except for `binDirs` and
//! `sandboxImage`) and go-cni's `ConfigResult`, which has no tags and so uses Go's field names.

use serde::Deserialize;
use std::collections::BTreeMap;

/// `info["config"]`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Config {
    pub(super) containerd: Option<Containerd>,
    pub(super) cni: Option<Cni>,
    pub(super) sandbox_image: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Containerd {
    pub(super) default_runtime_name: Option<String>,
    pub(super) runtimes: Option<BTreeMap<String, RuntimeJson>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RuntimeJson {
    pub(super) runtime_type: Option<String>,
    /// Free form: the runtime's own options.
    pub(super) options: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Cni {
    pub(super) bin_dir: Option<String>,
    pub(super) bin_dirs: Option<Vec<String>>,
    pub(super) conf_dir: Option<String>,
    pub(super) max_conf_num: Option<i64>,
    pub(super) conf_template: Option<String>,
}

/// `info["cniconfig"]`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct CniConfig {
    pub(super) plugin_dirs: Option<Vec<String>>,
    pub(super) plugin_conf_dir: Option<String>,
    pub(super) plugin_max_conf_num: Option<i64>,
    pub(super) networks: Option<Vec<Network>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Network {
    #[serde(rename = "IFName")]
    pub(super) ifname: Option<String>,
    #[serde(rename = "Config")]
    pub(super) config: Option<List>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct List {
    #[serde(rename = "Name")]
    pub(super) name: Option<String>,
    #[serde(rename = "CNIVersion")]
    pub(super) cni_version: Option<String>,
    #[serde(rename = "Plugins")]
    pub(super) plugins: Option<Vec<Plugin>>,
    #[serde(rename = "Source")]
    pub(super) source: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Plugin {
    #[serde(rename = "Network")]
    pub(super) network: Option<NetConf>,
}

/// libcni's `types.NetConf`; its tags are the names in the specification.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NetConf {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}
