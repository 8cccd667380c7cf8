//! The values of config files, each with its place.

use std::collections::{BTreeMap, BTreeSet};

use crate::node::HostPath;

/// A value that is neither a table nor a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text(String),
    Int(i64),
    Bool(bool),
    /// A float or date by its spelling; its value is never needed.
    Other(String),
}

/// The place of a value: the file, and the keys in that file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) file: HostPath,
    pub(crate) path: Vec<String>,
    /// The offset of the value in the file's text.
    pub(crate) offset: usize,
}

/// A value of a config.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Table(BTreeMap<String, Tree>),
    List(Vec<Tree>),
    Leaf(Scalar, Origin),
}

/// Keys from the root to a value.
pub(crate) type Path = Vec<String>;

impl Tree {
    pub(crate) fn empty() -> Self {
        Self::Table(BTreeMap::new())
    }

    pub(crate) fn table(&self) -> Option<&BTreeMap<String, Tree>> {
        match self {
            Self::Table(table) => Some(table),
            Self::List(_) | Self::Leaf(..) => None,
        }
    }

    pub(crate) fn table_mut(&mut self) -> Option<&mut BTreeMap<String, Tree>> {
        match self {
            Self::Table(table) => Some(table),
            Self::List(_) | Self::Leaf(..) => None,
        }
    }

    pub(crate) fn get<S: AsRef<str>>(&self, path: &[S]) -> Option<&Tree> {
        path.iter().try_fold(self, |tree, key| tree.table()?.get(key.as_ref()))
    }

    /// The places of its values.
    pub(crate) fn origins(&self) -> Vec<&Origin> {
        match self {
            Self::Leaf(_, origin) => vec![origin],
            Self::Table(table) => table.values().flat_map(Tree::origins).collect(),
            Self::List(list) => list.iter().flat_map(Tree::origins).collect(),
        }
    }

    /// The scalar values with their paths; an element of a list has the list's path and its index.
    pub(crate) fn leaves(&self) -> BTreeMap<Path, &Scalar> {
        let mut leaves = BTreeMap::new();
        self.collect(&mut Vec::new(), &mut leaves);
        leaves
    }

    fn collect<'a>(&'a self, path: &mut Path, leaves: &mut BTreeMap<Path, &'a Scalar>) {
        match self {
            Self::Leaf(scalar, _) => {
                leaves.insert(path.clone(), scalar);
            }
            Self::Table(table) => {
                for (key, tree) in table {
                    path.push(key.clone());
                    tree.collect(path, leaves);
                    path.pop();
                }
            }
            Self::List(list) => {
                for (index, tree) in list.iter().enumerate() {
                    path.push(index.to_string());
                    tree.collect(path, leaves);
                    path.pop();
                }
            }
        }
    }

    /// The paths whose scalar is new, gone or changed in `after`.
    pub(crate) fn differences(&self, after: &Tree) -> BTreeSet<Path> {
        let (before, after) = (self.leaves(), after.leaves());
        let changed = before.iter().filter(|(path, scalar)| after.get(*path) != Some(scalar));
        let added = after.keys().filter(|path| !before.contains_key(*path));
        changed.map(|(path, _)| path).chain(added).cloned().collect()
    }
}
