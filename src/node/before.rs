//! What was at a path before the first write, and how the record stores it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Digest;

/// What was at a path before the first write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// The path did not exist.
    Absent,
    /// A file with these bytes.
    Bytes(Vec<u8>),
    /// A file whose bytes are kept beside the record, under their hash; and its mode.
    Saved(Digest, u32),
    /// A symbolic link with this target text.
    Link(String),
}

impl Before {
    /// The hash of the bytes; `None` if there were none or the path was a link.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Absent | Self::Link(_) => None,
            Self::Bytes(bytes) => Some(Digest::of(bytes)),
            Self::Saved(digest, _) => Some(digest.clone()),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Stored {
    Absent,
    Text(String),
    Base64(String),
    Saved { sha256: Digest, mode: u32 },
    Link(String),
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
            Self::Link(target) => Stored::Link(target.clone()),
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
            Stored::Link(target) => Self::Link(target),
        })
    }
}
