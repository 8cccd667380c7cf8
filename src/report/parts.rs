//! The parts of a report.

use serde::Serialize;

/// The primary.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Primary {
    /// Its host path.
    pub path: String,
    /// Its network's name.
    pub network: String,
    /// Its version of the specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cni_version: Option<String>,
    /// The hash of its bytes.
    pub sha256: String,
    /// How long it was awaited, milliseconds.
    pub waited_ms: u64,
}

/// The chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// Its host path.
    pub path: String,
    /// `own-file`.
    pub layout: &'static str,
    /// The types of its plugins, in order.
    pub types: Vec<String>,
    /// The hash of its bytes.
    pub sha256: String,
    /// Whether this run wrote it.
    pub changed: bool,
}

/// A plugin binary.
#[derive(Clone, Debug, Serialize)]
pub struct Binary {
    /// Its host path.
    pub path: String,
    /// Whether this run wrote it.
    pub changed: bool,
}

/// The runtime.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Runtime {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its config file, where it had to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_path: Option<String>,
    /// The `version` that its config file declares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_version: Option<i64>,
    /// Whether this run changed its config.
    pub changed: bool,
    /// Whether this run restarted it.
    pub restarted: bool,
    /// By which method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'static str>,
    /// How long it was away, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downtime_ms: Option<u64>,
    /// Whether its config was rolled back.
    pub rolled_back: bool,
}

/// What the runtime says of the chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// The condition NetworkReady.
    pub network_ready: bool,
    /// `lastCNILoadStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_status: Option<String>,
    /// The hash of the loaded network's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded_sha256: Option<String>,
    /// Whether bytes and types are the published file's.
    pub matches: bool,
}
