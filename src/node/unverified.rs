//! The durable mark: a config that was written and never seen to come up. It tells the next run after a power cut.

use serde::{Deserialize, Serialize};

use super::Attempt;

const SCHEMA: &str = "cni-bootstrap.unproven/1";

/// The content of `/var/lib/cni-bootstrap/unproven`: a restart that was not seen to end, with the bytes that undo it.
///
/// The mark exists from before the config is published until the runtime was seen to come up with the new bytes or
/// with the old ones. `/run` has the same in more detail, but only until the machine stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unverified {
    schema: String,
    /// The owner of the change.
    pub owner: String,
    /// The restart. Its times belong to the boot in which it was requested.
    pub attempt: Attempt,
    /// The boot in which the mark was written (`/proc/sys/kernel/random/boot_id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
}

impl Unverified {
    /// The mark for a restart of this owner, written in this boot.
    pub fn new(owner: &str, attempt: Attempt, boot: Option<String>) -> Self {
        Self { schema: SCHEMA.to_owned(), owner: owner.to_owned(), attempt, boot }
    }

    /// Parses the file. `None` if it is damaged, or if it would restore bytes at a path where no config can lie.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mark: Self = serde_json::from_slice(bytes).ok()?;
        (mark.schema == SCHEMA && mark.attempt.is_confined()).then_some(mark)
    }

    /// The restart as this boot knows it, where `/run` says nothing of it: failed restarts are counted for one boot.
    pub fn in_this_boot(self) -> Attempt {
        Attempt { retries: 0, restarted_on: None, rollback_restarts: 0, ..self.attempt }
    }

    /// The bytes of the file, in the room of its attempt.
    pub fn bytes(&self) -> Vec<u8> {
        let with = |attempt: &Attempt| Self { attempt: attempt.clone(), ..self.clone() };
        self.attempt.in_room(|attempt| serde_json::to_vec(&with(attempt)).unwrap_or_default())
    }
}
