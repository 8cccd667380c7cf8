//! One file, one directory, as they were seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Digest, Stamp};

/// More than any conflist, config file or record, in bytes: what is larger is not read.
pub const LARGEST: u64 = 4 << 20;

/// A regular file, symbolic links followed inside the host root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Which state of it was read.
    pub stamp: Stamp,
    /// What it holds.
    pub content: Content,
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// All of it.
    Bytes(Arc<[u8]>),
    /// A plugin binary: too large to hold, compared by hash.
    Digest(Digest),
    /// It is there but was not read; the text says why.
    Unread(String),
}

impl Content {
    /// The hash of what was read.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Bytes(bytes) => Some(Digest::of(bytes)),
            Self::Digest(digest) => Some(digest.clone()),
            Self::Unread(_) => None,
        }
    }
}

impl File {
    /// A file made in memory: a test's, or what a change will leave.
    pub fn of(bytes: &[u8], mode: u32) -> Self {
        let size = bytes.len() as u64;
        Self { stamp: Stamp { size, mode, ..Stamp::default() }, content: Content::Bytes(bytes.into()) }
    }
}

/// A directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dir {
    /// Its device and inode tell a directory that was replaced.
    pub stamp: Stamp,
    /// The names in it, whatever they are.
    pub names: BTreeSet<String>,
    /// Those of them that are directories, links to them aside.
    pub dirs: BTreeSet<String>,
    /// The mount that it lies on.
    pub mount: Mount,
    /// Why nothing can be written into it, if so (`read-only file system`).
    pub write_denied: Option<String>,
    /// How many networks' files in it were not read, because 4,096 of them or 32 MiB were read before.
    pub unread: usize,
}

/// The mount that a directory lies on, as the program sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted, in the program's own mount namespace.
    pub point: String,
    /// It is the mount of the program's own `/`.
    pub own_root: bool,
    /// Nothing on it is executed (mount(8), `noexec`).
    pub noexec: bool,
}
