//! A JSON reader that keeps every byte, and reads as Go's `encoding/json` does.
//!
//! `serde_json` checks the syntax without building a value (and so without its recursion limit). A second scan turns
//! the text into a flat list of values with their spans, which needs no recursion to build, walk or drop.

mod node;
mod scan;
mod syntax;
mod text;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use node::Node;

use super::violation::{Rule, Violation};

pub(super) use node::JsonKind;
pub(super) use text::same_key;

/// A text that is one JSON value, and the place of each value in it. The text is shared, so that a large file is in
/// memory once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    text: Arc<[u8]>,
    nodes: Vec<Node>,
}

impl Document {
    /// Parses one JSON value, as Go does.
    pub(super) fn parse(text: impl Into<Arc<[u8]>>) -> Result<Self, Violation> {
        let text = text.into();
        syntax::check(&text)?;
        let nodes = scan::nodes(&text)?;
        Ok(Self { text, nodes })
    }

    /// How many values the text has.
    pub(super) fn values(&self) -> usize {
        self.nodes.len()
    }

    /// The text, unchanged.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The value of the whole text.
    pub(super) fn root(&self) -> Value<'_> {
        Value { document: self, at: 0 }
    }

    /// The value with the number from [`Value::id`].
    pub(super) fn value(&self, id: usize) -> Value<'_> {
        Value { document: self, at: id }
    }
}

/// One value of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    document: &'a Document,
    at: usize,
}

impl<'a> Value<'a> {
    fn node(self) -> &'a Node {
        &self.document.nodes[self.at]
    }

    /// The value's number in the document.
    pub(super) fn id(self) -> usize {
        self.at
    }

    pub(super) fn kind(self) -> JsonKind {
        self.node().kind
    }

    pub(super) fn span(self) -> Range<usize> {
        self.node().span.clone()
    }

    /// The value's bytes.
    pub(super) fn raw(self) -> &'a [u8] {
        &self.document.text[self.span()]
    }

    /// The offset of its key, or of the value if it has no key.
    pub(super) fn begin(self) -> usize {
        self.node().key.as_ref().map_or(self.node().span.start, |key| key.start)
    }

    /// The key's bytes with their quotes, if the value is a member of an object.
    pub(super) fn raw_key(self) -> Option<&'a [u8]> {
        self.node().key.clone().map(|span| &self.document.text[span])
    }

    /// The bytes between the key and the value (` : `); empty if the value is not a member of an object.
    pub(super) fn colon(self) -> &'a [u8] {
        self.node().key.as_ref().map_or(&[], |key| &self.document.text[key.end..self.node().span.start])
    }

    /// The key; empty if the value is not a member of an object.
    pub(super) fn key(self) -> Cow<'a, str> {
        self.raw_key().map_or(Cow::Borrowed(""), text::unquote)
    }

    /// The string as Go reads it; `None` if the value is not a string.
    pub(super) fn string(self) -> Option<Cow<'a, str>> {
        (self.kind() == JsonKind::Text).then(|| text::unquote(self.raw()))
    }

    /// The number as Go reads it (a `float64`); `None` if the value is not a number.
    pub(super) fn number(self) -> Option<f64> {
        let text = (self.kind() == JsonKind::Number).then(|| std::str::from_utf8(self.raw()).ok())?;
        text?.parse().ok()
    }

    /// The enclosing value; `None` for the root.
    pub(super) fn parent(self) -> Option<Self> {
        (self.at > 0).then(|| Self { document: self.document, at: self.node().parent })
    }

    /// The members of an object or the elements of a list, in order; empty for any other value.
    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        let end = self.node().after;
        let mut next = self.at + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(Self { document: self.document, at: next })?;
            next = child.node().after;
            Some(child)
        })
    }

    /// A violation of `rule` at this value, or at its key if it has one.
    pub(super) fn violation(self, rule: Rule, message: impl Into<String>) -> Violation {
        Violation::at(&self.document.text, self.begin(), rule, message)
    }

    /// All values inside it, each container before its content.
    pub(super) fn descendants(self) -> impl Iterator<Item = Self> {
        (self.at + 1..self.node().after).map(move |at| Self { document: self.document, at })
    }

    /// The first member whose key is exactly `key`, as in a Go map.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        (self.kind() == JsonKind::Object).then(|| self.children().find(|child| child.key() == key))?
    }

    /// The members that a Go struct reads for its field `key`, in any case.
    pub(super) fn fields(self, key: &str) -> impl Iterator<Item = Self> {
        let object = self.kind() == JsonKind::Object;
        self.children().filter(move |child| object && same_key(&child.key(), key))
    }
}
