//! The changes that can be made to a node: a small closed set.

use std::sync::Arc;

use crate::node::{Attempt, Digest, HostPath, Kind, RestartMethod};
use crate::plan::restart::rollback_timer::RollbackTimer;
use crate::plan::restart::verdict::comes_up::ComesUp;

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A change to make.
    Change(Change),
    /// The next steps depend on the result so far, so the node is observed and planned again. The text names what is
    /// expected.
    Look(&'static str),
}

/// The changes of these steps.
pub(in crate::plan) fn changes(steps: &[Step]) -> impl Iterator<Item = &Change> {
    steps.iter().filter_map(Step::change)
}

/// The changes up to the next observation, which are applied together.
pub(in crate::plan) fn first_changes(steps: &[Step]) -> impl Iterator<Item = &Change> {
    steps.iter().map_while(Step::change)
}

impl Step {
    const fn change(&self) -> Option<&Change> {
        match self {
            Self::Change(change) => Some(change),
            Self::Look(_) => None,
        }
    }
}

/// One change. `apply` has one effect for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Creates a missing directory with mode 0755.
    MakeDir(HostPath),
    /// Writes a file atomically: temporary file, fsync, rename, fsync of the directory.
    Publish(Publish),
    /// Reserves the room that a rollback of a config file needs.
    Reserve(Reserve),
    /// Restores a symbolic link that was replaced.
    Link {
        /// The path of the link.
        path: HostPath,
        /// The link's text.
        target: String,
        /// The kind of the file that replaced it.
        kind: Kind,
    },
    /// Removes a file that this program wrote, by its record.
    Remove {
        /// The path of the file.
        path: HostPath,
        /// The kind of the file.
        kind: Kind,
    },
    /// Removes the file of a primary that is one plugin object, once the list that is made of it is published. The record
    /// has its bytes.
    Retire(HostPath),
    /// Removes a directory that this program created, if it is empty.
    RemoveDir(HostPath),
    /// Removes a temporary file of a killed run.
    Sweep(HostPath),
    /// Writes and removes a file without a loadable name, so that the runtime lists the conf dir again.
    Nudge(HostPath),
    /// Records the progress of a restart.
    Mark(Attempt),
    /// Arms a rollback outside this process: systemd runs it unless it is cancelled.
    Arm(RollbackTimer),
    /// Cancels the rollback.
    Disarm {
        /// The method to stop the timer. Without one the timer stays, and finds nothing to do.
        by: Option<RestartMethod>,
    },
    /// Restarts the runtime.
    Restart {
        /// The reason, in words.
        why: String,
        /// The method.
        by: RestartMethod,
        /// The unit, if systemd runs the runtime.
        unit: Option<String>,
        /// The process id, for a signal.
        pid: Option<u32>,
        /// The verdict about the config files that the runtime starts with.
        comes_up: ComesUp,
    },
    /// Clears the failed state of a unit, so that systemd starts it again.
    ResetFailed {
        /// The unit.
        unit: String,
        /// The method.
        by: RestartMethod,
    },
    /// Removes the record, and the saved files that only this record needs: nothing of this owner remains.
    Forget,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The path.
    pub path: HostPath,
    /// The kind, for the record.
    pub kind: Kind,
    /// The source of the bytes.
    pub source: Source,
    /// The mode.
    pub mode: Mode,
}

/// The bytes of a config file, kept beside it under a name that nothing loads, until the restart with the new bytes is
/// settled or rolled back. The rollback renames this file, which needs no free block and no free inode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// The path of the config file. Its mode, owner and labels are copied.
    pub of: HostPath,
    /// The path of the reserve: beside the file, for a link beside the file behind it.
    pub at: HostPath,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// The source of a file's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From memory.
    Bytes(Arc<[u8]>),
    /// From memory, for a file that is the primary's.
    InPlace {
        /// The bytes.
        bytes: Arc<[u8]>,
        /// The primary's own bytes, for the record; `None` if they lie in a file that is retired.
        base: Option<Arc<[u8]>>,
    },
    /// An input of this run; its bytes must have this hash.
    Input(String, Digest),
    /// Bytes that were saved beside the record.
    Saved(Digest),
}

impl Source {
    /// The hash of the bytes.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Bytes(bytes) | Self::InPlace { bytes, .. } => Digest::of(bytes),
            Self::Input(_, digest) | Self::Saved(digest) => digest.clone(),
        }
    }
}

/// The mode of a written file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The mode of a new file; an existing file keeps its own, which is never widened.
    New(u32),
    /// The mode of the file in any case: plugin binaries must be executable.
    Exactly(u32),
}

/// The state of a path after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// A file with these bytes.
    Bytes(Digest),
    /// A symbolic link with this text.
    Link(String),
    /// A directory.
    Directory,
    /// The path does not exist.
    Nothing,
}

impl Left {
    /// The state in words that differ for different states.
    pub fn word(&self) -> String {
        match self {
            Self::Bytes(digest) => digest.to_string(),
            Self::Link(text) => format!("-> {text}"),
            Self::Directory => "directory".to_owned(),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}

impl Change {
    /// True for a restart of the runtime.
    pub const fn is_restart(&self) -> bool {
        matches!(self, Self::Restart { .. })
    }

    /// The path that the change decides, and its state afterwards; `None` for a change that only records progress.
    pub fn leaves(&self) -> Option<(&HostPath, Left)> {
        match self {
            Self::Publish(publish) => Some((&publish.path, Left::Bytes(publish.source.digest()))),
            Self::Reserve(reserve) => Some((&reserve.at, Left::Bytes(Digest::of(&reserve.bytes)))),
            Self::Link { path, target, .. } => Some((path, Left::Link(target.clone()))),
            Self::MakeDir(path) => Some((path, Left::Directory)),
            Self::Remove { path, .. } | Self::Retire(path) | Self::Sweep(path) | Self::RemoveDir(path) => {
                Some((path, Left::Nothing))
            }
            _ => None,
        }
    }

    /// The path that the change alters, if it alters one.
    pub fn path(&self) -> Option<&HostPath> {
        match self {
            Self::MakeDir(path)
            | Self::Publish(Publish { path, .. })
            | Self::Reserve(Reserve { at: path, .. })
            | Self::Link { path, .. }
            | Self::Remove { path, .. }
            | Self::Retire(path)
            | Self::RemoveDir(path)
            | Self::Sweep(path)
            | Self::Nudge(path) => Some(path),
            Self::Mark(_)
            | Self::Arm(_)
            | Self::Disarm { .. }
            | Self::Restart { .. }
            | Self::ResetFailed { .. }
            | Self::Forget => None,
        }
    }

    /// The word for the change in the report (`actions[].kind`).
    pub const fn word(&self) -> &'static str {
        match self {
            Self::MakeDir(_) => "make-dir",
            Self::Publish(_) => "publish",
            Self::Reserve(_) => "reserve",
            Self::Link { .. } => "link",
            Self::Remove { .. } => "remove",
            Self::Retire(_) => "retire",
            Self::RemoveDir(_) => "remove-dir",
            Self::Sweep(_) => "sweep",
            Self::Nudge(_) => "nudge",
            Self::Mark(_) => "mark",
            Self::Arm(_) => "arm",
            Self::Disarm { .. } => "disarm",
            Self::Restart { .. } => "restart",
            Self::ResetFailed { .. } => "reset-failed",
            Self::Forget => "forget",
        }
    }
}
