//! What the operating system refused, always with what it was asked to do and to which path.

use std::io;

/// The operating system refused an operation on a path. There is no way to make one of a bare [`io::Error`], so no
/// message can lack the path.
#[derive(Debug)]
pub struct IoFailed {
    /// The path; for what has none its name (`the signal handlers`).
    pub subject: String,
    /// What was to be done to it, as a participle: `written`, `locked`.
    pub operation: &'static str,
    /// What the operating system said.
    pub error: io::Error,
}

impl IoFailed {
    /// Says of which path and operation an error of the operating system is.
    pub fn at(subject: impl ToString, operation: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self { subject: subject.to_string(), operation, error }
    }

    /// Which kind of refusal it is.
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

/// Refusals that have a remedy of their own.
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
    /// EAGAIN: no process or thread more.
    TooManyProcesses,
    /// ELOOP.
    LinkLoop,
    /// ENOTDIR, EISDIR, EEXIST: something of another kind lies there.
    WrongKind,
    /// ENOENT, ESTALE: what was there a moment ago is gone.
    Gone,
    /// EIO.
    Device,
    /// EBUSY, ETXTBSY.
    Busy,
    /// ENOSYS, ENOTSUP.
    Unsupported,
    /// Whoever holds the lock did not give it back in time.
    TimedOut,
    /// All others.
    Other,
}

impl Refusal {
    /// The kind of an error, by its number where it has one (`errno(3)`; the same on every Linux that this is built
    /// for).
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
