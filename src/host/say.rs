//! Standard output, the last line on standard error, and the kubelet's termination log.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::node::{IoFailed, Page, one_line};

/// The file whose content the kubelet reports for an ended container (`terminationMessagePath`'s default).
const TERMINATION_LOG: &str = "/dev/termination-log";

/// An empty page for standard output. On a terminal it is coloured, unless `NO_COLOR` is set (no-color.org), and as wide
/// as the terminal.
pub fn page() -> Page {
    let stdout = std::io::stdout();
    if !stdout.is_terminal() {
        return Page::new(false);
    }
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let width = rustix::termios::tcgetwinsize(&stdout).ok().map(|size| usize::from(size.ws_col));
    Page::new(colours).wrapped_to(width.filter(|width| *width > 0))
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
    let line = last_line(sentence);
    let _ = writeln!(std::io::stderr().lock(), "cni-bootstrap: {line}");
    log(&line);
}

/// As [`last`], after a page that told the same. A person at a terminal does not read it twice.
pub fn last_after_page(sentence: &str) {
    if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
        log(&last_line(sentence));
    } else {
        last(sentence);
    }
}

/// A remedy may have several lines; here it becomes one.
fn last_line(sentence: &str) -> String {
    one_line(&sentence.replace('\n', " "))
}

fn log(line: &str) {
    let log = std::fs::OpenOptions::new().write(true).truncate(true).open(TERMINATION_LOG);
    if let Ok(mut log) = log {
        let _ = writeln!(log, "{line}");
    }
}
