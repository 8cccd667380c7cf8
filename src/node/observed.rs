//! What a look at one thing gave.

/// What is said of a thing that this process may not look at (EACCES, EPERM).
pub const DENIED: &str = "permission denied";
/// What is said of a thing that is neither a file nor a directory: it was seen, and has no bytes to read.
pub const SPECIAL: &str = "not a regular file";

/// What was seen of one thing on the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed<T> {
    /// It is there.
    Present(T),
    /// It is not there, and that is known.
    Absent,
    /// It could not be looked at; the text says why (`permission denied`, `no CRI socket`).
    Unknown(String),
}

impl<T> Observed<T> {
    /// The thing, if it was seen.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(thing) => Some(thing),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// Whether this process may not look at it: no wait changes that.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Unknown(why) if why == DENIED)
    }

    /// Whether it is known not to be there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The same sight of what `change` makes of the thing.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Present(thing) => Observed::Present(change(thing)),
            Self::Absent => Observed::Absent,
            Self::Unknown(why) => Observed::Unknown(why),
        }
    }
}

/// Which state of which file was read: two equal stamps are the same bytes.
///
/// `ctime` is the part that no program can set back, so an in-place write within one clock tick of the file system
/// is the only change that could hide; readers therefore take the stamp before they read.
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
