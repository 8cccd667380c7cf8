//! Checks that the runtime runs the chain, from the runtime's last report.

use crate::cni::{Conflist, Extension, extension};
use crate::node::{Digest, LoadedNetwork, Status};

/// The runtime's confirmation of the published chain (the report's `proof`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The condition NetworkReady.
    pub network_ready: bool,
    /// `lastCNILoadStatus`.
    pub load_status: Option<String>,
    /// The hash of the first pod network that is loaded.
    pub loaded: Option<Digest>,
    /// True if that network's bytes and plugin types are those of the published file.
    pub matches: bool,
    /// The verdict.
    pub verdict: Verification,
}

/// The verdict about the runtime's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The runtime runs the chain.
    Verified,
    /// The runtime runs the chain, but one of its plugins reports that it is not ready yet (CNI STATUS): its agent
    /// may wait for this program.
    PluginNotReady(String),
    /// The last load failed, with this message.
    LoadFailed(String),
    /// The chain is loaded, and a directory with the network's name added these plugins (libcni 1.3).
    MorePlugins(Vec<String>),
    /// Another network is loaded, or none.
    NotLoaded,
    /// The chain is loaded, but the network is not ready, with this message.
    NotReady(String),
}

impl Proof {
    /// True if this verdict counts as success.
    pub const fn is_verified(&self) -> bool {
        matches!(self.verdict, Verification::Verified | Verification::PluginNotReady(_))
    }
}

/// Compares the runtime's report with the published bytes and their types.
///
/// `NetworkReady` alone proves only that some network is loaded (on 1.6 it stays true even if the binary is missing,
/// measured). So the loaded bytes are compared: `cniconfig.Networks[].Config.Source`.
pub fn verify(status: &Status, published: &[u8], types: &[String]) -> Proof {
    let network = status.pod_networks().next();
    let loaded = network.and_then(|network| network.source.as_deref()).map(str::as_bytes);
    let same = loaded == Some(published);
    let found = network.map_or(&[][..], |network| &network.types);
    let matches = same && found == types;
    let load_failed = status.load_status.as_deref().filter(|words| *words != "OK");
    let verdict = if let Some(words) = load_failed {
        Verification::LoadFailed(words.to_owned())
    } else if let (true, Some(more)) = (same, found.strip_prefix(types).filter(|more| !more.is_empty())) {
        Verification::MorePlugins(more.to_vec())
    } else if !matches {
        Verification::NotLoaded
    } else if status.network_ready {
        Verification::Verified
    } else if asks_plugins(status) && is_answer(&status.network_message) {
        Verification::PluginNotReady(status.network_message.clone())
    } else {
        Verification::NotReady(status.network_message.clone())
    };
    Proof {
        network_ready: status.network_ready,
        load_status: status.load_status.clone(),
        loaded: loaded.map(Digest::of),
        matches,
        verdict,
    }
}

/// True if a loaded network comes from the file called `name`, to which a directory appends the plugins `more`. A
/// single plugin is loaded as a list, whose text libcni makes (`conf.go`, `ConfListFromConf`).
pub fn is_from(network: &LoadedNetwork, name: &str, file: &Conflist, more: &[String]) -> bool {
    let same = match extension(name) {
        Some(Extension::Conflist) => network.source.as_deref().map(str::as_bytes) == Some(file.bytes()),
        Some(Extension::Conf | Extension::Json) | None => network.name == file.network(),
    };
    let types = file.types().into_iter().chain(more.iter().map(String::as_str));
    same && types.eq(network.types.iter().map(String::as_str))
}

/// True if the message comes from a plugin. A plugin that is missing, cannot be executed or dies without a message
/// gave no answer (libcni `invoke/find.go`, `invoke/raw_exec.go`; Go's `os/exec`).
fn is_answer(words: &str) -> bool {
    let none = ["failed to find plugin", "fork/exec ", "netplugin failed with no error message"];
    !none.iter().any(|none| words.contains(none))
}

/// From 2.0 on containerd calls the STATUS verb of every plugin at each CRI Status (go-cni `cni.go`).
fn asks_plugins(status: &Status) -> bool {
    status.release.is_none_or(|release| release.major >= 2)
}

#[cfg(test)]
mod tests;
