//! A program to run on the host, and its output.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Where the program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// In the mount, PID, UTS, IPC and network namespaces of the process with this PID (1 if the container has the
    /// host's PID namespace). Needs `CAP_SYS_ADMIN`, `CAP_SYS_CHROOT` and `CAP_SYS_PTRACE`.
    Namespaces(u32),
    /// Below this directory, in this process's namespaces. Needs `CAP_SYS_CHROOT`. A path in `/proc/self/fd` does not
    /// work: the child has other descriptors.
    Root(PathBuf),
}

/// A program of the host to run.
#[derive(Clone, Debug)]
pub struct HostCommand {
    /// Where the program runs.
    pub how: How,
    /// The program as an absolute path inside the namespace or root, and its arguments.
    pub argv: Vec<OsString>,
    /// The whole environment of the program.
    pub env: Vec<(OsString, OsString)>,
    /// The program's standard input.
    pub stdin: Vec<u8>,
    /// The time limit. After it, every process of the program's group is killed.
    pub timeout: Duration,
    /// True to kill all processes that the program started when it ends: a query leaves no process behind. A restart
    /// does not set it.
    pub leaves_nothing: bool,
    /// The limit in bytes for standard output, and the same for standard error. A program that writes more is killed.
    pub max_output: usize,
}

/// The output of a program that was started, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The exit code or the signal.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}
