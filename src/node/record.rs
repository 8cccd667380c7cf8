//! The record: the list of what this program wrote on the node. `uninstall` removes exactly that.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::status::LiveValues;
use super::{Before, Digest, HostPath, Kind, Place, can_lie};

/// The name of the format, without the number after the slash.
const FAMILY: &str = "cni-bootstrap.record/";
/// The format of new records. Release 0.1.0 wrote format 1, which this one extends.
const FORMAT: u32 = 2;

/// All that one owner wrote: `/var/lib/cni-bootstrap/OWNER.json`.
///
/// All readable formats are parsed into this type, and records are written in the newest format: a record of 0.1.0
/// migrates at its next write.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The owner of the chain.
    pub owner: String,
    /// The owner's plugins and where they are chained.
    pub layer: Layer,
    /// The paths that were written or are about to be.
    pub paths: BTreeMap<String, Written>,
    /// The runtime's live values before its config was changed, so that `uninstall` can verify its result. They
    /// belong to the bytes in [`Written::before`].
    pub live_before: Option<OriginalConfig>,
    /// The runtime of the config paths and the live values. Release 0.1.0 supported one runtime and did not store it.
    #[serde(default)]
    pub runtime: RecordedRuntime,
    /// The ids of sandboxes that were started to verify the chain and may still exist.
    #[serde(default)]
    pub sandboxes: Vec<String>,
    /// True since the owner's uninstall has begun. From then on the layer is not part of the chain any more, and other
    /// owners' runs leave it out.
    #[serde(default)]
    pub leaving: bool,
}

/// The record as it is stored, with the name of its format.
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
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    leaving: bool,
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

/// The runtime's values from before its config was changed; only those that were changed.
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
    /// The sandbox image, if the runtime reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox_image: Option<String>,
    /// True if the config disabled CRI, so the runtime had no values.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_cri: bool,
}

/// The plugins of an owner and where they are chained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// The plugin objects, as they were typed.
    pub plugins: Vec<String>,
    /// `--position`.
    pub position: String,
    /// `--layout`.
    pub layout: String,
    /// `--output-file`; empty if it was not given.
    pub output: String,
    /// `--primary`, if it was given. Release 0.1.0 did not store it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<String>,
    /// `--primary-dir`, if it was given. Release 0.1.0 did not store it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_dir: Option<String>,
    /// The runtime values that the owner needs.
    #[serde(rename = "wished", default, skip_serializing_if = "DesiredValues::is_empty")]
    pub desired: DesiredValues,
}

impl Layer {
    /// The directory where the primary is staged, if it was given.
    pub fn primary_dir(&self) -> Option<HostPath> {
        self.primary_dir.as_deref().and_then(|dir| HostPath::new(dir).ok())
    }
}

/// The runtime values that an owner needs. `None` leaves a value as it is.
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
    /// True if every value stays as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The live values that differ from these: `uninstall` has to restore them. Values that already matched need not
    /// be restored.
    pub fn otherwise(&self, live: &LiveValues) -> OriginalConfig {
        fn other<T: Clone + PartialEq>(desired: Option<&T>, live: Option<&T>) -> Option<T> {
            live.filter(|live| desired.is_some_and(|desired| desired != *live)).cloned()
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
    /// The values among these that an owner with `desired` values has to restore one day. Every owner of a chain needs
    /// `max_conf_num`.
    #[must_use]
    pub fn of(mut self, desired: &DesiredValues) -> Self {
        self.conf_template = self.conf_template.filter(|_| desired.conf_template.is_some());
        self.sandbox_image = self.sandbox_image.filter(|_| desired.sandbox_image.is_some());
        if desired.systemd_cgroup.is_none() {
            self.systemd_cgroup.clear();
        }
        self
    }

    /// These values, completed by `later` ones. If both have a value, the earlier one counts: it is from before the
    /// first change.
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

/// A path that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// The kind of the file.
    pub kind: Kind,
    /// What was there before the first write.
    pub before: Before,
    /// The hashes that were written or were about to be. A file with another hash was written by another program.
    pub wrote: Vec<Digest>,
    /// The other owners whose layers are in the same file. The file is removed when the last of them is uninstalled.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shared_with: BTreeSet<String>,
    /// When a chain was first published with the owner's plugins. Release 0.1.0 did not store it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_published: Option<FirstPublished>,
    /// The file in which a chain lies: its own, or the primary's.
    #[serde(default, skip_serializing_if = "Place::is_own")]
    pub place: Place,
    /// The files that were removed from a path where the primary was one plugin object: inode and time of change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<String>,
}

/// When a chain was first published with its owner's plugins: pods that are older run without them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstPublished {
    /// The types of the owner's plugins.
    pub plugins: BTreeSet<String>,
    /// The time by the wall clock, in milliseconds since the epoch.
    pub wall_ms: i64,
}

