//! The runtime's process, if the container sees the host's processes (`hostPID: true`).

mod parse;
#[cfg(test)]
mod tests;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use std::io;
use std::path::Path;

/// A running containerd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The PID in this process's PID namespace.
    pub pid: u32,
    /// The start time in ticks since boot. A later process with the same PID has another one.
    pub start: u64,
    /// Its command line.
    pub argv: Vec<String>,
    /// The path of the program's file as the process sees it; `None` if access is denied.
    pub exe: Option<String>,
    /// The name of the parent process, at most 15 bytes (`systemd`, `runsv`, `k3s-server`); empty if it is not
    /// visible.
    pub parent: String,
}

/// The reason why SIGTERM was not sent.
#[derive(Debug, thiserror::Error)]
pub enum TerminateError {
    /// The process has ended.
    #[error("process {0} has ended already")]
    Gone(u32),
    /// Permission is missing.
    #[error(
        "process {pid} cannot be sent SIGTERM: {source}; this takes CAP_KILL, and an AppArmor profile that allows it"
    )]
    Denied {
        /// The process.
        pid: u32,
        /// The error of the kernel.
        source: io::Error,
    },
    /// Any other error.
    #[error("process {pid} cannot be sent SIGTERM: {source}")]
    Other {
        /// The process.
        pid: u32,
        /// The error of the kernel.
        source: io::Error,
    },
}

/// The containerd with this PID, by the rules of [`containerds`].
pub fn containerd(proc: &Path, pid: u32) -> Option<Process> {
    let (process, parent) = look(proc, pid)?;
    look(proc, parent).is_none().then_some(process)
}

/// Every containerd that is visible in `proc` (`/proc`), by PID; the list may be empty. A containerd that was forked
/// by containerd to start a shim is left out. An error means that `proc` itself cannot be read.
pub fn containerds(proc: &Path) -> io::Result<Vec<Process>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(proc)? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        found.extend(look(proc, pid));
    }
    let pids: Vec<u32> = found.iter().map(|(process, _)| process.pid).collect();
    found.retain(|(_, parent)| !pids.contains(parent));
    let mut processes: Vec<Process> = found.into_iter().map(|(process, _)| process).collect();
    processes.sort_by_key(|process| process.pid);
    Ok(processes)
}

/// The command line of the first process with the name `comm`, as far as `/proc` shows it.
pub fn argv_of(comm: &str) -> Option<Vec<String>> {
    let proc = Path::new("/proc");
    std::fs::read_dir(proc).ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        stat(proc, pid).filter(|stat| stat.comm == comm && !stat.zombie)?;
        let argv = parse::cmdline(&std::fs::read(proc.join(pid.to_string()).join("cmdline")).ok()?);
        (!argv.is_empty()).then_some(argv)
    })
}

/// Sends SIGTERM to this process, never to a later process with the same PID.
pub fn terminate(process: &Process) -> Result<(), TerminateError> {
    let gone = || TerminateError::Gone(process.pid);
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw).ok_or_else(gone)?;
    let handle = pidfd_open(pid, PidfdFlags::empty());
    // Checked after the handle was opened: if the start time is still the same, the handle belongs to this process.
    if stat(Path::new("/proc"), process.pid).is_none_or(|stat| stat.start != process.start || stat.zombie) {
        return Err(gone());
    }
    let sent = match handle {
        Ok(handle) => pidfd_send_signal(handle, Signal::TERM),
        // Linux before 5.3.
        Err(Errno::NOSYS) => kill_process(pid, Signal::TERM),
        Err(error) => Err(error),
    };
    sent.map_err(|error| match error {
        Errno::SRCH => gone(),
        Errno::PERM | Errno::ACCESS => TerminateError::Denied { pid: process.pid, source: error.into() },
        _ => TerminateError::Other { pid: process.pid, source: error.into() },
    })
}

/// The process `pid` and its parent's PID; `None` if it is not a containerd or has ended.
fn look(proc: &Path, pid: u32) -> Option<(Process, u32)> {
    let directory = proc.join(pid.to_string());
    let stat = stat(proc, pid).filter(|stat| !stat.zombie)?;
    let argv = parse::cmdline(&std::fs::read(directory.join("cmdline")).ok()?);
    let exe = std::fs::read_link(directory.join("exe")).ok().map(|exe| exe.to_string_lossy().into_owned());
    if !parse::is_containerd(exe.as_deref(), &stat.comm, &argv) {
        return None;
    }
    let parent = self::stat(proc, stat.parent).map(|parent| parent.comm).unwrap_or_default();
    Some((Process { pid, start: stat.start, argv, exe, parent }, stat.parent))
}

fn stat(proc: &Path, pid: u32) -> Option<parse::Stat> {
    let bytes = std::fs::read(proc.join(pid.to_string()).join("stat")).ok()?;
    parse::stat(&String::from_utf8_lossy(&bytes))
}
