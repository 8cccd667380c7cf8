//! YAML (and so JSON) as a tree in which every node has its line and column.
//!
//! It is read as kubectl reads it, with the rules and the leniency of libyaml (`scanner.c`, `parser.c`) and its port
//! in go-yaml: a file that kubectl applies must not be refused here. Texts that need no change are slices of the
//! file, and an alias shares the nodes of its anchor, so that a tree needs little more than the file itself.

mod block_scalar;
mod build;
mod cursor;
mod double_quoted;
mod json;
mod limits;
mod line_fold;
mod parse;
mod part;
mod plain;
mod quoted;
mod scalar;
mod scan;
mod simple_key;
mod spot;
mod stream;
mod tag;
#[cfg(test)]
mod tests;
mod text;
mod token;

use std::rc::Rc;

pub(super) use scalar::{Scalar, Style};
pub(super) use spot::Spot;
pub(super) use stream::{Document, Outcome, decoded, read, read_each};
pub(super) use text::Text;

/// A place in a file; lines and columns count from 1, columns in characters. What breaks a line in YAML begins one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A value and its place. The value of an alias has the place of its anchor, where the text must be corrected.
#[derive(Clone, Debug)]
pub(super) struct Node<'t> {
    pub(super) at: Place,
    pub(super) value: Value<'t>,
}

/// The nodes of a collection are shared by all aliases of it.
#[derive(Clone, Debug)]
pub(super) enum Value<'t> {
    Null,
    Scalar(Scalar<'t>),
    List(Rc<[Node<'t>]>),
    Map(Rc<[Entry<'t>]>),
}

/// A key of a mapping and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    pub(super) key: Text<'t>,
    pub(super) at: Place,
    pub(super) value: Node<'t>,
}

impl<'t> Node<'t> {
    /// The value of `key`, if this is a mapping with that key. Of a key that occurs twice the last value counts, as
    /// in kubectl's parser.
    pub(super) fn get(&self, key: &str) -> Option<&Entry<'t>> {
        match &self.value {
            Value::Map(entries) => entries.iter().rev().find(|entry| &*entry.key == key),
            _ => None,
        }
    }
}
