//! A program that leaves nothing behind: the copy waits for its end, and ends what it started.
//!
//! A process whose parent has ended gets another one: the nearest above it that asked for such (`PR_SET_CHILD_SUBREAPER`,
//! prctl(2)). The copy asks for it, so a daemon that left its session and its group is still to be found: it is then a
//! child of the copy.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, pidfd_open, set_child_subreaper, waitpid,
};

/// How long is spent on ending what was left behind. A process that cannot be killed (it hangs in the kernel) is left.
const PATIENCE: Duration = Duration::from_secs(1);

/// The children of this process, those that it gets from others included.
pub(super) struct Children(Option<File>);

impl Children {
    /// Asks for the children of children that end. To be called while `/proc` is still in sight.
    pub(super) fn adopt() -> Self {
        let adopts = set_child_subreaper(Some(getpid())).is_ok();
        // Kernels without CONFIG_PROC_CHILDREN have no such file; then the group is all that can be ended.
        Self(adopts.then(|| File::open("/proc/thread-self/children").ok()).flatten())
    }

    /// Runs a program to its end, or for this long. None: it was not over by then. Nothing that it started is left.
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

    /// Ends them all. Those of one that was killed are the next round's.
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

/// Waits for the end of a child. Without pidfds (Linux before 5.3) the parent of the copy is the one that is patient.
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
