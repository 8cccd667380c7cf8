//! Standard output, the last line on standard error, and the kubelet's termination log.

use std::io::{IsTerminal as _, Write as _};

/// Where the kubelet reads a container's last word (`terminationMessagePath`'s default).
const TERMINATION_LOG: &str = "/dev/termination-log";

/// Whether what is printed to standard output may be coloured: it is a terminal, and `NO_COLOR` is not set, or empty
/// (no-color.org).
pub fn colours() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints to standard output. Whoever closed it does not want it.
pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = stdout.write_all(b"\n");
    }
    let _ = stdout.flush();
}

/// One line that steers no terminal: names in it come from files.
fn one_line(sentence: &str) -> String {
    let mut line = String::with_capacity(sentence.len());
    for c in sentence.chars() {
        match c {
            '\n' => line.push(' '),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}

/// The last line on standard error; the same sentence goes to the termination log where that exists.
pub fn last(sentence: &str) {
    let line = one_line(sentence);
    let _ = writeln!(std::io::stderr().lock(), "cni-bootstrap: {line}");
    let log = std::fs::OpenOptions::new().write(true).truncate(true).open(TERMINATION_LOG);
    if let Ok(mut log) = log {
        let _ = writeln!(log, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn the_last_line_is_one_and_steers_nothing() {
        assert_eq!(one_line("a\nb \x1b[2J\u{9b}é"), "a b \\u{1b}[2J\\u{9b}é");
    }
}
