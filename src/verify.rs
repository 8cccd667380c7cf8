//! Whether the runtime runs the chain: a pure question to its last answer.

use crate::cni::{Conflist, Extension, extension};
use crate::containerd::{LoadedNetwork, Status};
use crate::node::Digest;

/// What the runtime says of the published chain (the report's `proof`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The condition NetworkReady.
    pub network_ready: bool,
    /// `lastCNILoadStatus`.
    pub load_status: Option<String>,
    /// The hash of the first pod network that is loaded.
    pub loaded: Option<Digest>,
    /// Whether that network's bytes and plugin types are the published file's.
    pub matches: bool,
    /// What it comes to.
    pub verdict: Verification,
}

/// What the runtime's answer comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The runtime runs the chain.
    Verified,
    /// It runs the chain, and one of its plugins says that it is not ready yet (CNI STATUS): its agent may be what
    /// waits for us.
    PluginNotReady(String),
    /// Its last load failed, in these words.
    LoadFailed(String),
    /// It has loaded the chain, and a directory of the network's name has added these plugins (libcni 1.3).
    MorePlugins(Vec<String>),
    /// It has loaded something else, or nothing.
    NotLoaded,
    /// It has loaded the chain and still has no network, in these words.
    NotReady(String),
}

impl Proof {
    /// Whether this counts as success.
    pub const fn is_verified(&self) -> bool {
        matches!(self.verdict, Verification::Verified | Verification::PluginNotReady(_))
    }
}

/// Holds the runtime's answer against the published bytes and the types in them.
///
/// `NetworkReady` alone verifies only that some network is loaded (it stays true on 1.6 even where the binary is
/// missing, measured), so the loaded bytes are compared: `cniconfig.Networks[].Config.Source`.
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

/// Whether a network in memory is the one in the file called `name`, to which a directory adds the plugins `more`. That
/// of a single plugin becomes a list in memory, whose text is libcni's own (`conf.go`, `ConfListFromConf`).
pub fn is_from(network: &LoadedNetwork, name: &str, file: &Conflist, more: &[String]) -> bool {
    let same = match extension(name) {
        Some(Extension::Conflist) => network.source.as_deref().map(str::as_bytes) == Some(file.bytes()),
        Some(Extension::Conf | Extension::Json) | None => network.name == file.network(),
    };
    let types = file.types().into_iter().chain(more.iter().map(String::as_str));
    same && types.eq(network.types.iter().map(String::as_str))
}

/// Whether these are the words of a plugin: one that is missing, that could not be executed or that died without a word
/// gave no answer (libcni `invoke/find.go`, `invoke/raw_exec.go`; Go's `os/exec`).
fn is_answer(words: &str) -> bool {
    let none = ["failed to find plugin", "fork/exec ", "netplugin failed with no error message"];
    !none.iter().any(|none| words.contains(none))
}

/// From 2.0 on containerd runs the STATUS verb of every plugin at each CRI Status (go-cni `cni.go`).
fn asks_plugins(status: &Status) -> bool {
    status.release.is_none_or(|release| release.major >= 2)
}

#[cfg(test)]
mod tests;
