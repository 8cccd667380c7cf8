//! Writes a child's input and reads its output, within limits, on one thread.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::time::{Duration, Instant};

/// The intervals of checking if the child has ended: while a pipe is open (its end mostly shows it), and after that.
/// Polling needs no pidfd, which Linux has only since 5.3.
const TICKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(2));

/// How the child's run ended.
pub(super) enum End {
    /// The child has ended with this output.
    Closed {
        /// Standard output.
        stdout: Vec<u8>,
        /// Standard error.
        stderr: Vec<u8>,
    },
    /// The time limit passed.
    Late,
    /// The child exceeded the size limit.
    TooMuch,
}

/// Follows `child` until it has ended. Output of processes that it left behind is not awaited.
pub(super) fn pump(child: &mut Child, input: &[u8], timeout: Duration, limit: usize) -> io::Result<End> {
    let deadline = Instant::now() + timeout;
    let mut stdin = Pipe::new(child.stdin.take().map(Into::into))?;
    let mut outputs =
        [Pipe::new(child.stdout.take().map(Into::into))?, Pipe::new(child.stderr.take().map(Into::into))?];
    let mut input = input;
    loop {
        // Checked before the pipes are read, so that all output from before the end is read.
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

/// Waits at most `at_most` until a pipe is ready.
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

/// This process's end of a pipe, until it is closed.
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

    /// Writes as much of `input` as the pipe takes, and closes the pipe after the last byte. The child need not read
    /// its input.
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

    /// Reads the available bytes, at most a little more than `limit`.
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
