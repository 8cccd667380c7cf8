//! The reasons why an effect fails.

use crate::node::{HostPath, IoFailed, RestartMethod};

/// The reason why an effect failed.
#[derive(Debug)]
pub enum ApplyError {
    /// The operating system refused an operation on a path.
    Io(IoFailed),
    /// Another program wrote this file while the new one was prepared. The other program's file stays.
    Stale(HostPath),
    /// There was no room for a mark that counts no further restart.
    Unwritten(IoFailed),
    /// The restart failed.
    Restart {
        /// The method that was tried.
        by: RestartMethod,
        /// True if the request reached the host.
        asked: bool,
        /// The error message.
        why: String,
    },
}

impl From<IoFailed> for ApplyError {
    fn from(error: IoFailed) -> Self {
        Self::Io(error)
    }
}
