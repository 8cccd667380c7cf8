//! YAML (and with it JSON) as a tree whose every node knows its line and column.

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

/// A value and where it stands. What an alias brings in stands where its anchor is: that is the text to mend.
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

/// A key of a mapping with its value. A key that is itself a collection has the text `?`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: Place,
    pub(super) value: Node,
}

impl Node {
    /// The value of `key`, if this is a mapping that has it. Of a key written twice the last one counts, as in
    /// the parser of kubectl.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().rev().find(|entry| entry.key == key),
            _ => None,
        }
    }
}
