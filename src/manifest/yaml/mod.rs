//! YAML (and so JSON) as a tree in which every node has its line and column.

mod build;
mod scalar;
mod spot;
mod stream;
#[cfg(test)]
mod tests;

pub(super) use scalar::{Scalar, Style};
pub(super) use spot::Spot;
pub(super) use stream::{Document, Outcome, read};

/// A place in a file; lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A value and its place. The copy of an alias has the place of its anchor, where the text must be corrected.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Place,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a mapping and its value. The text of a key that is a collection is `?`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: Place,
    pub(super) value: Node,
}

impl Node {
    /// The value of `key`, if this is a mapping with that key. Of a key that occurs twice the last value counts, as
    /// in kubectl's parser.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().rev().find(|entry| entry.key == key),
            _ => None,
        }
    }
}
