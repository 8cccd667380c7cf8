//! The entry for each value in the list that a text is scanned into.

use std::ops::Range;

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cni) enum JsonKind {
    Object,
    Array,
    Text,
    Number,
    Bool(bool),
    Null,
}

impl JsonKind {
    /// The word for the kind in messages, with its article.
    pub(in crate::cni) fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Bool(_) => "a boolean",
            Self::Null => "null",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) kind: JsonKind,
    pub(super) span: Range<usize>,
    pub(super) key: Option<Range<usize>>,
    pub(super) parent: usize,
    /// The first node after everything inside this one.
    pub(super) after: usize,
}
