//! Splits a file at `---`.

use super::Place;

/// A part of a file that is read on its own, and where it begins.
pub(super) struct Part<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) offset: usize,
    pub(super) begin: Place,
}

/// The byte order mark. Concatenated files have one before each document.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Splits at lines that begin with `---`: such a line always separates documents (YAML specification). Directives
/// (`%YAML`) stay with their document.
pub(super) fn parts(bytes: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut begin, mut offset) = (0, 0);
    let (mut first_line, mut number) = (1, 0);
    // True while the part has nothing but directives, comments and empty lines.
    let (mut only_directives, mut any_directive) = (true, false);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        number += 1;
        let stripped = line.strip_prefix(MARK).unwrap_or(line);
        let boundary = stripped
            .strip_prefix(b"---")
            .is_some_and(|rest| rest.first().is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')));
        if boundary && !(any_directive && only_directives) && offset > begin {
            parts.push(part(bytes, begin, offset, first_line));
            (begin, first_line) = (offset, number);
            (only_directives, any_directive) = (true, false);
        }
        if stripped.starts_with(b"%") {
            any_directive |= only_directives;
        } else {
            only_directives &= stripped.trim_ascii().is_empty() || stripped.starts_with(b"#");
        }
        offset += line.len();
    }
    parts.push(part(bytes, begin, bytes.len(), first_line));
    parts.retain(|part| !part.is_empty());
    parts
}

fn part(bytes: &[u8], begin: usize, end: usize, line: u32) -> Part<'_> {
    Part { bytes: &bytes[begin..end], offset: begin, begin: Place { line, column: 1 } }
}

impl<'t> Part<'t> {
    /// True if it has nothing but white space, comments and separators.
    fn is_empty(&self) -> bool {
        self.bytes.split(|byte| *byte == b'\n').all(|line| {
            let line = line.strip_prefix(MARK).unwrap_or(line).trim_ascii();
            line.is_empty() || line.starts_with(b"#") || line == b"---"
        })
    }

    /// The text, or the place of the first byte that kubectl refuses in any document.
    pub(super) fn text(&self) -> Result<&'t str, (Place, String)> {
        let text = std::str::from_utf8(self.bytes).map_err(|error| {
            let at = place_of(self.bytes, error.valid_up_to(), self.begin);
            (at, "the file is not UTF-8 here; save it as UTF-8".to_owned())
        })?;
        match text.char_indices().find(|(_, c)| is_refused(*c)) {
            None => Ok(text),
            Some((offset, c)) => {
                let at = place_of(self.bytes, offset, self.begin);
                Err((at, format!("the control character U+{:04X} is not allowed", u32::from(c))))
            }
        }
    }
}

/// True for a character that is allowed nowhere in YAML 1.1 (go-yaml `readerc.go`).
fn is_refused(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        c => c.is_control(),
    }
}

/// The place of a byte of a text that is at `begin`.
pub(super) fn place_of(bytes: &[u8], offset: usize, begin: Place) -> Place {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = before[..line_start].split(|byte| *byte == b'\n').count() - 1;
    let characters = before[line_start..].iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let column = if lines == 0 { begin.column } else { 1 };
    Place {
        line: begin.line.saturating_add(number(lines)),
        column: column.saturating_add(number(characters)),
    }
}
