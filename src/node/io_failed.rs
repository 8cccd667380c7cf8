//! Errors of the operating system, each with its path and operation.

use std::io;

/// The operating system refused an operation on a path. A bare [`io::Error`] does not convert into this type, so
/// every message has a path.
#[derive(Debug)]
pub struct IoFailed {
    /// The path, or a name (`the signal handlers`) for what has no path.
    pub subject: String,
    /// The operation, as a participle: `written`, `locked`.
    pub operation: &'static str,
    /// The error of the operating system.
    pub error: io::Error,
}

impl IoFailed {
    /// Adds the path and the operation to an error of the operating system.
    pub fn at(subject: impl ToString, operation: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self { subject: subject.to_string(), operation, error }
    }

    /// True if the file system has no free block or inode left, or the quota is used up.
    pub fn lacks_room(&self) -> bool {
        matches!(self.kind(), Refusal::NoSpace | Refusal::Quota)
    }

    /// The kind of the error.
    pub fn kind(&self) -> Refusal {
        Refusal::of(&self.error)
    }
}

impl std::fmt::Display for IoFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = self.error.to_string();
        let words = words.split(" (os error ").next().unwrap_or_default();
        write!(f, "{} cannot be {}: {words}", self.subject, self.operation)
    }
}

impl std::error::Error for IoFailed {}

/// Kinds of errors that have a remedy of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// EACCES.
    Denied,
    /// EPERM: a missing capability, or an immutable file.
    NotPermitted,
    /// EROFS.
    ReadOnly,
    /// ENOSPC.
    NoSpace,
    /// EDQUOT.
    Quota,
    /// ENAMETOOLONG.
    NameTooLong,
    /// EMFILE, ENFILE.
    TooManyFiles,
    /// ENOMEM.
    NoMemory,
    /// EAGAIN: the limit of processes or threads is reached.
    TooManyProcesses,
    /// ELOOP.
    LinkLoop,
    /// ENOTDIR, EISDIR, EEXIST: the path holds a file of another kind.
    WrongKind,
    /// ENOENT, ESTALE: the file existed a moment ago.
    Gone,
    /// EIO.
    Device,
    /// EBUSY, ETXTBSY.
    Busy,
    /// ENOSYS, ENOTSUP.
    Unsupported,
    /// Another process held the lock for too long.
    TimedOut,
    /// All others.
    Other,
}

impl Refusal {
    /// The kind of an error, by its number if it has one (`errno(3)`; the numbers are the same on every Linux that
    /// this program is built for).
    fn of(error: &io::Error) -> Self {
        use io::ErrorKind as K;
        if let Some(number) = error.raw_os_error() {
            return match number {
                1 => Self::NotPermitted,
                2 | 116 => Self::Gone,
                5 => Self::Device,
                11 => Self::TooManyProcesses,
                12 => Self::NoMemory,
                13 => Self::Denied,
                16 | 26 => Self::Busy,
                17 | 20 | 21 => Self::WrongKind,
                23 | 24 => Self::TooManyFiles,
                28 => Self::NoSpace,
                30 => Self::ReadOnly,
                36 => Self::NameTooLong,
                38 | 95 => Self::Unsupported,
                40 => Self::LinkLoop,
                122 => Self::Quota,
                _ => Self::Other,
            };
        }
        match error.kind() {
            K::PermissionDenied => Self::Denied,
            K::TimedOut => Self::TimedOut,
            K::NotFound => Self::Gone,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_path_operation_and_why_without_the_number() {
        let failed = IoFailed::at("/var/lib/cni-bootstrap", "locked")(io::Error::from_raw_os_error(28));
        assert_eq!(failed.to_string(), "/var/lib/cni-bootstrap cannot be locked: No space left on device");
        assert_eq!(failed.kind(), Refusal::NoSpace);
    }
}
