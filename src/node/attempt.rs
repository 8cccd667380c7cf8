//! The record of a restart in `/run`: each reason causes one restart.

use serde::{Deserialize, Serialize};

use super::room::Room;
use super::{Before, Digest, HostPath, Incarnation, Kind, Moment, can_lie};

/// The prefix of the files that keep bytes for the rollback timer. The hash of the bytes follows it.
pub const KEPT: &str = "before-";

/// One restart for one reason: the content of `/run/cni-bootstrap/attempt.json`.
///
/// It lies in `/run` because none of it is valid after a reboot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Why the runtime is restarted.
    #[serde(rename = "cause")]
    pub reason: RestartReason,
    /// The owner whose run requested the restart. Other owners' runs leave it alone until its deadline. (0.1.0 did not
    /// write this field: only one owner was possible.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Box<str>>,
    /// The start of the runtime that the restart ends. Any later start has read the changed files.
    pub incarnation: Option<Incarnation>,
    /// The progress of the restart.
    pub phase: Phase,
    /// The config files that the restart brings into effect, each with its bytes from before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Changed>,
    /// The values that the runtime had instead of the desired ones, in words. A rollback is complete when they are
    /// back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub had: Vec<String>,
    /// The hash of all config files from before, if the runtime ran on exactly these bytes. Only then a rollback is
    /// sure to work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<Box<Digest>>,
    /// The runtime's socket: where to look for the runtime while it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<HostPath>,
    /// The number of restarts that failed in this boot since the last one that succeeded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// The hash of the config files on which a runtime that is down is started, after another program overwrote the
    /// files that were to be rolled back. It is written before that restart, so that these files cause one restart
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarted_on: Option<Box<Digest>>,
    /// The number of restarts on the bytes from before, in this rollback. Runs that are killed each time must not
    /// restart the runtime without end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rollback_restarts: u8,
    /// When the restart was requested, in milliseconds since boot.
    pub asked_ms: u64,
    /// How long the restart may take, in milliseconds. The run that requested the restart sets it for all later runs.
    pub timeout_ms: u64,
    /// Why the restart is rolled back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Box<str>>,
    /// True if another program wrote the config files while the runtime started: the runtime may have read other
    /// bytes than those that were checked. The files are compared with the live values once they are at rest.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disturbed: bool,
    /// True if the runtime had the desired values when the attempt was settled. It is false if another program wrote
    /// the files before the runtime read them. (0.1.0 did not write this field: all its settled attempts count as
    /// held.)
    #[serde(default = "yes")]
    pub held: bool,
}

/// A config file that the restart brings into effect: its bytes before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The path of the file.
    pub path: HostPath,
    /// What was at the path before. The runtime came up with it.
    pub before: Before,
    /// The hash of the new bytes; `None` if the file is removed. A file with another hash was written by another
    /// program.
    pub after: Option<Digest>,
}

/// Why the runtime is restarted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum RestartReason {
    /// The live values differ from the desired ones.
    Values {
        /// The desired values, in words (`max_conf_num = 1`).
        #[serde(rename = "wanted")]
        desired: String,
        /// The hash of the config files that set them.
        files: Digest,
    },
    /// The runtime has not loaded the published chain.
    Chain {
        /// The hash of the chain.
        chain: Digest,
    },
}

/// The progress of a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The restart was requested, or is about to be.
    Asked,
    /// The config is in place, and a person or another program restarts the runtime (`--restart never`).
    Left,
    /// The old bytes were restored, and the runtime is being restarted on them.
    #[serde(rename = "giving-back")]
    RollingBack,
    /// The runtime runs on the old bytes again. `incarnation` is this start: the same change is tried again only
    /// after another start, or with other files.
    Failed,
    /// The runtime is up with the desired values.
    Settled,
}

impl Attempt {
    /// An attempt of which only this is known: it changes no file, and its time is zero.
    pub fn new(reason: RestartReason, incarnation: Option<Incarnation>, phase: Phase) -> Self {
        Self {
            reason,
            owner: None,
            incarnation,
            phase,
            changed: Vec::new(),
            had: Vec::new(),
            ran: None,
            endpoint: None,
            retries: 0,
            restarted_on: None,
            rollback_restarts: 0,
            asked_ms: 0,
            timeout_ms: 0,
            trouble: None,
            disturbed: false,
            held: false,
        }
    }

