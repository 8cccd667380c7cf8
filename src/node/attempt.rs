//! The restart that was asked for, remembered in `/run` so that one cause gives one restart.

use serde::{Deserialize, Serialize};

use super::{Digest, Incarnation, Moment};

/// One restart for one cause: what `/run/cni-bootstrap/attempt.json` holds.
///
/// It lives in `/run` because nothing of it is true after a boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Why the runtime is restarted.
    pub cause: Cause,
    /// Which start of the runtime was to end. Another one that answers has read the files since.
    pub incarnation: Option<Incarnation>,
    /// How far it came.
    pub phase: Phase,
    /// When it was asked for, milliseconds since boot.
    pub asked_ms: u64,
    /// Why it is given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Why the runtime is restarted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Cause {
    /// Its live values differ from the wanted ones.
    Values {
        /// The wanted values, in words (`max_conf_num = 1`).
        wanted: String,
        /// The hash of the config files with which they are to come.
        files: Digest,
    },
    /// It has not loaded the published chain.
    Chain {
        /// The hash of the chain.
        chain: Digest,
    },
}

/// How far a restart came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Asked for, or about to be.
    Asked,
    /// The bytes before were put back; the runtime is to be restarted on them.
    GivingBack,
    /// The runtime is back on the bytes before: this cause is not tried again.
    Failed,
    /// The runtime is back and says what was wanted.
    Settled,
}

impl Attempt {
    /// Reads the file; a damaged one counts as none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// When it was asked for.
    pub fn asked(&self) -> Moment {
        Moment::from_millis(self.asked_ms)
    }
}

impl Phase {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked for",
            Self::GivingBack => "being given back",
            Self::Failed => "failed",
            Self::Settled => "settled",
        }
    }
}
