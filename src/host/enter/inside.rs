//! The child process: enters the namespaces or the root, and starts the program.

use super::command::{HostCommand, How};
use super::error::Stage;
use super::report::{ASKED, CODE, line};
use super::tend::Children;
use rustix::process::Signal;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
use std::time::Duration;

/// The mount namespace comes last, because the others are opened by paths that it hides.
const NAMESPACES: [(&str, LinkNameSpaceType); 5] = [
    ("pid", LinkNameSpaceType::ProcessID),
    ("uts", LinkNameSpaceType::HostNameAndNISDomainName),
    ("ipc", LinkNameSpaceType::InterProcessCommunication),
    ("net", LinkNameSpaceType::Network),
    ("mnt", LinkNameSpaceType::Mount),
];

type StageError = (Stage, io::Error);

/// Must be the first call in `main`, before a second thread exists. In a child process that
/// [`HostCommand::run`] started: runs the command and returns the exit code. In any other
/// process: `None`, without an effect.
pub fn take_over() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ASKED {
        return None;
    }
    let (nonce, how, place, limit, program) =
        (arguments.next()?, arguments.next()?, arguments.next()?, arguments.next()?, arguments.next()?);
    let limit = limit.to_str().and_then(|limit| limit.parse().ok()).map(Duration::from_millis);
    let mut command = Command::new(&program);
    command.args(arguments);
    Some(enter(&how, &place, limit, &program, &mut command).unwrap_or_else(|(stage, error)| {
        let _ = io::stderr().write_all(line(&nonce.to_string_lossy(), stage, &error).as_bytes());
        ExitCode::from(CODE)
    }))
}

/// The arguments of the child process: how to enter, where, and the time limit in milliseconds for a program that may
/// leave no process behind.
pub(super) fn words(command: &HostCommand) -> [OsString; 3] {
    let (how, place) = match &command.how {
        How::Namespaces(pid) => ("namespaces", pid.to_string().into()),
        How::Root(root) => ("root", root.into()),
    };
    let limit = if command.leaves_nothing { command.timeout.as_millis().to_string() } else { "-".to_owned() };
    [how.into(), place, limit.into()]
}

fn enter(
    how: &OsStr,
    place: &OsStr,
    limit: Option<Duration>,
    program: &OsStr,
    command: &mut Command,
) -> Result<ExitCode, StageError> {
    let mut children = limit.map(|limit| (Children::adopt(), limit));
    if how == "root" {
        let chroot = || rustix::process::chroot(place).and_then(|()| rustix::process::chdir("/"));
        chroot().map_err(|e| (Stage::Chroot, e.into()))?;
    } else {
        join(place).map_err(|e| (Stage::Join, e))?;
    }
    // The program runs as a child, without exec: only a child enters a PID namespace, and glibc's `execvp` passes a
    // file that this machine cannot execute to /bin/sh.
    let status = match &mut children {
        Some((children, limit)) => children.run(command, *limit),
        None => command.status().map(Some),
    };
    let status = status.map_err(|error| not_started(program, error))?;
    status.map(mirror).ok_or_else(|| (Stage::End, io::ErrorKind::TimedOut.into()))
}

/// Joins namespaces by the links in `/proc`. A pidfd would need Linux 5.8, and nodes still run 4.18.
fn join(pid: &OsStr) -> io::Result<()> {
    let directory = Path::new("/proc").join(pid).join("ns");
    let open = |(name, kind)| Ok((File::open(directory.join::<&str>(name))?, kind));
    let links: Vec<(File, LinkNameSpaceType)> =
        NAMESPACES.into_iter().map(open).collect::<io::Result<_>>()?;
    for (link, kind) in links {
        move_into_link_name_space(link.as_fd(), Some(kind))?;
    }
    Ok(rustix::process::chdir("/")?)
}

/// `ENOENT` means a missing program or a missing loader; their remedies differ.
fn not_started(program: &OsStr, error: io::Error) -> StageError {
    let missing = error.kind() == io::ErrorKind::NotFound && !Path::new(program).exists();
    (if missing { Stage::Find } else { Stage::Exec }, error)
}

/// Ends like the program: by the same signal, or with the same exit code.
fn mirror(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal().and_then(Signal::from_named_raw) {
        // Sent twice: the standard library handles the first SIGSEGV or SIGBUS, and restores the default action
        // (`std/src/sys/pal/unix/stack_overflow.rs`).
        for _ in 0..2 {
            let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
        }
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
