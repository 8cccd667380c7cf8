//! Feeding a child and reading what it says, within bounds, on one thread.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::time::{Duration, Instant};

/// How often is looked whether the child has ended: while a pipe is open (whose end mostly tells), and after.
/// Looking needs no pidfd, which Linux has only since 5.3.
const TICKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(2));

/// How it came to an end.
pub(super) enum End {
    /// The child has ended; this is what it wrote.
    Closed {
        /// To standard output.
        stdout: Vec<u8>,
        /// To standard error.
        stderr: Vec<u8>,
    },
    /// It has not ended in time.
    Late,
    /// It wrote more than it may.
    TooMuch,
}

/// Follows `child` until it has ended. What a process that it left behind still writes is not waited for.
pub(super) fn pump(child: &mut Child, input: &[u8], timeout: Duration, limit: usize) -> io::Result<End> {
    let deadline = Instant::now() + timeout;
    let mut stdin = Pipe::new(child.stdin.take().map(Into::into))?;
    let mut outputs =
        [Pipe::new(child.stdout.take().map(Into::into))?, Pipe::new(child.stderr.take().map(Into::into))?];
    let mut input = input;
    loop {
        // Before the pipes are read, so that nothing written before the end is missed.
        let ended = child.try_wait()?.is_some();
        stdin.feed(&mut input);
        for output in &mut outputs {
            output.drain(limit)?;
        }
        if outputs.iter().any(|output| output.bytes.len() > limit) {
            return Ok(End::TooMuch);
        }
        if ended {
            let [stdout, stderr] = outputs;
            return Ok(End::Closed { stdout: stdout.bytes, stderr: stderr.bytes });
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(End::Late);
        }
        let open = outputs.iter().any(|output| output.file.is_some());
        wait(&stdin, &outputs, left.min(if open { TICKS.0 } else { TICKS.1 }))?;
    }
}

/// Waits until a pipe can be used, at most `at_most`.
fn wait(stdin: &Pipe, outputs: &[Pipe], at_most: Duration) -> io::Result<()> {
    let writing = stdin.file.iter().map(|file| PollFd::new(file, PollFlags::OUT));
    let reading = outputs.iter().filter_map(|pipe| Some(PollFd::new(pipe.file.as_ref()?, PollFlags::IN)));
    let mut pipes: Vec<PollFd<'_>> = writing.chain(reading).collect();
    let at_most = Timespec::try_from(at_most).map_err(io::Error::other)?;
    match poll(&mut pipes, Some(&at_most)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Our end of a pipe, until it is closed.
struct Pipe {
    file: Option<File>,
    bytes: Vec<u8>,
}

impl Pipe {
    fn new(end: Option<OwnedFd>) -> io::Result<Self> {
        if let Some(end) = &end {
            rustix::io::ioctl_fionbio(end, true)?;
        }
        Ok(Self { file: end.map(File::from), bytes: Vec::new() })
    }

    /// Writes what the pipe takes of `input`, and closes it at the end. A child that does not read its input is
    /// free to do so.
    fn feed(&mut self, input: &mut &[u8]) {
        while let Some(file) = &mut self.file {
            match file.write(input) {
                Ok(count) if count < input.len() => *input = &input[count..],
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => self.file = None,
            }
        }
    }

    /// Reads what is there, and a little more than `limit` at most.
    fn drain(&mut self, limit: usize) -> io::Result<()> {
        let mut buffer = [0; 4096];
        while self.bytes.len() <= limit
            && let Some(file) = &mut self.file
        {
            match file.read(&mut buffer) {
                Ok(0) => self.file = None,
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}
