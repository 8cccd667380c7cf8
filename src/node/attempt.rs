//! The restart that was asked for, remembered in `/run` so that one cause gives one restart.

use serde::{Deserialize, Serialize};

use super::{Before, Digest, HostPath, Incarnation, Kind, Moment, can_lie};

/// What the files that keep bytes for the rollback timer are called, before their hash.
pub const KEPT: &str = "before-";

/// One restart for one cause: what `/run/cni-bootstrap/attempt.json` holds.
///
/// It lives in `/run` because nothing of it is true after a boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Why the runtime is restarted.
    #[serde(rename = "cause")]
    pub reason: RestartReason,
    /// Which start of the runtime was to end. Another one that answers has read the files since.
    pub incarnation: Option<Incarnation>,
    /// How far it came.
    pub phase: Phase,
    /// The config files that it brings into effect, each with what puts it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Changed>,
    /// What the runtime had instead of the desired values, in words: "as before" means this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub had: Vec<String>,
    /// The hash of all config files before it, if the runtime ran on these very bytes: the only sure way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<Digest>,
    /// The runtime's socket: where to look for it while it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<HostPath>,
    /// How often a restart failed in this boot before this one, and none held in between.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// The hash of all config files on which a restart of a runtime that is down is asked for, after somebody else has
    /// written what was to be rolled back. It is marked before that restart, so that those files get one and no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarted_on: Option<Box<Digest>>,
    /// When it was asked for, milliseconds since boot.
    pub asked_ms: u64,
    /// How long it may take, in milliseconds: whoever looks at it, the one who asked has decided.
    pub timeout_ms: u64,
    /// Why it is rolled back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Box<str>>,
    /// Whether it is settled on files that the runtime may have read otherwise than they were judged: somebody else was
    /// writing them while it started. Then they are compared with what runs once they are at rest.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disturbed: bool,
}

/// A config file that the runtime is to read anew, as it was and as it is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// Where it lies.
    pub path: HostPath,
    /// What was there: the runtime came up with it.
    pub before: Before,
    /// The hash of what is there now; none if the file goes. A file with another one is somebody else's.
    pub after: Option<Digest>,
}

/// Why the runtime is restarted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum RestartReason {
    /// Its live values differ from the desired ones.
    Values {
        /// The desired values, in words (`max_conf_num = 1`).
        #[serde(rename = "wanted")]
        desired: String,
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
    /// The config is in place and the restart is left to somebody else (`--restart never`).
    Left,
    /// The bytes before were restored; the runtime is to be restarted on them.
    #[serde(rename = "giving-back")]
    RollingBack,
    /// The runtime is back on the bytes before. `incarnation` is this start: only after another one, or with other
    /// files, the same is tried again.
    Failed,
    /// The runtime is back and says what was wanted.
    Settled,
}

impl Attempt {
    /// Reads the file; a damaged one counts as none, and so does one that would put bytes where no config can lie.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(Self::is_confined)
    }

    /// Whether it puts bytes only where a config can lie.
    pub(super) fn is_confined(&self) -> bool {
        self.changed.iter().all(|changed| can_lie(Kind::Config, &changed.path))
    }

    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The hash of all config files on which the restart was judged, if it is for values.
    pub fn judged_on(&self) -> Option<&Digest> {
        match &self.reason {
            RestartReason::Values { files, .. } => Some(files),
            RestartReason::Chain { .. } => None,
        }
    }

    /// Whether the runtime is up, and may have read other files than those that were judged.
    pub fn is_unread(&self) -> bool {
        self.disturbed && self.phase == Phase::Settled
    }

    /// When it was asked for.
    pub fn asked(&self) -> Moment {
        Moment::from_millis(self.asked_ms)
    }

    /// Whether the runtime is being restarted, or is about to be.
    pub fn is_in_hand(&self) -> bool {
        matches!(self.phase, Phase::Asked | Phase::RollingBack)
    }

    /// Whether it must outlive a boot: config files are written, or about to be, and nobody has seen the runtime come up
    /// with them.
    pub fn is_unproven(&self) -> bool {
        !self.changed.is_empty() && matches!(self.phase, Phase::Asked | Phase::Left | Phase::RollingBack)
    }

    /// Whether the runtime that makes this socket is the one that it is about.
    pub fn is_about(&self, socket: &HostPath) -> bool {
        match (&self.endpoint, &self.incarnation) {
            (Some(endpoint), _) => endpoint == socket,
            (None, Some(incarnation)) => incarnation.is_of(socket),
            (None, None) => true,
        }
    }

    /// Until when the runtime must be back.
    pub fn deadline(&self) -> Moment {
        Moment::from_millis(self.asked_ms.saturating_add(self.timeout_ms))
    }

    /// Whether these are the bytes that it rolls back to this path: the record of whoever wrote there knows of them.
    pub fn restores(&self, path: &HostPath, digest: &Digest) -> bool {
        self.is_in_hand()
            && self.changed.iter().any(|c| c.path == *path && c.digest_before().as_ref() == Some(digest))
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Changed {
    /// The hash of what was there, if anything was.
    pub fn digest_before(&self) -> Option<Digest> {
        self.before.digest()
    }

    /// The name in `/run/cni-bootstrap` under which the bytes before are kept for the rollback timer.
    pub fn kept_as(&self) -> Option<String> {
        self.digest_before().map(|digest| format!("{KEPT}{digest}"))
    }
}

impl Phase {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked for",
            Self::Left => "left to others",
            Self::RollingBack => "being rolled back",
            Self::Failed => "failed",
            Self::Settled => "settled",
        }
    }
}
