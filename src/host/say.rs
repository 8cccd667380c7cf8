//! Standard output, the last line on standard error, and the kubelet's termination log.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::node::{IoFailed, Page, one_line};

/// Where the kubelet reads a container's last word (`terminationMessagePath`'s default).
const TERMINATION_LOG: &str = "/dev/termination-log";

/// Whether what is printed to standard output may be coloured: it is a terminal, and `NO_COLOR` is not set, or empty
/// (no-color.org).
pub fn colours() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How long a reader that made its end non-blocking is waited for.
const READER: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// Prints to standard output. Whoever closed it does not want it.
pub fn out(page: &Page) -> Result<(), IoFailed> {
    match write_all(page.as_str().as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(IoFailed::at("standard output", "written")(error))
        }
        _ => Ok(()),
    }
}

/// Past the line buffer of the standard library, which would keep what could not be written, and try again at the end.
fn write_all(mut text: &[u8]) -> std::io::Result<()> {
    let stdout = std::io::stdout();
    while !text.is_empty() {
        match rustix::io::write(&stdout, text) {
            Ok(count) => text = &text[count..],
            // Closed before this program was started.
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

/// The last line on standard error; the same sentence goes to the termination log where that exists.
pub fn last(sentence: &str) {
    // A remedy may have more lines than one; here it has one.
    let line = one_line(&sentence.replace('\n', " "));
    let _ = writeln!(std::io::stderr().lock(), "cni-bootstrap: {line}");
    let log = std::fs::OpenOptions::new().write(true).truncate(true).open(TERMINATION_LOG);
    if let Ok(mut log) = log {
        let _ = writeln!(log, "{line}");
    }
}
