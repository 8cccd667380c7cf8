//! Errors of calls to systemd.

use super::WireError;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The remedy if systemd refuses the connection.
const DENIED: &str = "systemd answers only user 0 of the host (no user namespace: hostUsers must not be false) in a PID \
    namespace that it can see; on a host with SELinux a container must also be privileged or of type spc_t, and an \
    AppArmor profile must allow Unix sockets";

/// The reason why systemd was not asked, or refused.
#[derive(Debug, thiserror::Error)]
pub enum SystemdError {
    /// The socket does not exist: the host has no systemd, or the socket's directory is not mounted.
    #[error("no systemd socket at {}; mount the host's /run/systemd (the directory, because systemd replaces the \
        socket)", .0.display())]
    NoSocket(PathBuf),
    /// The socket has no listener: the socket file itself is mounted, and systemd created a new one behind the mount.
    #[error("nothing listens on systemd's socket {}; mount its directory and not the file, because systemd \
        replaces the file", .0.display())]
    Refused(PathBuf),
    /// The kernel or systemd refused the connection.
    #[error("systemd's socket {}: {why}; {DENIED}", .socket.display())]
    Denied {
        /// The socket.
        socket: PathBuf,
        /// The message of the kernel or of systemd.
        why: String,
    },
    /// The time limit passed without an answer or without the end of a job. systemd may still finish the job.
    #[error("{doing}: systemd did not finish within {after:?}")]
    Timeout {
        /// The operation.
        doing: String,
        /// The time limit.
        after: Duration,
    },
    /// The unit does not exist.
    #[error("systemd has no unit {0}")]
    NoSuchUnit(String),
    /// The bytes are not D-Bus, or the answer does not have the type that the interface defines.
    #[error("{doing}: {what}")]
    Protocol {
        /// The operation.
        doing: String,
        /// The fault of the answer.
        what: String,
    },
    /// systemd answered with an error.
    #[error("{doing}: {message} ({name})")]
    Remote {
        /// The operation.
        doing: String,
        /// The D-Bus name of the error.
        name: String,
        /// systemd's message.
        message: String,
    },
    /// The connection broke after it was accepted, as it does when systemd is re-executed.
    #[error("{doing}: systemd closed the connection: {source}")]
    Closed {
        /// The operation.
        doing: String,
        /// The error of the kernel.
        source: io::Error,
    },
}

impl SystemdError {
    /// True if the request did not reach the host, so that another method may be tried.
    pub fn nothing_was_asked(&self) -> bool {
        matches!(self, Self::NoSocket(_) | Self::Refused(_) | Self::Denied { .. })
    }

    pub(super) fn connecting(socket: &Path, source: &io::Error, timeout: Duration) -> Self {
        let socket = socket.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoSocket(socket),
            io::ErrorKind::ConnectionRefused => Self::Refused(socket),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Self::Timeout { doing: format!("connect to {}", socket.display()), after: timeout }
            }
            _ => Self::Denied { socket, why: source.to_string() },
        }
    }

    pub(super) fn protocol(doing: &str, what: &impl ToString) -> Self {
        Self::Protocol { doing: doing.to_owned(), what: what.to_string() }
    }

    pub(super) fn wire(doing: &str) -> impl FnOnce(WireError) -> Self {
        move |error| Self::protocol(doing, &error)
    }
}
