//! Replaces ranges of a text.

use std::ops::Range;

/// Replaces a range of the source's text with `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) at: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    pub(super) fn insert(at: usize, text: String) -> Self {
        Self { at: at..at, text }
    }
}

/// The text after the splices, which do not overlap.
pub(super) fn apply(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.at.start);
    let mut result = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for splice in splices {
        result.push_str(text.get(from..splice.at.start).unwrap_or(""));
        result.push_str(&splice.text);
        from = splice.at.end;
    }
    result.push_str(text.get(from..).unwrap_or(""));
    result
}
