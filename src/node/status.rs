//! What the running runtime says it is, has loaded and is set to (CRI `Status`, verbose).

use std::collections::BTreeMap;

use super::live_config::LiveConfig;
use super::release::Release;

/// The answers of `Version` and of verbose `Status`, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawStatus {
    /// `VersionResponse.runtime_name`: `containerd`, `cri-o`.
    pub runtime_name: String,
    /// `VersionResponse.runtime_version`: `1.6.20~ds1`, `v2.1.9`.
    pub runtime_version: String,
    /// `StatusResponse.status.conditions`.
    pub conditions: Vec<Condition>,
    /// `StatusResponse.info`: JSON texts and words under names that each runtime chooses.
    pub info: BTreeMap<String, String>,
}

/// One condition of the runtime (`RuntimeReady`, `NetworkReady`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// `type` in the CRI.
    pub kind: String,
    /// Whether it holds.
    pub status: bool,
    /// A word for programs; containerd's `NetworkPluginNotReady`.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
}

/// What the running runtime says, read. Made by `Status::read`, which refuses nothing: what the runtime did not
/// say, or said in a form that is not known, is `None` or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `containerd`, `cri-o`.
    pub runtime_name: String,
    /// The version in the runtime's own words.
    pub runtime_version: String,
    /// Which containerd; `None` for another runtime, or if the version is no release (`unknown`).
    pub release: Option<Release>,
    /// The condition `NetworkReady`; false if there is none.
    pub network_ready: bool,
    /// Its reason; containerd's only one is `NetworkPluginNotReady`.
    pub network_reason: String,
    /// Its message; with containerd it holds the words of libcni or of the plugin.
    pub network_message: String,
    /// `lastCNILoadStatus`: `OK`, or why the conf dir could not be loaded last.
    pub load_status: Option<String>,
    /// What is loaded, in the runtime's order. `None` if the runtime does not tell, which differs from an empty
    /// list: nothing is loaded.
    pub networks: Option<Vec<LoadedNetwork>>,
    /// The directory that the loader watches (`cniconfig`'s `PluginConfDir`, else the config's).
    pub conf_dir: Option<String>,
    /// Where the loader looks for plugin binaries, in order (`cniconfig`'s `PluginDirs`, else the config's).
    pub bin_dirs: Vec<String>,
    /// The values that it runs with.
    pub live: Values,
    /// Everything that the CRI plugin says of its config.
    pub config: Option<LiveConfig>,
    /// What it warns of as deprecated, in its own words (`ContainerdHasNoDeprecationWarnings`, 1.7.12 and later).
    pub deprecations: Vec<String>,
}

impl Status {
    /// The plugins that the runtime runs for every pod by itself: `loopback`, unless `use_internal_loopback` is on.
    pub fn own_plugins(&self) -> impl Iterator<Item = &str> {
        let own = self.networks.iter().flatten().filter(|network| network.is_loopback());
        own.flat_map(|network| network.types.iter().map(String::as_str))
    }

    /// The networks that pods get: all but loopback.
    pub fn pod_networks(&self) -> impl Iterator<Item = &LoadedNetwork> {
        self.networks.iter().flatten().filter(|network| !network.is_loopback())
    }
}

/// A network that the runtime has in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedNetwork {
    /// Interface inside the pod: `lo`, `eth0`.
    pub ifname: String,
    /// `name` of the conflist.
    pub name: String,
    /// `cniVersion` of the conflist.
    pub cni_version: String,
    /// `type` of each plugin, in order.
    pub types: Vec<String>,
    /// The exact bytes of the conflist that was loaded, even if the file has changed since.
    pub source: Option<String>,
}

impl LoadedNetwork {
    /// Whether it is the loopback network that containerd (where `use_internal_loopback` is off) puts before all
    /// others; it comes from no file.
    pub fn is_loopback(&self) -> bool {
        self.ifname == "lo"
    }
}

/// The effective values of the running containerd. `None` means that it does not say; an empty text means that it
/// says the value is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// `cni.max_conf_num`: 1 is the default, 0 is without limit.
    pub max_conf_num: Option<i64>,
    /// `cni.conf_template`; empty if none is set.
    pub conf_template: Option<String>,
    /// `sandbox_image`. Releases from 2.0 on do not say it: it moved to another plugin (`pinned_images.sandbox`).
    pub sandbox_image: Option<String>,
    /// `SystemdCgroup` by runtime, for those whose shim is `io.containerd.runc.v2`.
    pub systemd_cgroup: BTreeMap<String, bool>,
    /// `containerd.default_runtime_name`.
    pub default_runtime: Option<String>,
    /// `cni.bin_dirs`, before 2.1 `cni.bin_dir`.
    pub bin_dirs: Vec<String>,
    /// `cni.conf_dir`.
    pub conf_dir: Option<String>,
}