    /// Parses the file. `None` if it is damaged, or if it would restore bytes at a path where no config can lie.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(Self::is_confined)
    }

    /// True if it restores bytes only at paths where a config can lie.
    pub(super) fn is_confined(&self) -> bool {
        self.changed.iter().all(|changed| can_lie(Kind::Config, &changed.path))
    }

    /// The bytes of the file, in the room of this attempt.
    pub fn bytes(&self) -> Vec<u8> {
        self.in_room(|attempt| serde_json::to_vec(attempt).unwrap_or_default())
    }

    /// The JSON of a file with this attempt, in the room that all marks of the attempt have.
    pub(super) fn in_room(&self, json: impl Fn(&Self) -> Vec<u8>) -> Vec<u8> {
        let room = Room::beside(json(&self.bare()).len());
        let whole = json(self);
        if room.holds(&whole) {
            return room.fill(whole);
        }
        let trouble = self.trouble.as_deref().map(Room::cut);
        room.fill(json(&Self { trouble, ..self.clone() }))
    }

    /// What all marks of the attempt have in common.
    fn bare(&self) -> Self {
        let Self { reason, changed, had, ran, endpoint, .. } = self.clone();
        Self { changed, had, ran, endpoint, ..Self::new(reason, None, Phase::RollingBack) }
    }

    /// For a restart for values: the hash of the config files that were checked.
    pub fn judged_on(&self) -> Option<&Digest> {
        match &self.reason {
            RestartReason::Values { files, .. } => Some(files),
            RestartReason::Chain { .. } => None,
        }
    }

    /// True if the runtime is up but may have read other files than those that were checked.
    pub fn is_unread(&self) -> bool {
        self.disturbed && self.phase == Phase::Settled
    }

    /// True if the runtime came up with the desired values and has read the files that were judged. Nothing else ends the
    /// count of failed restarts.
    pub fn has_held(&self) -> bool {
        self.phase == Phase::Settled && self.held && !self.disturbed
    }

    /// When the restart was requested.
    pub fn asked(&self) -> Moment {
        Moment::from_millis(self.asked_ms)
    }

    /// True if the run goes on although this mark cannot be written, because the disk is full: it counts no restart that
    /// is still to come.
    pub const fn may_stay_unwritten(&self) -> bool {
        matches!(self.phase, Phase::Failed | Phase::Settled)
    }

    /// True if the durable mark counts the restarts of this mark as well. It names no files of another program.
    pub const fn is_counted_durably(&self) -> bool {
        matches!(self.phase, Phase::RollingBack) && self.restarted_on.is_none()
    }

    /// True if more marks of this attempt follow, so their room is kept.
    pub fn keeps_room(&self) -> bool {
        self.is_in_hand() || self.is_unproven()
    }

    /// True while the runtime is being restarted, or is about to be.
    pub fn is_in_hand(&self) -> bool {
        matches!(self.phase, Phase::Asked | Phase::RollingBack)
    }

    /// True if a reboot must not lose this: config files were written, or are about to be, and the runtime was not
    /// seen to come up with them.
    pub fn is_unproven(&self) -> bool {
        !self.changed.is_empty() && matches!(self.phase, Phase::Asked | Phase::Left | Phase::RollingBack)
    }

    /// True if this restart is about the runtime behind `socket`.
    pub fn is_about(&self, socket: &HostPath) -> bool {
        match (&self.endpoint, &self.incarnation) {
            (Some(endpoint), _) => endpoint == socket,
            (None, Some(incarnation)) => incarnation.is_of(socket),
            (None, None) => true,
        }
    }

    /// The time by which the runtime must be back.
    pub fn deadline(&self) -> Moment {
        Moment::from_millis(self.asked_ms.saturating_add(self.timeout_ms))
    }

    /// True if a rollback restores exactly these bytes at this path. The record of the owner that wrote them knows
    /// them.
    pub fn restores(&self, path: &HostPath, digest: &Digest) -> bool {
        self.is_in_hand()
            && self.changed.iter().any(|c| c.path == *path && c.digest_before().as_ref() == Some(digest))
    }
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Changed {
    /// The hash of the bytes from before, if there were any.
    pub fn digest_before(&self) -> Option<Digest> {
        self.before.digest()
    }

    /// The name in `/run/cni-bootstrap` of the copy of the old bytes that the rollback timer restores.
    pub fn kept_as(&self) -> Option<String> {
        self.digest_before().map(|digest| format!("{KEPT}{digest}"))
    }
}

impl Phase {
    /// The word for it in messages.
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

#[cfg(test)]
mod tests;
