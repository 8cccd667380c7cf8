//! Tells the parent that the program was never started: an exit code, and a last line on standard error with a word
//! that the program itself never sees.

use super::Stage;
use std::io;

/// The first argument of the child process.
pub(super) const ASKED: &str = "__enter";

/// The exit code of a child with a report. A program may use the same code, and then writes no report.
pub(super) const CODE: u8 = 125;

const STAGES: [(Stage, &str); 5] = [
    (Stage::Join, "join"),
    (Stage::Chroot, "chroot"),
    (Stage::Exec, "exec"),
    (Stage::Find, "find"),
    (Stage::End, "end"),
];

/// The report of a failure as a line.
pub(super) fn line(nonce: &str, stage: Stage, error: &io::Error) -> String {
    let name = STAGES.iter().find(|(s, _)| *s == stage).map_or("", |(_, name)| name);
    format!("\n{ASKED} {nonce} {name} {}\n", error.raw_os_error().unwrap_or_default())
}

/// The failure in the last line of `stderr`, if there is one.
pub(super) fn read(nonce: &str, stderr: &[u8]) -> Option<(Stage, io::Error)> {
    let text = stderr.strip_suffix(b"\n")?;
    let start = text.iter().rposition(|byte| *byte == b'\n')? + 1;
    let mut words = std::str::from_utf8(&text[start..]).ok()?.split(' ');
    if words.next() != Some(ASKED) || words.next() != Some(nonce) {
        return None;
    }
    let name = words.next()?;
    let (stage, _) = STAGES.iter().find(|(_, n)| *n == name)?;
    Some((*stage, io::Error::from_raw_os_error(words.next()?.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::{STAGES, line, read};
    use std::io;

    #[test]
    fn what_is_reported_is_read_back() {
        for (stage, _) in STAGES {
            let stderr =
                format!("a warning without an end{}", line("7-1", stage, &io::Error::from_raw_os_error(8)));
            let (read_stage, error) = read("7-1", stderr.as_bytes()).unwrap();
            assert_eq!((read_stage, error.raw_os_error()), (stage, Some(8)));
        }
    }

    #[test]
    fn a_program_that_knows_no_nonce_reports_nothing() {
        for stderr in [
            "",
            "\n",
            "__enter",
            "\n__enter 7-2 exec 2\n",
            "\n__enter\n",
            "\n__enter 7-1 nap 2\n",
            "\n__enter 7-1 exec x\n",
            "\n__enter 7-1 exec 2\nmore\n",
        ] {
            assert!(read("7-1", stderr.as_bytes()).is_none(), "{stderr:?}");
        }
    }
}
