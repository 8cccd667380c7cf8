//! Parses the runtime's report.

use super::json::{CniConfig, Config, Network, RuntimeJson};
use crate::containerd::dialect::RUNC_V2;
use crate::containerd::fold::Folding;
use crate::distro::RuntimeName;
use crate::node::{LiveConfig, LiveValues, LoadedNetwork, NotJudged, RawStatus, Release, Runtime, Status};
use std::collections::BTreeMap;

/// The condition that every runtime has.
const NETWORK_READY: &str = "NetworkReady";

impl Runtime {
    /// Parses the answers of a runtime. The form of another runtime's report is not known, so only its name is read.
    pub fn read(raw: RawStatus) -> Self {
        if RuntimeName::of_cri(&raw.runtime_name) == Some(RuntimeName::Containerd) {
            return Self::Containerd(Box::new(Status::read(raw)));
        }
        let network = raw.conditions.into_iter().find(|c| c.kind == NETWORK_READY).unwrap_or_default();
        Self::NotJudged(NotJudged::new(raw.runtime_name, raw.runtime_version, network))
    }
}

impl Status {
    fn read(raw: RawStatus) -> Self {
        let RawStatus { runtime_name: _, runtime_version, conditions, mut info } = raw;
        let config: Option<Config> = parse(&info, "config");
        let loader: Option<CniConfig> = parse(&info, "cniconfig");
        let deprecations = conditions
            .iter()
            .filter(|c| c.kind == "ContainerdHasNoDeprecationWarnings" && !c.status)
            .flat_map(|c| warnings(&c.message))
            .collect();
        let network = conditions.into_iter().find(|c| c.kind == NETWORK_READY).unwrap_or_default();

        let release = Release::parse(&runtime_version);
        let mut live = config.map(|config| values(config, Folding::of(release))).unwrap_or_default();
        let mut bin_dirs = live.bin_dirs.clone();
        let mut conf_dir = live.conf_dir.clone();
        let mut networks = None;
        if let Some(loader) = loader {
            live.max_conf_num = live.max_conf_num.or(loader.plugin_max_conf_num);
            bin_dirs = loader.plugin_dirs.filter(|dirs| !dirs.is_empty()).unwrap_or(bin_dirs);
            conf_dir = text(loader.plugin_conf_dir).or(conf_dir);
            networks = Some(loader.networks.unwrap_or_default().into_iter().map(loaded).collect());
        }
        Self {
            release,
            runtime_version,
            network_ready: network.status,
            network_reason: network.reason,
            network_message: network.message,
            load_status: info.remove("lastCNILoadStatus"),
            networks,
            conf_dir,
            bin_dirs,
            live,
            config: info.get("config").and_then(|config| LiveConfig::read(config)),
            deprecations,
        }
    }
}

/// The warnings in the condition's message: a JSON object of texts by id. Any other text is one warning.
fn warnings(message: &str) -> Vec<String> {
    match serde_json::from_str::<BTreeMap<String, String>>(message) {
        Ok(warnings) => warnings.into_values().collect(),
        Err(_) => vec![message.to_owned()],
    }
}

/// The JSON under `key`; `None` if it is missing or has another form.
fn parse<T: serde::de::DeserializeOwned>(info: &BTreeMap<String, String>, key: &str) -> Option<T> {
    serde_json::from_str(info.get(key)?).ok()
}

/// A text that is not empty: Go writes an unset string as `""`.
fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn values(config: Config, folding: Folding) -> LiveValues {
    let cni = config.cni.unwrap_or_default();
    let containerd = config.containerd.unwrap_or_default();
    let runtimes = containerd.runtimes.unwrap_or_default();
    LiveValues {
        max_conf_num: cni.max_conf_num,
        conf_template: cni.conf_template,
        sandbox_image: config.sandbox_image,
        systemd_cgroup: runtimes
            .iter()
            .filter_map(|(name, r)| Some((name.clone(), cgroup(r, folding)?)))
            .collect(),
        default_runtime: text(containerd.default_runtime_name),
        // 2.1 and later write both keys, the older one empty.
        bin_dirs: cni
            .bin_dirs
            .filter(|dirs| !dirs.is_empty())
            .unwrap_or_else(|| text(cni.bin_dir).into_iter().collect()),
        conf_dir: text(cni.conf_dir),
    }
}

/// The value is false if the shim's options lack it. Other shims have their own options, possibly with the same name.
/// containerd reports the options as the file spells them, and folds the keys only when a pod starts.
fn cgroup(runtime: &RuntimeJson, folding: Folding) -> Option<bool> {
    let options = runtime.options.as_ref().and_then(serde_json::Value::as_object);
    let set = options.and_then(|options| {
        let spelled = folding.pick("SystemdCgroup", options.keys().map(String::as_str))?;
        options.get(spelled)?.as_bool()
    });
    (runtime.runtime_type.as_deref() == Some(RUNC_V2)).then(|| set.unwrap_or(false))
}

fn loaded(network: Network) -> LoadedNetwork {
    let list = network.config.unwrap_or_default();
    let plugins = list.plugins.unwrap_or_default();
    LoadedNetwork {
        ifname: network.ifname.unwrap_or_default(),
        name: list.name.unwrap_or_default(),
        cni_version: list.cni_version.unwrap_or_default(),
        types: plugins.into_iter().map(|p| p.network.and_then(|n| n.kind).unwrap_or_default()).collect(),
        source: text(list.source),
    }
}
