//! The record: what this program wrote on the node, so that it is all that it ever takes back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Digest, HostPath};
use crate::containerd::Values;

const SCHEMA: &str = "cni-bootstrap.record/1";

/// What one owner wrote: `/var/lib/cni-bootstrap/OWNER.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    schema: String,
    /// Whose chain it is.
    pub owner: String,
    /// What the owner chains.
    pub layer: Layer,
    /// Each path that was written or is about to be.
    pub paths: BTreeMap<String, Written>,
    /// The runtime's live values before its config was changed, for `uninstall` to prove itself by. They go with the
    /// bytes in [`Written::before`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_before: Option<LiveBefore>,
}

/// The live values that the runtime had before its config was changed, of those that were changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LiveBefore {
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
    #[serde(default, skip_serializing_if = "Wished::is_empty")]
    pub wished: Wished,
}

/// The runtime's values that an owner asks for; none of them is as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Wished {
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

impl Wished {
    /// Whether every value is left as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the runtime has otherwise than wished: what has to come back. What it has as wished was not changed, so it
    /// is nobody's to demand later.
    pub fn otherwise(&self, live: &Values) -> LiveBefore {
        fn other<T: Clone + PartialEq>(wished: Option<&T>, live: Option<&T>) -> Option<T> {
            live.filter(|live| wished.is_some_and(|wished| wished != *live)).cloned()
        }
        let flag = self.systemd_cgroup;
        let cgroups = live.systemd_cgroup.iter().filter(|(_, live)| flag.is_some_and(|flag| flag != **live));
        LiveBefore {
            max_conf_num: other(self.max_conf_num.as_ref(), live.max_conf_num.as_ref()),
            conf_template: other(self.conf_template.as_ref(), live.conf_template.as_ref()),
            systemd_cgroup: cgroups.map(|(name, flag)| (name.clone(), *flag)).collect(),
            sandbox_image: other(self.sandbox_image.as_ref(), live.sandbox_image.as_ref()),
            without_cri: false,
        }
    }
}

impl LiveBefore {
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
}

/// What was at a path before the first write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing.
    Absent,
    /// These bytes.
    Bytes(Vec<u8>),
    /// Bytes that are kept beside the record, under their hash.
    Saved(Digest, u32),
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
    /// Another version of this program wrote it.
    #[error("its schema is {0:?}; this version knows {SCHEMA:?}")]
    Schema(String),
}

impl Record {
    /// The empty record of an owner.
    pub fn new(owner: &str, layer: Layer) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            owner: owner.to_owned(),
            layer,
            paths: BTreeMap::new(),
            live_before: None,
        }
    }

    /// Reads the file.
    pub fn read(bytes: &[u8]) -> Result<Self, RecordError> {
        let record: Self =
            serde_json::from_slice(bytes).map_err(|error| RecordError::Damaged(error.to_string()))?;
        if record.schema != SCHEMA {
            return Err(RecordError::Schema(record.schema));
        }
        Ok(record)
    }

    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        // A record is made of strings and numbers only; it always serialises.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
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

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Stored {
    Absent,
    Text(String),
    Base64(String),
    Saved { sha256: Digest, mode: u32 },
}

impl Serialize for Before {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => Stored::Absent,
            Self::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Stored::Text(text.to_owned()),
                Err(_) => Stored::Base64(STANDARD.encode(bytes)),
            },
            Self::Saved(sha256, mode) => Stored::Saved { sha256: sha256.clone(), mode: *mode },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Before {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Absent => Self::Absent,
            Stored::Text(text) => Self::Bytes(text.into_bytes()),
            Stored::Base64(text) => Self::Bytes(STANDARD.decode(text).map_err(serde::de::Error::custom)?),
            Stored::Saved { sha256, mode } => Self::Saved(sha256, mode),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_record_reads_back_as_it_was_written(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut record = Record::new("antrea", Layer::default());
            let wrote = vec![Digest::of(&bytes)];
            record.paths.insert("/x".to_owned(), Written { kind: Kind::Config, before: Before::Bytes(bytes), wrote });
            prop_assert_eq!(Record::read(&record.bytes()).unwrap(), record);
        }
    }

    #[test]
    fn a_record_of_another_schema_is_named_and_not_used() {
        let mut record = Record::new("antrea", Layer::default());
        assert!(!String::from_utf8(record.bytes()).unwrap().contains("wished"), "as older versions wrote it");
        record.schema = "cni-bootstrap.record/9".to_owned();
        assert!(matches!(Record::read(&record.bytes()), Err(RecordError::Schema(_))));
        assert!(matches!(Record::read(b"{"), Err(RecordError::Damaged(_))));
    }
}
