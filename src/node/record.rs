//! The record: what this program wrote on the node, so that it is all that it ever takes back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Before, Digest, HostPath, can_lie};
use crate::containerd::Values;

/// The family of formats; its number is behind the slash.
const FAMILY: &str = "cni-bootstrap.record/";
/// The format that is written. Release 0.1.0 wrote 1, of which it is an extension.
const FORMAT: u32 = 2;

/// What one owner wrote: `/var/lib/cni-bootstrap/OWNER.json`.
///
/// Every format that can be read becomes this value, and what is written has the newest format: a record of 0.1.0
/// migrates at the next write.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Whose chain it is.
    pub owner: String,
    /// What the owner chains.
    pub layer: Layer,
    /// Each path that was written or is about to be.
    pub paths: BTreeMap<String, Written>,
    /// The runtime's live values before its config was changed, for `uninstall` to verify itself by. They go with the
    /// bytes in [`Written::before`].
    pub live_before: Option<OriginalConfig>,
    /// The runtime that the config paths and the live values belong to. 0.1.0 knew one and did not say it.
    #[serde(default)]
    pub runtime: RecordedRuntime,
    /// Sandboxes that were started to verify the chain and may still be there, by their id.
    #[serde(default)]
    pub sandboxes: Vec<String>,
}

/// The file: the record under the name of its format.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    schema: String,
    owner: &'a str,
    layer: &'a Layer,
    paths: &'a BTreeMap<String, Written>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_before: Option<&'a OriginalConfig>,
    runtime: RecordedRuntime,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sandboxes: &'a [String],
}

/// A runtime whose config is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedRuntime {
    /// containerd.
    #[default]
    Containerd,
    /// CRI-O.
    Crio,
}

/// The live values that the runtime had before its config was changed, of those that were changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OriginalConfig {
    /// `max_conf_num`.
    pub max_conf_num: Option<i64>,
    /// `conf_template`.
    pub conf_template: Option<String>,
    /// `SystemdCgroup` by runtime.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub systemd_cgroup: BTreeMap<String, bool>,
    /// The sandbox image, where the runtime says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox_image: Option<String>,
    /// Its config disabled CRI, so that it had no values.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_cri: bool,
}

/// What an owner chains, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// The plugin objects, as they were typed.
    pub plugins: Vec<String>,
    /// `--position`.
    pub position: String,
    /// `--layout`.
    pub layout: String,
    /// The chain's file.
    pub output: String,
    /// The runtime's values that it asks for.
    #[serde(default, skip_serializing_if = "DesiredValues::is_empty")]
    pub wished: DesiredValues,
}

/// The runtime's values that an owner asks for; none of them is as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DesiredValues {
    /// `max_conf_num`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_conf_num: Option<i64>,
    /// `conf_template`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conf_template: Option<String>,
    /// `SystemdCgroup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub systemd_cgroup: Option<bool>,
    /// The sandbox image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox_image: Option<String>,
}

impl DesiredValues {
    /// Whether every value is left as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the runtime has otherwise than wished: what has to come back. What it has as wished was not changed, so it
    /// is nobody's to demand later.
    pub fn otherwise(&self, live: &Values) -> OriginalConfig {
        fn other<T: Clone + PartialEq>(wished: Option<&T>, live: Option<&T>) -> Option<T> {
            live.filter(|live| wished.is_some_and(|wished| wished != *live)).cloned()
        }
        let flag = self.systemd_cgroup;
        let cgroups = live.systemd_cgroup.iter().filter(|(_, live)| flag.is_some_and(|flag| flag != **live));
        OriginalConfig {
            max_conf_num: other(self.max_conf_num.as_ref(), live.max_conf_num.as_ref()),
            conf_template: other(self.conf_template.as_ref(), live.conf_template.as_ref()),
            systemd_cgroup: cgroups.map(|(name, flag)| (name.clone(), *flag)).collect(),
            sandbox_image: other(self.sandbox_image.as_ref(), live.sandbox_image.as_ref()),
            without_cri: false,
        }
    }
}

impl OriginalConfig {
    /// These values, and of the others what is known by now: of a value the first that was changed is the one from
    /// before.
    #[must_use]
    pub fn or(self, later: Self) -> Self {
        let mut systemd_cgroup = later.systemd_cgroup;
        systemd_cgroup.extend(self.systemd_cgroup);
        Self {
            max_conf_num: self.max_conf_num.or(later.max_conf_num),
            conf_template: self.conf_template.or(later.conf_template),
            systemd_cgroup,
            sandbox_image: self.sandbox_image.or(later.sandbox_image),
            without_cri: self.without_cri,
        }
    }
}

/// One path that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// What it is.
    pub kind: Kind,
    /// What was there before the first write.
    pub before: Before,
    /// The hashes that were written or were about to be. A file with one of them is ours.
    pub wrote: Vec<Digest>,
    /// The other owners whose layers are in the same file. It is undone when the last of them leaves.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shared_with: BTreeSet<String>,
}

