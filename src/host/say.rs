//! Standard output, the last line on standard error, and the kubelet's termination log.

use std::io::{IsTerminal as _, Write as _};

use crate::node::{Page, one_line};

/// Where the kubelet reads a container's last word (`terminationMessagePath`'s default).
const TERMINATION_LOG: &str = "/dev/termination-log";

/// Whether what is printed to standard output may be coloured: it is a terminal, and `NO_COLOR` is not set, or empty
/// (no-color.org).
pub fn colours() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints to standard output. Whoever closed it does not want it.
pub fn out(page: &Page) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(page.as_str().as_bytes());
    let _ = stdout.flush();
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
