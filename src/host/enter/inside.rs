//! The copy: enters, and starts what was asked for.

use super::Stage;
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

/// The mount namespace comes last: what is opened by its path is opened before.
const NAMESPACES: [(&str, LinkNameSpaceType); 5] = [
    ("pid", LinkNameSpaceType::ProcessID),
    ("uts", LinkNameSpaceType::HostNameAndNISDomainName),
    ("ipc", LinkNameSpaceType::InterProcessCommunication),
    ("net", LinkNameSpaceType::Network),
    ("mnt", LinkNameSpaceType::Mount),
];

type StageError = (Stage, io::Error);

/// The first act of `main`, before there is a second thread: if this process is a copy that
/// [`HostCommand::run`](super::HostCommand::run) started, does what it was started for and gives the exit code to end with.
/// Otherwise `None`, and nothing has happened.
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

/// The words that the copy is started with: how to enter, where, and how many milliseconds a program may take that is
/// to leave nothing behind.
pub(super) fn words(command: &super::HostCommand) -> [OsString; 3] {
    let (how, place) = match &command.how {
        super::How::Namespaces(pid) => ("namespaces", pid.to_string().into()),
        super::How::Root(root) => ("root", root.into()),
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
    // A child, and no exec: only a child enters a PID namespace, and glibc's `execvp` hands what is no program for
    // this machine to /bin/sh.
    let status = match &mut children {
        Some((children, limit)) => children.run(command, *limit),
        None => command.status().map(Some),
    };
    let status = status.map_err(|error| not_started(program, error))?;
    status.map(mirror).ok_or_else(|| (Stage::End, io::ErrorKind::TimedOut.into()))
}

/// By the links in `/proc` and not by pidfd: that needs Linux 5.8, and 4.18 is still in use on nodes.
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

/// `ENOENT` is said of a missing program and of a missing loader alike; the remedies differ.
fn not_started(program: &OsStr, error: io::Error) -> StageError {
    let missing = error.kind() == io::ErrorKind::NotFound && !Path::new(program).exists();
    (if missing { Stage::Find } else { Stage::Exec }, error)
}

/// Ends as the program ended: by the same signal, or with its code.
fn mirror(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal().and_then(Signal::from_named_raw) {
        // Twice: the standard library handles the first SIGSEGV or SIGBUS, by giving the signal back its default action
        // (`std/src/sys/pal/unix/stack_overflow.rs`).
        for _ in 0..2 {
            let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
        }
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
