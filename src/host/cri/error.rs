//! Errors of a CRI call.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::node::{NO_CRI, ROOT_ONLY, heard};
/// The reason why a runtime did not answer. Each variant names the socket.
#[derive(Debug, thiserror::Error)]
pub enum CriError {
    /// The socket does not exist: the runtime has never started, or listens on another socket.
    #[error("no CRI socket at {}", .0.display())]
    NoSocket(PathBuf),
    /// The socket exists but has no listener: the runtime is stopped or restarting. (If the socket file itself is
    /// mounted, not its directory, it stays like this after containerd's first restart.)
    #[error("nothing listens on CRI socket {}", .0.display())]
    Refused(PathBuf),
    /// This process may not connect to the socket.
    #[error("CRI socket {}: {source}; {ROOT_ONLY}, and SELinux or AppArmor may forbid it even to root", .socket.display())]
    Denied {
        /// The socket.
        socket: PathBuf,
        /// The error of the kernel.
        source: io::Error,
    },
    /// The time limit passed without an answer.
    #[error("no answer on CRI socket {} within {timeout:?}", .socket.display())]
    Timeout {
        /// The socket.
        socket: PathBuf,
        /// The time limit, which includes connecting.
        timeout: Duration,
    },
    /// containerd listens, but its CRI plugin is still recovering. It will answer later.
    #[error("the runtime behind CRI socket {} is still starting: {message}", .socket.display())]
    NotYet {
        /// The socket.
        socket: PathBuf,
        /// The runtime's message.
        message: String,
    },
    /// The daemon answers but does not serve `runtime.v1`: CRI is disabled (`disabled_plugins`), or failed to load,
    /// or the daemon is not a container runtime.
    #[error("the daemon behind CRI socket {} {NO_CRI}: {message}", .socket.display())]
    Unimplemented {
        /// The socket.
        socket: PathBuf,
        /// The daemon's message.
        message: String,
    },
    /// Any other error, such as a connection that broke during the call.
    #[error("CRI socket {}: {message}", .socket.display())]
    Other {
        /// The socket.
        socket: PathBuf,
        /// The message of the runtime or the transport.
        message: String,
    },
}

impl CriError {
    pub(super) fn connecting(socket: &Path, source: io::Error) -> Self {
        let socket = socket.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoSocket(socket),
            io::ErrorKind::ConnectionRefused => Self::Refused(socket),
            io::ErrorKind::PermissionDenied => Self::Denied { socket, source },
            _ => Self::Other { socket, message: source.to_string() },
        }
    }

    pub(super) fn calling(socket: &Path, timeout: Duration, status: &tonic::Status) -> Self {
        let (socket, message) = (socket.to_owned(), heard(status.message()));
        // The text is compared because the code differs: 1.6 sends `Unknown`, later releases `Unavailable`
        // (`instrumented_service.go`).
        if status.message().contains("server is not initialized yet") {
            return Self::NotYet { socket, message };
        }
        match status.code() {
            tonic::Code::Unimplemented => Self::Unimplemented { socket, message },
            tonic::Code::DeadlineExceeded => Self::Timeout { socket, timeout },
            // The client's own time limit, which runs beside the daemon's.
            tonic::Code::Cancelled if causes(status).any(<dyn Error>::is::<tonic::TimeoutExpired>) => {
                Self::Timeout { socket, timeout }
            }
            code => Self::Other { socket, message: format!("{code:?}: {}", heard(&told(status, message))) },
        }
    }
}

/// The text of a transport error is only `transport error`; its causes have the details.
fn told(status: &tonic::Status, mut message: String) -> String {
    for failure in causes(status).map(ToString::to_string) {
        if !message.contains(&failure) {
            message.push_str(": ");
            message.push_str(&failure);
        }
    }
    message
}

fn causes(status: &tonic::Status) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(status.source(), |&error| error.source())
}
