//! Standard output, the last line on standard error, and the kubelet's termination log.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::node::{IoFailed, Page, one_line};

/// The file whose content the kubelet reports for an ended container (`terminationMessagePath`'s default).
const TERMINATION_LOG: &str = "/dev/termination-log";

/// True if standard output may be coloured: it is a terminal, and `NO_COLOR` is unset or empty (no-color.org).
pub fn colours() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The time limit for a reader whose end of the pipe does not block.
const READER: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// Prints to standard output. A closed standard output is not an error.
pub fn out(page: &Page) -> Result<(), IoFailed> {
    match write_all(page.as_str().as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(IoFailed::at("standard output", "written")(error))
        }
        _ => Ok(()),
    }
}

/// Writes without the line buffer of the standard library, which would keep unwritten text and retry at exit.
fn write_all(mut text: &[u8]) -> std::io::Result<()> {
    let stdout = std::io::stdout();
    while !text.is_empty() {
        match rustix::io::write(&stdout, text) {
            Ok(count) => text = &text[count..],
            // Standard output was closed before this program started.
            Err(Errno::BADF) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                if poll(&mut [PollFd::new(&stdout, PollFlags::OUT)], Some(&READER))? == 0 {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Prints the last line on standard error, and writes it to the termination log if that exists.
pub fn last(sentence: &str) {
    // A remedy may have several lines; here it becomes one.
    let line = one_line(&sentence.replace('\n', " "));
    let _ = writeln!(std::io::stderr().lock(), "cni-bootstrap: {line}");
    let log = std::fs::OpenOptions::new().write(true).truncate(true).open(TERMINATION_LOG);
    if let Ok(mut log) = log {
        let _ = writeln!(log, "{line}");
    }
}
