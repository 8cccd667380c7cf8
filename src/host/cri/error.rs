//! Why a runtime gave no answer.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::node::heard;
/// Why a runtime gave no answer. Each names the socket.
#[derive(Debug, thiserror::Error)]
pub enum CriError {
    /// There is no such file: the runtime has never started, or listens elsewhere.
    #[error("there is no CRI socket {}", .0.display())]
    NoSocket(PathBuf),
    /// The socket is there, and nobody listens: the runtime is stopped or restarting. (A mount of the socket file
    /// itself, not of its directory, stays like this for ever once containerd has restarted.)
    #[error("nobody listens on CRI socket {}", .0.display())]
    Refused(PathBuf),
    /// This process may not connect.
    #[error("CRI socket {}: {source}; it belongs to root, and SELinux or AppArmor may forbid it even to root", .socket.display())]
    Denied {
        /// The socket.
        socket: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// No answer in time.
    #[error("no answer on CRI socket {} within {timeout:?}", .socket.display())]
    Timeout {
        /// The socket.
        socket: PathBuf,
        /// How long was waited, connecting included.
        timeout: Duration,
    },
    /// containerd listens, and its CRI plugin is still recovering: it will answer.
    #[error("the runtime behind CRI socket {} is still starting: {message}", .socket.display())]
    NotYet {
        /// The socket.
        socket: PathBuf,
        /// The runtime's words.
        message: String,
    },
    /// The daemon answers and does not serve `runtime.v1`: CRI is disabled (`disabled_plugins`), failed to load,
    /// or it is no container runtime.
    #[error("the daemon behind CRI socket {} does not serve CRI: {message}", .socket.display())]
    Unimplemented {
        /// The socket.
        socket: PathBuf,
        /// The daemon's words.
        message: String,
    },
    /// Anything else, such as a connection that broke during the call.
    #[error("CRI socket {}: {message}", .socket.display())]
    Other {
        /// The socket.
        socket: PathBuf,
        /// The runtime's or the transport's words.
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
        // By its words and not by its code: 1.6 sends this with `Unknown`, later releases with `Unavailable`
        // (`instrumented_service.go`).
        if status.message().contains("server is not initialized yet") {
            return Self::NotYet { socket, message };
        }
        match status.code() {
            tonic::Code::Unimplemented => Self::Unimplemented { socket, message },
            tonic::Code::DeadlineExceeded => Self::Timeout { socket, timeout },
            // The client's own clock, which runs beside the daemon's.
            tonic::Code::Cancelled if causes(status).any(<dyn Error>::is::<tonic::TimeoutExpired>) => {
                Self::Timeout { socket, timeout }
            }
            code => Self::Other { socket, message: format!("{code:?}: {}", heard(&told(status, message))) },
        }
    }
}

/// A transport error's own text is only `transport error`; what happened stands in its causes.
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
