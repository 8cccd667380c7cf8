//! Why systemd was not asked, or said no.

use super::WireError;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to look at when systemd does not let us in.
const DENIED: &str = "systemd answers only user 0 of the host (no user namespace: hostUsers must not be false) in a PID \
    namespace that it can see; on a host with SELinux a container must also be privileged or of type spc_t, and an \
    AppArmor profile must allow Unix sockets";

/// Why systemd was not asked, or said no.
#[derive(Debug, thiserror::Error)]
pub enum SystemdError {
    /// The socket is not there: no systemd, or its directory is not mounted.
    #[error("there is no systemd socket {}; mount the host's /run/systemd (the directory: systemd makes the socket anew)", .0.display())]
    NoSocket(PathBuf),
    /// The socket file is left over, and nobody listens: systemd made it anew behind a mount of the file itself.
    #[error("nobody listens on systemd's socket {}; mount its directory, not the file: systemd makes it anew", .0.display())]
    Refused(PathBuf),
    /// The kernel or systemd did not let us in.
    #[error("systemd's socket {}: {why}; {DENIED}", .socket.display())]
    Denied {
        /// The socket.
        socket: PathBuf,
        /// The kernel's or systemd's words.
        why: String,
    },
    /// It did not answer, or the job did not end, in time. A job goes on in systemd all the same.
    #[error("{doing}: systemd did not finish within {after:?}")]
    Timeout {
        /// What was asked.
        doing: String,
        /// How long was waited.
        after: Duration,
    },
    /// There is no such unit.
    #[error("systemd has no unit {0}")]
    NoSuchUnit(String),
    /// Bytes that are no D-Bus, or an answer of another form than the interface says.
    #[error("{doing}: {what}")]
    Protocol {
        /// What was asked.
        doing: String,
        /// What is wrong with the answer.
        what: String,
    },
    /// systemd answered with an error.
    #[error("{doing}: {message} ({name})")]
    Remote {
        /// What was asked.
        doing: String,
        /// The error's D-Bus name.
        name: String,
        /// systemd's words.
        message: String,
    },
    /// The connection broke after it had been accepted, as when systemd is re-executed.
    #[error("{doing}: systemd closed the connection: {source}")]
    Closed {
        /// What was asked.
        doing: String,
        /// What the kernel said.
        source: io::Error,
    },
}

impl SystemdError {
    /// Whether it failed before anything was asked of the host, so that another way may be tried.
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
