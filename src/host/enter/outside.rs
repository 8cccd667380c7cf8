//! The parent of the child process.

use super::command::{HostCommand, Output};
use super::error::{EnterError, Stage};
use super::inside;
use super::pump::{End, pump};
use super::report;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The extra time for a child that must leave no process behind.
const GRACE: Duration = Duration::from_secs(2);

impl HostCommand {
    /// Runs the program and waits for its end. An error means that it did not run, or not to its end; the failure of
    /// a program is an [`Output`].
    pub fn run(&self) -> Result<Output, EnterError> {
        self.run_by(Path::new("/proc/self/exe"))
    }

    /// Like [`HostCommand::run`], with the binary of this program at `program`, for callers that are another program
    /// (tests).
    pub fn run_by(&self, program: &Path) -> Result<Output, EnterError> {
        run(self, program)
    }
}

fn run(command: &HostCommand, copy: &Path) -> Result<Output, EnterError> {
    let program = command.argv.first().cloned().unwrap_or_default();
    let nonce = nonce();
    let failed = |source| EnterError::Copy { program: program.clone(), source };
    let child = Command::new(copy)
        .args([report::ASKED, &nonce])
        .args(inside::words(command))
        .args(&command.argv)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        // A new process group, so that the child's own children can be killed with it.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut group = Group(child);
    // A child that must leave no process behind applies the time limit itself: only the child can find the processes
    // that the program started.
    let timeout = command.timeout + if command.leaves_nothing { GRACE } else { Duration::ZERO };
    let end = pump(&mut group.0, &command.stdin, timeout, command.max_output).map_err(failed)?;
    let (stdout, stderr) = match end {
        End::Closed { stdout, stderr } => (stdout, stderr),
        End::Late => return Err(EnterError::Timeout { program, after: command.timeout }),
        End::TooMuch => {
            if command.leaves_nothing {
                // The pipes are closed, which ends most programs; the child ends the others at the time limit.
                group.wait(timeout);
            }
            return Err(EnterError::TooMuch { program, limit: command.max_output });
        }
    };
    let status = group.end().map_err(failed)?;
    if status.code() == Some(report::CODE.into())
        && let Some((stage, source)) = report::read(&nonce, &stderr)
    {
        if stage == Stage::End {
            return Err(EnterError::Timeout { program, after: command.timeout });
        }
        return Err(EnterError::NotRun { program, stage, source });
    }
    Ok(Output { status, stdout, stderr })
}

/// A word that the program cannot print by chance.
fn nonce() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The child and all processes that it started. They are killed and waited for on drop.
struct Group(Child);

impl Group {
    /// Waits for the child to end, but not longer than `at_most`.
    fn wait(&mut self, at_most: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < at_most && matches!(self.0.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The child's status. The caller knows that the child has ended.
    fn end(&mut self) -> io::Result<ExitStatus> {
        self.0.wait()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // No other group can get this number before the child was waited for.
        if let Ok(None) = self.0.try_wait() {
            let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
            let _ = self.0.wait();
        }
    }
}