impl Written {
    /// True if a file with this hash is a chain that was published here. The primary's own bytes are not a chain, even if
    /// this program restored them.
    pub fn is_chain(&self, digest: &Digest) -> bool {
        let is_base = self.place != Place::Own && self.before.digest().as_ref() == Some(digest);
        self.kind == Kind::Chain && self.wrote.contains(digest) && !is_base
    }

    /// A path before its first write.
    pub fn new(kind: Kind, before: Before) -> Self {
        Self {
            kind,
            before,
            wrote: Vec::new(),
            shared_with: BTreeSet::new(),
            first_published: None,
            place: Place::Own,
            retired: Vec::new(),
        }
    }
}

/// The reason why a record cannot be used. Such a record is never overwritten: no other copy of the old state may
/// exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The file exists but cannot be read.
    #[error("it could not be read: {0}")]
    Unread(String),
    /// The file is not a record.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// The record names a path where no file of this kind can lie.
    #[error("somebody changed it: it names {path:?} as a {kind}, but a {kind} cannot lie there")]
    Misplaced {
        /// The path in the record.
        path: String,
        /// The kind in the record.
        kind: &'static str,
    },
    /// A newer release of this program wrote the record.
    #[error(
        "a newer release wrote it: its schema is {schema:?}, and this release knows {FAMILY}1 to {FAMILY}{FORMAT}"
    )]
    Newer {
        /// The schema of the record.
        schema: String,
        /// The chains that the record names, if it spells them as the known formats do.
        chains: Vec<HostPath>,
    },
    /// Another program wrote the file.
    #[error("its schema is {0:?}, which this program never wrote")]
    Schema(String),
}

/// The part that all formats share.
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
            leaving: false,
        }
    }

    /// Parses the file in any known format.
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

    /// Checks that every path lies where a file of its kind can lie. A record with another path could not be read
    /// again.
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

    /// The bytes of the file, in the newest format.
    pub fn bytes(&self) -> Vec<u8> {
        let stored = Stored {
            schema: format!("{FAMILY}{FORMAT}"),
            owner: &self.owner,
            layer: &self.layer,
            paths: &self.paths,
            live_before: self.live_before.as_ref(),
            runtime: self.runtime,
            sandboxes: &self.sandboxes,
            leaving: self.leaving,
        };
        // A record consists of strings and numbers, so it always serialises.
        let mut bytes = serde_json::to_vec_pretty(&stored).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// True if this owner wrote a file with this hash at `path`.
    pub fn wrote(&self, path: &HostPath, digest: &Digest) -> bool {
        self.paths.get(path.as_str()).is_some_and(|written| written.wrote.contains(digest))
    }

    /// True if the owner needs the runtime's config as it is: it wants values, or has a chain that must be the only
    /// network.
    pub fn shares_config(&self) -> bool {
        let has_chain = || self.of_kind(Kind::Chain).next().is_some();
        !self.leaving && (!self.layer.desired.is_empty() || has_chain())
    }

    /// The written paths of one kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (HostPath, &Written)> {
        self.paths
            .iter()
            .filter(move |(_, written)| written.kind == kind)
            .filter_map(|(path, written)| Some((HostPath::new(path).ok()?, written)))
    }
}

/// The chains in a record of an unknown format, if it spells them as the known formats do.
fn chains(bytes: &[u8]) -> Vec<HostPath> {
    let value: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let paths = value["paths"].as_object().into_iter().flatten();
    let chains = paths.filter(|(_, written)| written["kind"] == Kind::Chain.word());
    chains.filter_map(|(path, _)| HostPath::new(path).ok()).collect()
}

#[cfg(test)]
mod tests;
