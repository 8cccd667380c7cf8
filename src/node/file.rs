//! One file and one directory, as they were read.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Digest, Stamp};

/// The size limit in bytes. Every conflist, config file and record is smaller; larger files are not read.
pub const LARGEST: u64 = 4 << 20;

/// A regular file. Symbolic links are followed inside the host root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The state of the file when it was read.
    pub stamp: Stamp,
    /// The content.
    pub content: Content,
}

/// The content of a file, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// All bytes.
    Bytes(Arc<[u8]>),
    /// The hash of a plugin binary, which is too large to keep in memory.
    Digest(Digest),
    /// The file exists but was not read, for this reason.
    Unread(String),
}

impl Content {
    /// The hash of the content.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Bytes(bytes) => Some(Digest::of(bytes)),
            Self::Digest(digest) => Some(digest.clone()),
            Self::Unread(_) => None,
        }
    }
}

impl File {
    /// A file made in memory: by a test, or as a planned change will leave it.
    pub fn of(bytes: &[u8], mode: u32) -> Self {
        let size = bytes.len() as u64;
        Self { stamp: Stamp { size, mode, ..Stamp::default() }, content: Content::Bytes(bytes.into()) }
    }
}

/// A directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dir {
    /// The stamp. Device and inode change when the directory is replaced.
    pub stamp: Stamp,
    /// The birth time in nanoseconds since the epoch, if the file system keeps it.
    pub born: Option<i128>,
    /// The names in the directory, of entries of all kinds.
    pub names: BTreeSet<String>,
    /// The names of subdirectories, without symbolic links.
    pub dirs: BTreeSet<String>,
    /// The mount that holds the directory.
    pub mount: Mount,
    /// The reason why no file can be written into the directory (`read-only file system`), if there is one.
    pub write_denied: Option<String>,
    /// True if the directory is deleted, and reached only because it is mounted here.
    pub deleted: bool,
    /// The number of network files that were not read, because 4,096 files or 32 MiB were read before.
    pub unread: usize,
}

/// The mount that holds a directory, as this process sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// The mount point, in the mount namespace of this process.
    pub point: String,
    /// True if the mount is the `/` of this process.
    pub own_root: bool,
    /// True if programs on the mount cannot be executed (mount(8), `noexec`).
    pub noexec: bool,
}
