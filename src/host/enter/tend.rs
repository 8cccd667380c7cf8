//! Ends every process that a program started: the child waits for the program, then ends what remains.
//!
//! When a process ends, the kernel gives its children to the nearest ancestor that is a subreaper
//! (`PR_SET_CHILD_SUBREAPER`, prctl(2)). The child becomes one, so it also finds a daemon that left its session and
//! group.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, pidfd_open, set_child_subreaper, waitpid,
};

/// The time limit for ending remaining processes. A process that cannot be killed (it hangs in the kernel) is left.
const PATIENCE: Duration = Duration::from_secs(1);

/// The children of this process, with those that it inherits.
pub(super) struct Children(Option<File>);

impl Children {
    /// Makes this process a subreaper. Must run while `/proc` is visible.
    pub(super) fn adopt() -> Self {
        let adopts = set_child_subreaper(Some(getpid())).is_ok();
        // Kernels without CONFIG_PROC_CHILDREN lack this file. Then only the process group can be ended.
        Self(adopts.then(|| File::open("/proc/thread-self/children").ok()).flatten())
    }

    /// Runs a program to its end or to the limit; `None` if the limit passed. Ends all processes that the program
    /// started.
    pub(super) fn run(&mut self, command: &mut Command, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let mut child = command.spawn()?;
        let status = wait(&mut child, limit)?;
        if status.is_none() {
            child.kill()?;
            child.wait()?;
        }
        self.end();
        Ok(status)
    }

    /// Ends all children. The children of a killed process are inherited and end in the next round.
    fn end(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let children = self.list();
            if children.is_empty() {
                return;
            }
            for child in children {
                let _ = kill_process(child, Signal::KILL);
            }
            while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn list(&mut self) -> Vec<Pid> {
        let Some(file) = &mut self.0 else { return Vec::new() };
        let mut text = String::new();
        if file.rewind().and_then(|()| file.read_to_string(&mut text)).is_err() {
            return Vec::new();
        }
        text.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
    }
}

/// Waits for a child to end. Without pidfds (Linux before 5.3) only the parent process applies the time limit.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let Ok(handle) = pidfd_open(Pid::from_child(child), PidfdFlags::empty()) else {
        return child.wait().map(Some);
    };
    let deadline = Instant::now() + limit;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&left)) {
            Ok(0) => return child.try_wait(),
            Ok(_) => return child.wait().map(Some),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
