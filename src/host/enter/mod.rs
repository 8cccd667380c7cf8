//! Running a program of the host from inside a container: in the host's namespaces, or below the host's root.
//!
//! `setns` into a mount namespace fails (`EINVAL`) in a process with a second thread, and `chroot` changes the root
//! of all threads. So this program starts itself anew: the copy, as the first act of its `main` ([`take_over`]),
//! enters and starts what was asked for. Between fork and exec it could not be done without `unsafe`.

mod error;
mod inside;
mod outside;
mod pump;
mod report;
mod tend;

pub use error::{EnterError, Stage};
pub use inside::take_over;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// Where the program is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// In the mount, PID, UTS, IPC and network namespaces of the process with this PID (1 where the container has
    /// the host's PID namespace). Needs `CAP_SYS_ADMIN`, `CAP_SYS_CHROOT` and `CAP_SYS_PTRACE`.
    Namespaces(u32),
    /// Below this directory, in our own namespaces. Needs `CAP_SYS_CHROOT`. No path in `/proc/self/fd`: the copy has
    /// other descriptors.
    Root(PathBuf),
}

/// A program to run elsewhere on the host.
#[derive(Clone, Debug)]
pub struct HostCommand {
    /// Where.
    pub how: How,
    /// The program, by an absolute path as it is there, and its arguments.
    pub argv: Vec<OsString>,
    /// Its whole environment.
    pub env: Vec<(OsString, OsString)>,
    /// Its standard input.
    pub stdin: Vec<u8>,
    /// How long it may take; then it is killed, and so is every process of its group.
    pub timeout: Duration,
    /// Whether all that it started is killed with it: a question leaves no process behind. What a restart starts stays.
    pub leaves_nothing: bool,
    /// How many bytes it may write to standard output, and how many to standard error; more, and it is killed.
    pub max_output: usize,
}

/// What a program that could be started said, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it ended, a signal included.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

impl HostCommand {
    /// Runs it and waits for its end. An error means that it did not run, or not to its end; a program that fails
    /// is an [`Output`].
    pub fn run(&self) -> Result<Output, EnterError> {
        self.run_by(Path::new("/proc/self/exe"))
    }

    /// The same by the copy of this program at `program`, for callers that are not this program (tests).
    pub fn run_by(&self, program: &Path) -> Result<Output, EnterError> {
        outside::run(self, program)
    }
}
