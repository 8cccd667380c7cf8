//! The running runtime's own report: its version, loaded networks and live values (CRI `Status`, verbose).

use std::collections::BTreeMap;

use super::live_config::LiveConfig;
use super::release::Release;

/// The answers of `Version` and of verbose `Status`, unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawStatus {
    /// `VersionResponse.runtime_name`: `containerd`, `cri-o`.
    pub runtime_name: String,
    /// `VersionResponse.runtime_version`: `1.6.20~ds1`, `v2.1.9`.
    pub runtime_version: String,
    /// `StatusResponse.status.conditions`.
    pub conditions: Vec<Condition>,
    /// `StatusResponse.info`: JSON and other texts; each runtime chooses the keys.
    pub info: BTreeMap<String, String>,
}

/// One condition of the runtime (`RuntimeReady`, `NetworkReady`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// `type` in the CRI.
    pub kind: String,
    /// True if the condition holds.
    pub status: bool,
    /// A word for programs, such as containerd's `NetworkPluginNotReady`.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
}

/// The parsed report of a running containerd. `Runtime::read` creates it and accepts any input: a value that is missing
/// or has an unknown form is `None` or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The version, as containerd spells it.
    pub runtime_version: String,
    /// The release; `None` if the version is not a release (`unknown`).
    pub release: Option<Release>,
    /// The condition `NetworkReady`; false if it is missing.
    pub network_ready: bool,
    /// The reason of that condition; containerd's only one is `NetworkPluginNotReady`.
    pub network_reason: String,
    /// The message of that condition; containerd's has the error of libcni or of the plugin.
    pub network_message: String,
    /// `lastCNILoadStatus`: `OK`, or the error of the last load of the conf dir.
    pub load_status: Option<String>,
    /// The loaded networks, in the runtime's order. `None` if the runtime does not report them; an empty list means
    /// that no network is loaded.
    pub networks: Option<Vec<LoadedNetwork>>,
    /// The directory that the loader watches (`cniconfig`'s `PluginConfDir`, else the config's).
    pub conf_dir: Option<String>,
    /// The loader's directories of plugin binaries, in order (`cniconfig`'s `PluginDirs`, else the config's).
    pub bin_dirs: Vec<String>,
    /// The live values.
    pub live: LiveValues,
    /// All live values of the CRI plugin.
    pub config: Option<LiveConfig>,
    /// The runtime's warnings about deprecated settings (`ContainerdHasNoDeprecationWarnings`, 1.7.12 and later).
    pub deprecations: Vec<String>,
}

impl Status {
    /// The plugins that the runtime itself runs for every pod: `loopback`, unless `use_internal_loopback` is set.
    pub fn own_plugins(&self) -> impl Iterator<Item = &str> {
        let own = self.networks.iter().flatten().filter(|network| network.is_loopback());
        own.flat_map(|network| network.types.iter().map(String::as_str))
    }

    /// The networks of pods: all except loopback.
    pub fn pod_networks(&self) -> impl Iterator<Item = &LoadedNetwork> {
        self.networks.iter().flatten().filter(|network| !network.is_loopback())
    }
}

/// A network that the runtime has loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedNetwork {
    /// The interface inside the pod: `lo`, `eth0`.
    pub ifname: String,
    /// `name` of the conflist.
    pub name: String,
    /// `cniVersion` of the conflist.
    pub cni_version: String,
    /// `type` of each plugin, in order.
    pub types: Vec<String>,
    /// The exact bytes of the loaded conflist, even if the file has changed since.
    pub source: Option<String>,
}

impl LoadedNetwork {
    /// True for the loopback network that containerd puts before all others, unless `use_internal_loopback` is set.
    /// It does not come from a file.
    pub fn is_loopback(&self) -> bool {
        self.ifname == "lo"
    }
}

/// The live values of the running containerd. `None` means that it does not report the value; an empty text means
/// that the value is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveValues {
    /// `cni.max_conf_num`: 1 is the default, 0 means no limit.
    pub max_conf_num: Option<i64>,
    /// `cni.conf_template`; empty if none is set.
    pub conf_template: Option<String>,
    /// `sandbox_image`. Releases from 2.0 on do not report it: it moved to another plugin (`pinned_images.sandbox`).
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
