//! Why a program did not run, or not to its end.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::time::Duration;

/// What the copy of this program was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Opening the namespaces of the process to join, or moving into them.
    Join,
    /// Changing the root directory.
    Chroot,
    /// Starting the program, which is there.
    Exec,
    /// Starting the program, which is not there.
    Find,
    /// Waiting for its end.
    End,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Join => "the host's namespaces cannot be joined",
            Self::Chroot => "the host's root cannot be entered",
            Self::Exec => "it cannot be executed from here",
            Self::Find => "it is not there",
            Self::End => "it did not end in time",
        })
    }
}

/// Why a program did not run, or not to its end. Each names the program.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// It was never started, through no fault of its own.
    #[error("{}: {stage}: {source}{}", .program.display(), hint(*.stage, .source))]
    NotRun {
        /// What was to run.
        program: OsString,
        /// What failed.
        stage: Stage,
        /// What the kernel said.
        source: io::Error,
    },
    /// It took too long and was killed.
    #[error("{}: not finished within {after:?}, killed", .program.display())]
    Timeout {
        /// What ran.
        program: OsString,
        /// How long it was given.
        after: Duration,
    },
    /// It wrote too much and was killed.
    #[error("{}: it wrote more than {limit} bytes, killed", .program.display())]
    TooMuch {
        /// What ran.
        program: OsString,
        /// How much it may write.
        limit: usize,
    },
    /// This program could not start or follow its own copy, or nothing was asked to be run.
    #[error("{}: this program cannot start itself anew to run it: {source}", .program.display())]
    Copy {
        /// What was to run.
        program: OsString,
        /// What the kernel said.
        source: io::Error,
    },
}

/// What the kernel's word means here.
fn hint(stage: Stage, source: &io::Error) -> &'static str {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(source);
    match (stage, errno) {
        (Stage::Join, Some(Errno::PERM | Errno::ACCESS)) => {
            "; this takes a privileged container, or CAP_SYS_ADMIN, CAP_SYS_CHROOT and CAP_SYS_PTRACE"
        }
        (Stage::Join, Some(Errno::NOENT)) => "; no such process is visible: this takes hostPID: true",
        (Stage::Chroot, Some(Errno::PERM)) => "; this takes CAP_SYS_CHROOT",
        (Stage::Exec, Some(Errno::NOENT)) => "; its dynamic loader or interpreter is missing there",
        (Stage::Exec, Some(Errno::NOEXEC)) => "; it is no program, or one for another architecture",
        (Stage::Exec, Some(Errno::ACCESS)) => {
            "; it has no execute permission, or its file system is mounted noexec"
        }
        _ => "",
    }
}
