//! Unified diffs of changes. Secrets in them are hidden, and no other module makes diffs.
//!
//! Myers' algorithm is called directly. The crate's general function chooses an algorithm at run time, so all of them
//! would be linked (190 kB).

use std::fmt::Write as _;

use similar::algorithms::{Capture, Replace, myers};
use similar::udiff::UnifiedHunkHeader;
use similar::{DiffOp, DiffTag};

use crate::node::masked;

/// The number of context lines around a change.
const CONTEXT: usize = 3;

/// The limit in bytes for a diff. Nobody reads a longer one, and it would be in memory several times.
const LARGEST: usize = 1 << 20;

/// The unified diff of a file, with its path as both names; empty for equal bytes and for bytes that are not text.
pub(crate) fn unified(path: &str, before: &[u8], after: &[u8]) -> String {
    let (Ok(before), Ok(after)) = (std::str::from_utf8(before), std::str::from_utf8(after)) else {
        return String::new();
    };
    if before == after {
        return String::new();
    }
    if before.len().max(after.len()) > LARGEST {
        let (from, to) = (before.len(), after.len());
        return format!("--- {path}\n+++ {path}\n({from} bytes become {to}: too many to show)\n");
    }
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<&str>>();
    let (old, new) = (lines(before), lines(after));
    let mut found = Replace::new(Capture::new());
    // Capturing cannot fail.
    let _ = myers::diff(&mut found, &old[..], 0..old.len(), &new[..], 0..new.len());
    // A secret may be one line inside a longer value, so the whole text is masked before it is split into lines.
    let (shown_before, shown_after) = (masked(before), masked(after));
    let (old, new) = (lines(&shown_before), lines(&shown_after));
    let mut diff = format!("--- {path}\n+++ {path}\n");
    for hunk in found.into_inner().into_grouped_ops(CONTEXT) {
        // Writing into a String cannot fail.
        let _ = writeln!(diff, "{}", UnifiedHunkHeader::new(&hunk));
        for op in hunk {
            write_lines(&mut diff, &op, &old, &new);
        }
    }
    diff
}

fn write_lines(diff: &mut String, op: &DiffOp, old: &[&str], new: &[&str]) {
    let mut write = |sign: char, lines: &[&str]| {
        for line in lines {
            let end = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
            let _ = write!(diff, "{sign}{line}{end}");
        }
    };
    let (gone, come) = (&old[op.old_range()], &new[op.new_range()]);
    if op.tag() == DiffTag::Equal {
        write(' ', gone);
    } else {
        write('-', gone);
        write('+', come);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_beside_a_change_is_not_shown() {
        let text = |number| {
            format!("[r.auth]\npassword = \"\"\"\nx1\nx2\"\"\"\nauth = 'x1'\n[cni]\nnumber = {number}\n")
        };
        let diff = unified("/f", text(0).as_bytes(), text(1).as_bytes());
        assert!(diff.contains("-number = 0\n+number = 1\n") && diff.contains(" auth = '***'\n"), "{diff}");
        let (gone, new) = (unified("/f", text(0).as_bytes(), b""), unified("/f", b"", text(0).as_bytes()));
        let other = unified("/f", b"password = 'x1'\n", b"password = 'x2'\n");
        assert_eq!(other, "--- /f\n+++ /f\n@@ -1 +1 @@\n-password = '***'\n+password = '***'\n");
        assert!([diff, gone, new].iter().all(|diff| !diff.contains('x')), "no secret is told");
    }

    #[test]
    fn a_change_is_shown_with_its_surroundings() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\nlast";
        let after = "1\n2\n3\n4\nfive\n6\n7\n8\nlast\n";
        let diff = "--- /f\n+++ /f\n@@ -2,8 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n-last\n\\ No newline at end of file\n+last\n";
        assert_eq!(unified("/f", before.as_bytes(), after.as_bytes()), diff);
        assert_eq!(unified("/f", b"", b"new\n"), "--- /f\n+++ /f\n@@ -0,0 +1 @@\n+new\n");
        assert_eq!(unified("/f", b"gone\n", b""), "--- /f\n+++ /f\n@@ -1 +0,0 @@\n-gone\n");
        assert_eq!(unified("/f", b"same", b"same"), "");
        assert_eq!(unified("/f", b"\xff", b"text"), "");
        let large = unified("/f", b"x", "y\n".repeat(LARGEST).as_bytes());
        assert_eq!(large, "--- /f\n+++ /f\n(1 bytes become 2097152: too many to show)\n");
    }
}