impl Written {
    /// A path that is about to be written for the first time.
    pub fn new(kind: Kind, before: Before) -> Self {
        Self { kind, before, wrote: Vec::new(), shared_with: BTreeSet::new() }
    }
}

/// What a written path is. The order is that of taking back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The published chain.
    Chain,
    /// The runtime's config.
    Config,
    /// A plugin binary.
    Binary,
    /// A directory that was not there.
    Directory,
    /// The durable mark of a config that was written and not yet seen to come up.
    Mark,
}

/// Why a record cannot be used. It is never overwritten then: it may be all that is known of what was there before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It was there but could not be read.
    #[error("it could not be read: {0}")]
    Unread(String),
    /// It is not a record.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It names a path where no file of this kind can lie.
    #[error("it was tampered with: it names {path:?} as a {kind}, and none can lie there")]
    Misplaced {
        /// The path as it stands there.
        path: String,
        /// What the record says that it is.
        kind: &'static str,
    },
    /// A newer release of this program wrote it.
    #[error(
        "a newer release wrote it: its schema is {schema:?}, and this release knows {FAMILY}1 to {FAMILY}{FORMAT}"
    )]
    Newer {
        /// Its schema.
        schema: String,
        /// The chains that it names, as far as they are spelt as in the formats that are known.
        chains: Vec<HostPath>,
    },
    /// Something else wrote it.
    #[error("its schema is {0:?}, which is none of this program's")]
    Schema(String),
}

/// What every format says of itself.
#[derive(Deserialize)]
struct Head {
    schema: String,
}

impl Record {
    /// The empty record of an owner.
    pub fn new(owner: &str, layer: Layer) -> Self {
        Self {
            owner: owner.to_owned(),
            layer,
            paths: BTreeMap::new(),
            live_before: None,
            runtime: RecordedRuntime::default(),
            sandboxes: Vec::new(),
        }
    }

    /// Reads the file, of whichever format.
    pub fn read(bytes: &[u8]) -> Result<Self, RecordError> {
        let damaged = |error: serde_json::Error| RecordError::Damaged(error.to_string());
        let Head { schema } = serde_json::from_slice(bytes).map_err(damaged)?;
        match schema.strip_prefix(FAMILY).and_then(|number| number.parse::<u32>().ok()) {
            Some(1..=FORMAT) => {}
            Some(number) if number > FORMAT => {
                return Err(RecordError::Newer { schema, chains: chains(bytes) });
            }
            _ => return Err(RecordError::Schema(schema)),
        }
        let record: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        record.confined()?;
        Ok(record)
    }

    /// Whether every path lies where a file of its kind can. What does not could not be read back.
    pub fn confined(&self) -> Result<(), RecordError> {
        let lies =
            |path: &str, kind| HostPath::new(path).is_ok_and(|p| p.as_str() == path && can_lie(kind, &p));
        match self.paths.iter().find(|(path, written)| !lies(path, written.kind)) {
            Some((path, written)) => {
                Err(RecordError::Misplaced { path: path.clone(), kind: written.kind.word() })
            }
            None => Ok(()),
        }
    }

    /// The file's bytes, in the newest format.
    pub fn bytes(&self) -> Vec<u8> {
        let stored = Stored {
            schema: format!("{FAMILY}{FORMAT}"),
            owner: &self.owner,
            layer: &self.layer,
            paths: &self.paths,
            live_before: self.live_before.as_ref(),
            runtime: self.runtime,
            sandboxes: &self.sandboxes,
        };
        // A record is made of strings and numbers only; it always serialises.
        let mut bytes = serde_json::to_vec_pretty(&stored).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Whether a file with this hash at `path` was written by this owner.
    pub fn wrote(&self, path: &HostPath, digest: &Digest) -> bool {
        self.paths.get(path.as_str()).is_some_and(|written| written.wrote.contains(digest))
    }

    /// What was written at paths of one kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (HostPath, &Written)> {
        self.paths
            .iter()
            .filter(move |(_, written)| written.kind == kind)
            .filter_map(|(path, written)| Some((HostPath::new(path).ok()?, written)))
    }
}

/// The chains that a record of an unknown format names, if it still spells them so.
fn chains(bytes: &[u8]) -> Vec<HostPath> {
    let value: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let paths = value["paths"].as_object().into_iter().flatten();
    let chains = paths.filter(|(_, written)| written["kind"] == Kind::Chain.word());
    chains.filter_map(|(path, _)| HostPath::new(path).ok()).collect()
}

impl Kind {
    /// In a word, as the record spells it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Config => "config",
            Self::Binary => "binary",
            Self::Directory => "directory",
            Self::Mark => "mark",
        }
    }
}

#[cfg(test)]
mod tests;
