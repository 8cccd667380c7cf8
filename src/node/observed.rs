//! The result of one observation.

/// The reason for [`Observed::Unknown`] if this process may not read the thing (EACCES, EPERM).
pub const DENIED: &str = "permission denied";
/// A part of the sentence for a CRI socket that this process may not use. `check` knows the case by these words.
pub const ROOT_ONLY: &str = "it belongs to root";
/// A part of the sentence for a daemon that answers without CRI. `check` knows the case by these words.
pub const NO_CRI: &str = "does not serve CRI";
/// The reason for [`Observed::Unknown`] if the path is neither a file nor a directory: it has no bytes to read.
pub const SPECIAL: &str = "not a regular file";

/// The observed state of one thing on the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed<T> {
    /// The thing exists.
    Present(T),
    /// The thing does not exist, for certain.
    Absent,
    /// The thing could not be observed, for this reason (`permission denied`, `no CRI socket`).
    Unknown(String),
}

impl<T> Observed<T> {
    /// The thing, if it exists.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(thing) => Some(thing),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// True if this process may not read the thing. Waiting does not change that.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Unknown(why) if why == DENIED)
    }

    /// True if the thing certainly does not exist.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Applies `change` to the thing, if it exists.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Present(thing) => Observed::Present(change(thing)),
            Self::Absent => Observed::Absent,
            Self::Unknown(why) => Observed::Unknown(why),
        }
    }
}

/// The state of a file: two reads with equal stamps have the same bytes.
///
/// No program can set `ctime` back. So only an in-place write within the same clock tick of the file system could go
/// unnoticed; readers therefore take the stamp before they read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// Device of the file system.
    pub dev: u64,
    /// Inode on that device.
    pub ino: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of the bytes, nanoseconds since the epoch.
    pub mtime: i128,
    /// Time of the last change of bytes or attributes, nanoseconds since the epoch.
    pub ctime: i128,
    /// Permission bits, `0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}
