//! Finds the text of a message in the words of a person's terminal.

use std::ops::Range;

/// The longest text at one `…`, in bytes. A longer one belongs to another message.
const LONGEST: usize = 400;

/// A place where a message stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found<'t> {
    /// The place in the text, in bytes.
    pub(super) place: Range<usize>,
    /// The text at each `…`.
    pub(super) parts: Vec<&'t str>,
}

/// The words without what a log, a terminal or JSON adds: quotes are not escaped, and each gap is one blank.
pub(super) fn normal(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    let mut rest = words.chars().peekable();
    while let Some(c) = rest.next() {
        // A quote that was escaped several times has several backslashes.
        let next = rest.peek().copied();
        let (c, escaped) = match (c, next) {
            ('\\', Some('\\' | '"' | '\'')) => continue,
            ('\\', Some('n' | 't' | 'r')) => (' ', true),
            (c, _) if c.is_whitespace() => (' ', false),
            (c, _) => (c, false),
        };
        if escaped {
            rest.next();
        }
        if c != ' ' || !plain.ends_with(' ') {
            plain.push(c);
        }
    }
    plain.trim().to_owned()
}

/// The shortest place of `pattern` in `text`, the last of equal ones. Upper and lower case of ASCII are the same.
/// `text` is normal.
pub(super) fn find<'t>(pattern: &str, text: &'t str) -> Option<Found<'t>> {
    let lower = text.to_ascii_lowercase();
    let literals: Vec<String> = pattern.split('…').map(str::to_ascii_lowercase).collect();
    let (first, others) = literals.split_first()?;
    let starts = lower.match_indices(first.as_str()).map(|(at, _)| at);
    let places = starts.filter_map(|start| {
        let mut end = start + first.len();
        let mut parts = Vec::new();
        for literal in others {
            let near = lower.len().min(end + LONGEST + literal.len());
            let near = (end..=near).rev().find(|at| lower.is_char_boundary(*at))?;
            let gap = lower.get(end..near)?.find(literal.as_str())?;
            parts.push(text.get(end..end + gap)?);
            end += gap + literal.len();
        }
        Some(Found { place: start..end, parts })
    });
    places.min_by_key(|found| (found.place.len(), std::cmp::Reverse(found.place.start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_adds_is_taken_away() {
        let words = "err=\"failed to find plugin \\\\\\\"loopback\\\\\\\" in\n   path\\n\\t[/opt]\"";
        assert_eq!(normal(words), r#"err="failed to find plugin "loopback" in path [/opt]""#);
        assert_eq!(normal(r"C:\dir and \\"), r"C:\dir and \");
    }

    #[test]
    fn the_shortest_place_counts_and_the_last_of_equal_ones() {
        let text = "fork/exec /a: busy. Fork/Exec /b: permission denied; fork/exec /c: permission denied";
        let found = find("fork/exec …: permission denied", text).unwrap();
        assert_eq!(
            (&text[found.place.clone()], &found.parts[..]),
            ("fork/exec /c: permission denied", &["/c"][..])
        );
        assert_eq!(find("fork/exec …: no such file", text), None);
        let far = format!("fork/exec {}: permission denied", "x".repeat(LONGEST + 1));
        assert_eq!(find("fork/exec …: permission denied", &far), None);
    }

    #[test]
    fn letters_of_any_alphabet_around_it_do_no_harm() {
        let text = normal("Ünïcode İ 错误: failed to find plugin \"ptp\" in path 目录");
        assert_eq!(find("failed to find plugin … in path", &text).unwrap().parts, ["\"ptp\""]);
    }
}
