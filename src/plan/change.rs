//! What can be done to a node: a small closed set.

use std::sync::Arc;

use crate::node::{Attempt, Digest, HostPath, Kind, RestartMethod};
use crate::plan::restart::rollback_timer::RollbackTimer;
use crate::plan::restart::verdict::comes_up::ComesUp;

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something to do.
    Change(Change),
    /// What follows holds only if the node is then as expected: it is planned anew. The text says what is looked for.
    Look(&'static str),
}

/// One change. `apply` has one effect for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Makes a directory that is not there, mode 0755.
    MakeDir(HostPath),
    /// Puts a file in place, whole: temp, fsync, rename, fsync of the directory.
    Publish(Publish),
    /// Puts a symbolic link back that was replaced.
    Link {
        /// The name.
        path: HostPath,
        /// The link's text.
        target: String,
        /// What lay there meanwhile.
        kind: Kind,
    },
    /// Takes a file away that the record says is ours.
    Remove {
        /// The file.
        path: HostPath,
        /// What it is.
        kind: Kind,
    },
    /// Removes a directory that we made, if nothing is left in it.
    RemoveDir(HostPath),
    /// Removes what a killed run left of a temporary file.
    Sweep(HostPath),
    /// Writes and removes a file without a loadable name, which makes the runtime list the conf dir again.
    Nudge(HostPath),
    /// Remembers how far a restart came.
    Mark(Attempt),
    /// Arms a rollback outside this process: systemd makes it unless it is called off.
    Arm(RollbackTimer),
    /// Calls the rollback off.
    Disarm {
        /// By which method its timer is stopped; without any it finds nothing to do.
        by: Option<RestartMethod>,
    },
    /// Has the runtime restarted.
    Restart {
        /// What for, in words.
        why: String,
        /// By which method.
        by: RestartMethod,
        /// Its unit, where systemd runs it.
        unit: Option<String>,
        /// Its process, for a signal.
        pid: Option<u32>,
        /// The config files that it comes up on.
        comes_up: ComesUp,
    },
    /// Clears the failed state of a unit, so that systemd starts it again.
    ResetFailed {
        /// The unit.
        unit: String,
        /// By which method.
        by: RestartMethod,
    },
    /// Removes the record, and what was saved beside it for no other: nothing of ours is left.
    Forget,
}

/// A file that is put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Where.
    pub path: HostPath,
    /// What it is, for the record.
    pub kind: Kind,
    /// Its bytes.
    pub source: Source,
    /// Its mode.
    pub mode: Mode,
}

/// Where the bytes of a file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From memory.
    Bytes(Arc<[u8]>),
    /// From one of our inputs; `Digest` is what it must hold.
    Input(String, Digest),
    /// From what was saved beside the record.
    Saved(Digest),
}

impl Source {
    /// The hash of the bytes.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Bytes(bytes) => Digest::of(bytes),
            Self::Input(_, digest) | Self::Saved(digest) => digest.clone(),
        }
    }
}

/// Which mode a published file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// This one if it is new; an existing file keeps its own, never widened.
    New(u32),
    /// This one in any case: plugin binaries must be executable.
    Exactly(u32),
}

/// How a change leaves its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// A file with these bytes.
    Bytes(Digest),
    /// A symbolic link with this text.
    Link(String),
    /// A directory.
    Directory,
    /// Nothing.
    Nothing,
}

impl Change {
    /// The path that it decides, and how it leaves it. What only notes how far a run came decides none.
    pub fn leaves(&self) -> Option<(&HostPath, Left)> {
        match self {
            Self::Publish(publish) => Some((&publish.path, Left::Bytes(publish.source.digest()))),
            Self::Link { path, target, .. } => Some((path, Left::Link(target.clone()))),
            Self::MakeDir(path) => Some((path, Left::Directory)),
            Self::Remove { path, .. } | Self::Sweep(path) | Self::RemoveDir(path) => {
                Some((path, Left::Nothing))
            }
            _ => None,
        }
    }

    /// The path that it alters, if it alters one.
    pub fn path(&self) -> Option<&HostPath> {
        match self {
            Self::MakeDir(path)
            | Self::Publish(Publish { path, .. })
            | Self::Link { path, .. }
            | Self::Remove { path, .. }
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

    /// The word for it in the report (`actions[].kind`).
    pub const fn word(&self) -> &'static str {
        match self {
            Self::MakeDir(_) => "make-dir",
            Self::Publish(_) => "publish",
            Self::Link { .. } => "link",
            Self::Remove { .. } => "remove",
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
