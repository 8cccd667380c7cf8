//! Checks that a text is one JSON value, and explains what is wrong if not.

use serde::de::IgnoredAny;
use serde_json::error::Category;

use crate::cni::violation::{Rule, Violation};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reports the usual damage of files (empty, blank, NUL bytes, cut off) before errors of grammar.
pub(super) fn check(text: &[u8]) -> Result<(), Violation> {
    if text.is_empty() {
        return Err(Violation::whole(Rule::Empty, "is 0 bytes"));
    }
    if text.iter().all(|b| b" \t\r\n".contains(b)) {
        let message = format!("has only white space ({} bytes)", text.len());
        return Err(Violation::whole(Rule::Whitespace, message));
    }
    if text.starts_with(BYTE_ORDER_MARK) {
        let message = "starts with a UTF-8 byte order mark, which JSON does not allow";
        return Err(Violation::at(text, 0, Rule::ByteOrderMark, message));
    }
    if let Some(first) = text.iter().position(|&b| b == 0) {
        let count = text.split(|&b| b == 0).count() - 1;
        let message = format!("contains {count} NUL bytes among its {} bytes", text.len());
        return Err(Violation::at(text, first, Rule::Nul, message));
    }
    serde_json::from_slice::<IgnoredAny>(text).map(|_| ()).map_err(|error| explain(text, &error))
}

fn explain(text: &[u8], error: &serde_json::Error) -> Violation {
    if error.classify() == Category::Eof {
        let message = format!("ends in the middle, after {} bytes", text.len());
        return Violation::at(text, text.len(), Rule::Truncated, message);
    }
    let offset = offset(text, error.line(), error.column());
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    if words == "trailing characters" {
        let message = "has something after the end of the JSON document";
        return Violation::at(text, offset, Rule::OneDocument, message);
    }
    Violation::at(text, offset, Rule::Syntax, format!("is not JSON: {words}"))
}

/// The offset for a position of `serde_json` (lines from 1, columns in bytes).
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let newlines = text.iter().enumerate().filter(|&(_, &b)| b == b'\n').map(|(at, _)| at + 1);
    let start = std::iter::once(0).chain(newlines).nth(line.saturating_sub(1)).unwrap_or(text.len());
    (start + column.saturating_sub(1)).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &[u8]) -> (Rule, usize, usize, String) {
        let violation = check(text).unwrap_err();
        (violation.rule, violation.line, violation.column, violation.message)
    }

    #[test]
    fn damage_is_named_for_what_it_is() {
        assert_eq!(broken(b""), (Rule::Empty, 0, 0, "is 0 bytes".into()));
        assert_eq!(broken(b" \n\t"), (Rule::Whitespace, 0, 0, "has only white space (3 bytes)".into()));
        assert_eq!(broken(b"\xef\xbb\xbf{}").0, Rule::ByteOrderMark);
        assert_eq!(broken(b"{\n\0\0"), (Rule::Nul, 2, 1, "contains 2 NUL bytes among its 4 bytes".into()));
        assert_eq!(
            broken(b"{\n \"a\": [1,"),
            (Rule::Truncated, 2, 10, "ends in the middle, after 11 bytes".into())
        );
        assert_eq!(broken(b"{\"a\":\"\\u12").0, Rule::Truncated);
        assert_eq!(
            broken(b"{}\n{}"),
            (Rule::OneDocument, 2, 1, "has something after the end of the JSON document".into())
        );
    }

    #[test]
    fn the_place_of_a_syntax_error_counts_characters() {
        assert_eq!(
            broken("{\n\"é\": é}".as_bytes()),
            (Rule::Syntax, 2, 6, "is not JSON: expected value".into())
        );
        assert_eq!(broken(b"{\"a\":1,}").2, 8);
        assert_eq!(broken(b"apiVersion: v1\n").1, 1);
    }

    #[test]
    fn the_grammar_is_that_of_go() {
        for text in [&b"{\"a\":\"\xff\"}"[..], b"\"\\ud800\"", b" null ", b"[1e400,-0,1E+2]"] {
            assert!(check(text).is_ok(), "{text:?}");
        }
        for text in [
            &b"{\"a\":01}"[..],
            b"{'a':1}",
            b"{\"a\":\"\n\"}",
            b"[1,]",
            b"{\"a\":NaN}",
            b"{}//",
            b"\"\\x\"",
            b"\xff{}",
        ] {
            assert!(check(text).is_err(), "{text:?}");
        }
    }
}
