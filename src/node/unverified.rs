//! The durable mark: a config that was written and never seen to come up, told to whoever comes after a power cut.

use serde::{Deserialize, Serialize};

use super::Attempt;

const SCHEMA: &str = "cni-bootstrap.unproven/1";

/// What `/var/lib/cni-bootstrap/unproven` holds: a restart that nobody has seen to end, with the bytes that undo it.
///
/// It lies there from before the config is published until the runtime was seen to come up with it, or with the bytes
/// before. `/run` says the same more precisely, but only until the machine stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unverified {
    schema: String,
    /// Whose change it is.
    pub owner: String,
    /// The restart. Its times are those of the boot in which it was asked for.
    pub attempt: Attempt,
}

impl Unverified {
    /// The mark of an owner's restart.
    pub fn new(owner: &str, attempt: Attempt) -> Self {
        Self { schema: SCHEMA.to_owned(), owner: owner.to_owned(), attempt }
    }

    /// Reads the file; a damaged one counts as none, and so does one that would put bytes where no config can lie.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mark: Self = serde_json::from_slice(bytes).ok()?;
        (mark.schema == SCHEMA && mark.attempt.is_confined()).then_some(mark)
    }

    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}
