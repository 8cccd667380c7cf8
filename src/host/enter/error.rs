//! Errors of running a host program.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::time::Duration;

/// The step of the child process that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Open the namespaces of another process and move into them.
    Join,
    /// Change the root directory.
    Chroot,
    /// Start the program; its file exists.
    Exec,
    /// Start the program; its file does not exist.
    Find,
    /// Wait for the program to end.
    End,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Join => "the host's namespaces cannot be joined",
            Self::Chroot => "the host's root cannot be entered",
            Self::Exec => "it cannot be executed from here",
            Self::Find => "it does not exist",
            Self::End => "it did not end in time",
        })
    }
}

/// The reason why a program did not run, or not to its end. Each variant names the program.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// The program was never started.
    #[error("{}: {stage}: {source}{}", .program.display(), hint(*.stage, .source))]
    NotRun {
        /// The program.
        program: OsString,
        /// The step that failed.
        stage: Stage,
        /// The error of the kernel.
        source: io::Error,
    },
    /// The program exceeded the time limit and was killed.
    #[error("{}: not finished within {after:?}, killed", .program.display())]
    Timeout {
        /// The program.
        program: OsString,
        /// The time limit.
        after: Duration,
    },
    /// The program wrote too much and was killed.
    #[error("{}: it wrote more than {limit} bytes, killed", .program.display())]
    TooMuch {
        /// The program.
        program: OsString,
        /// The limit in bytes.
        limit: usize,
    },
    /// The child process could not be started or followed, or the command is empty.
    #[error("{}: this program cannot start its own helper process to run it: {source}", .program.display())]
    Copy {
        /// The program that was to run.
        program: OsString,
        /// The error of the kernel.
        source: io::Error,
    },
}

/// A hint about the kernel's error.
fn hint(stage: Stage, source: &io::Error) -> &'static str {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(source);
    match (stage, errno) {
        (Stage::Join, Some(Errno::PERM | Errno::ACCESS)) => {
            "; run the container as privileged, or with CAP_SYS_ADMIN, CAP_SYS_CHROOT and CAP_SYS_PTRACE"
        }
        (Stage::Join, Some(Errno::NOENT)) => "; no such process is visible: set hostPID: true",
        (Stage::Chroot, Some(Errno::PERM)) => "; it needs CAP_SYS_CHROOT",
        (Stage::Exec, Some(Errno::NOENT)) => "; the host lacks its dynamic loader or interpreter",
        (Stage::Exec, Some(Errno::NOEXEC)) => "; it is not a program, or it is for another architecture",
        (Stage::Exec, Some(Errno::ACCESS)) => {
            "; it has no execute permission, or its file system is mounted noexec"
        }
        _ => "",
    }
}
