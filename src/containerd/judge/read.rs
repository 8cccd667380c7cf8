//! Reads values of the config for the rules. A value of another type is `None`: containerd itself refuses it when it
//! reads the file, and `config dump` reports it.

use crate::containerd::effective::is_placeholder;
use crate::containerd::tree::{Scalar, Tree};

/// A string of the config and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) value: &'a str,
    pub(super) tree: &'a Tree,
}

/// The string at a place; `None` if the value has another type or is a placeholder.
pub(super) fn text(tree: Option<&Tree>) -> Option<Text<'_>> {
    match tree? {
        tree @ Tree::Leaf(Scalar::Text(value), _) if !is_placeholder(value) => Some(Text { value, tree }),
        _ => None,
    }
}

/// The string at a place, unless it is empty.
pub(super) fn filled(tree: Option<&Tree>) -> Option<Text<'_>> {
    text(tree).filter(|text| !text.value.is_empty())
}

/// The strings of a list.
pub(super) fn texts(tree: Option<&Tree>) -> Vec<Text<'_>> {
    match tree {
        Some(Tree::List(list)) => list.iter().filter_map(|tree| text(Some(tree))).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn is_true(tree: Option<&Tree>) -> bool {
    matches!(tree, Some(Tree::Leaf(Scalar::Bool(true), _)))
}

/// The entries of a table.
pub(super) fn entries(tree: Option<&Tree>) -> impl Iterator<Item = (&String, &Tree)> {
    tree.and_then(Tree::table).into_iter().flatten()
}
