//! The parts of a report.

use serde::Serialize;

/// The primary.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Primary {
    /// The host path of the file.
    pub path: String,
    /// The name of the network.
    pub network: String,
    /// The version of the CNI specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cni_version: Option<String>,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// How long the run waited for it, in milliseconds.
    pub waited_ms: u64,
}

/// The chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// The host path of the file.
    pub path: String,
    /// `own-file`.
    pub layout: &'static str,
    /// The types of its plugins, in order.
    pub types: Vec<String>,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// True if this run wrote it.
    pub changed: bool,
}

/// A plugin binary.
#[derive(Clone, Debug, Serialize)]
pub struct Binary {
    /// The host path of the file.
    pub path: String,
    /// True if this run wrote it.
    pub changed: bool,
}

/// The runtime.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Runtime {
    /// The runtime's name.
    pub name: String,
    /// The runtime's version.
    pub version: String,
    /// The host path of its config file, if it had to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_path: Option<String>,
    /// The `version` in its config file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_version: Option<i64>,
    /// True if this run changed its config.
    pub changed: bool,
    /// True if this run restarted it.
    pub restarted: bool,
    /// The method of the restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'static str>,
    /// How long the runtime was down, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downtime_ms: Option<u64>,
    /// True if its config was rolled back.
    pub rolled_back: bool,
}

/// A known message in the words that were given with `check --why`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// The message, as it stands in the words.
    pub words: String,
    /// The program and its file that writes the message.
    pub source: &'static str,
    /// What the message means.
    pub meaning: String,
    /// The codes of the findings that can explain it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<&'static str>,
    /// Those of them that this node has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_this_node: Vec<&'static str>,
    /// A command that looks at the cause or mends it, or a comment.
    pub remedy: String,
}

/// The runtime's confirmation of the chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// The condition NetworkReady.
    pub network_ready: bool,
    /// `lastCNILoadStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_status: Option<String>,
    /// The SHA-256 of the loaded network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded_sha256: Option<String>,
    /// True if the loaded bytes and types are those of the published file.
    pub matches: bool,
    /// `started`, if a pod started on it (`--verify pod`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<&'static str>,
}

/// A pod that `check --pod` started, or tried to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// True if it started.
    pub started: bool,
    /// Its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// The runtime's own words, if it did not start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}
