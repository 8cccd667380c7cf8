//! The parts of what `status` tells.

use serde::Serialize;

/// The runtime, as it answers now.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeNow {
    /// Its name and version, if it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version, as it spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// The unit that runs it, if systemd tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// True if it answers over CRI.
    pub answers: bool,
    /// Why it does not answer, or was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was started (RFC 3339), by its socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// The condition `NetworkReady`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_ready: Option<bool>,
    /// The message of that condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_message: Option<String>,
    /// The result of its last load of the files: `OK`, or the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_status: Option<String>,
    /// The networks of pods that it has loaded; absent if it does not tell them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded: Option<Vec<LoadedNow>>,
}

/// A network that the runtime has loaded.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadedNow {
    /// The name of the network.
    pub network: String,
    /// The types of its plugins, in order.
    pub types: Vec<String>,
    /// The file that has what is loaded; absent if no file has it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The earliest time at which it can have been loaded (RFC 3339): the last change of the file, or the runtime's
    /// start if that is later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// The directory of the network's files.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfDir {
    /// Its host path.
    pub path: String,
    /// Why its names are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its entries, in the order in which the runtime reads them.
    pub files: Vec<ConfFile>,
}

/// An entry of the directory.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfFile {
    /// Its name.
    pub name: String,
    /// What the runtime makes of it.
    pub verdict: Verdict,
    /// The reason, or the network with its plugins.
    pub why: String,
    /// The line of a broken file, from 1; 0 for the whole file.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: usize,
    /// The column in that line, from 1.
    #[serde(skip_serializing_if = "is_zero")]
    pub column: usize,
    /// The owner whose chain it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain_of: Option<String>,
}

/// What the runtime makes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The runtime loads it.
    Loads,
    /// Another file comes first, and the runtime loads no more files than `max_conf_num`.
    Shadowed,
    /// It has no name that the runtime loads.
    Ignored,
    /// It breaks a rule of the runtime.
    Broken,
    /// It is right, but a broken file keeps the runtime from loading any.
    Blocked,
    /// It cannot be read from here.
    Unseen,
}

impl Verdict {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Loads => "loads",
            Self::Shadowed => "shadowed",
            Self::Ignored => "ignored",
            Self::Broken => "broken",
            Self::Blocked => "blocked",
            Self::Unseen => "unseen",
        }
    }
}

/// The network that pods get, by the files.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// The file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Its version of the CNI specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cni_version: Option<String>,
    /// Its plugins, in order.
    pub plugins: Vec<NetworkPlugin>,
}

/// A plugin of the network.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPlugin {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The binary that the runtime starts for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary: Option<String>,
    /// The versions of the CNI specification that the binary supports, as it answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Why the binary or its versions are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The runtime's config.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The main file.
    pub path: String,
    /// The files that the runtime reads at its next start, in order; later ones win.
    pub files: Vec<String>,
    /// Why the files give no values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The values that decide the network of pods.
    pub values: Vec<ConfigValue>,
}

/// A value of the runtime's config.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigValue {
    /// Its key.
    pub key: String,
    /// The value in the files; absent if no file sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The file and the line that decide it, as `FILE:LINE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The value with which the runtime runs; absent if it does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
    /// True if the runtime runs with another value than the files set.
    pub differs: bool,
}

/// An owner with a record.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Its name.
    pub name: String,
    /// The record.
    pub record: String,
    /// Why the record cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The types of its plugins.
    pub plugins: Vec<String>,
    /// The chain's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// The chain's file against the record: `as written`, `altered`, `gone`, `not read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// When the chain was first published with these plugins (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_published_at: Option<String>,
    /// The paths in the record, with what each is (`chain`, `config`, `binary`, `directory`, `mark`).
    pub paths: Vec<(String, &'static str)>,
}

/// A restart of the runtime that is not settled.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restart {
    /// How far it is.
    pub phase: &'static str,
    /// What it is for.
    pub reason: String,
    /// The files that it brings into effect.
    pub files: Vec<String>,
    /// The owner, if the mark that outlives a reboot tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The file that tells it.
    pub mark: String,
}

/// The pods that run without the chain's plugins.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodsInGap {
    /// True if the runtime told the pods that run; false if only what attached each pod was read.
    pub by_the_runtime: bool,
    /// The pods, in the order of their names.
    pub pods: Vec<PodInGap>,
}

/// A pod that runs without plugins of the chain: what an eviction needs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodInGap {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid: an eviction with it meets no pod of the same name that was made since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// When its sandbox was made (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The object that makes it anew, as far as its labels tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerOfPod>,
    /// True for a static pod, which cannot be evicted.
    #[serde(rename = "static")]
    pub is_static: bool,
    /// The types of the plugins that it lacks.
    pub lacks: Vec<String>,
}

/// The object that makes a pod anew.
#[derive(Clone, Debug, Serialize)]
pub struct OwnerOfPod {
    /// `ReplicaSet`, `StatefulSet`, `DaemonSet`, `Job`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
