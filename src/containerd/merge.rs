//! Merges a later file into earlier ones.

use std::collections::btree_map::Entry;

use super::tree::{Scalar, Tree};

/// containerd 1.x: a plugin that the later file names is taken from it completely (containerd#5837). The rest is
/// merged: empty values change nothing, and lists grow.
pub(crate) fn whole_plugins(into: &mut Tree, from: Tree) {
    let Tree::Table(mut from) = from else { return };
    let plugins = from.remove("plugins");
    merge(into, Tree::Table(from), false);
    let (Some(into), Some(Tree::Table(plugins))) = (into.table_mut(), plugins) else { return };
    match into.entry("plugins".to_owned()) {
        Entry::Occupied(mut entry) => {
            if let Some(table) = entry.get_mut().table_mut() {
                table.extend(plugins);
            }
        }
        Entry::Vacant(entry) => {
            entry.insert(Tree::Table(plugins));
        }
    }
}

/// containerd 2.x: merged key by key, also within plugins. In a plugin an empty value replaces too; a list becomes
/// the union of both.
pub(crate) fn deep(into: &mut Tree, from: Tree) {
    let Tree::Table(mut from) = from else { return };
    let plugins = from.remove("plugins");
    merge(into, Tree::Table(from), false);
    if let (Some(into), Some(plugins)) = (into.table_mut(), plugins) {
        merge(into.entry("plugins".to_owned()).or_insert_with(Tree::empty), plugins, true);
    }
}

fn merge(into: &mut Tree, from: Tree, empty_counts: bool) {
    match (into, from) {
        (Tree::Table(into), Tree::Table(from)) => {
            for (key, tree) in from {
                match into.entry(key) {
                    Entry::Occupied(mut entry) => merge(entry.get_mut(), tree, empty_counts),
                    Entry::Vacant(entry) => {
                        entry.insert(tree);
                    }
                }
            }
        }
        (Tree::List(into), Tree::List(from)) => {
            for tree in from {
                if !into.iter().any(|known| known.leaves() == tree.leaves()) {
                    into.push(tree);
                }
            }
        }
        (into, from) => {
            if empty_counts || !is_empty(&from) {
                *into = from;
            }
        }
    }
}

fn is_empty(tree: &Tree) -> bool {
    match tree {
        Tree::Leaf(scalar, _) => match scalar {
            Scalar::Text(text) | Scalar::Other(text) => text.is_empty(),
            Scalar::Int(number) => *number == 0,
            Scalar::Bool(flag) => !flag,
        },
        Tree::Table(table) => table.is_empty(),
        Tree::List(list) => list.is_empty(),
    }
}
