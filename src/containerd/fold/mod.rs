//! The rules by which a release matches a file's keys with field names.
//!
//! containerd decodes tables into Go structs, and its decoder is not strict about case:
//!
//! | releases | decoder | a field takes its value from | which one, if several exist |
//! |---|---|---|---|
//! | 1.x | go-toml 1.9 (`marshal.go`, `keysToTry`) | its name, that in lower case, in upper case, with a small first letter | the first in this order; the others are ignored |
//! | 2.x | go-toml 2 (`unmarshaler.go`, `structFieldPath`) | its name in any case | the last in byte order: a plugin's table is sorted before it is decoded (`Config.Decode`); at a file's root the last in the file |
//!
//! Keys of Go maps (plugin ids, runtime names, registry hosts, `pinned_images`) are not folded.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::dialect::{CRI, RUNTIME};
use super::tree::{Path, Tree};
use crate::node::Release;

/// How a decoder treats case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folding {
    /// Four spellings; the first that exists counts.
    FourSpellings,
    /// Any case; the last that exists counts.
    AnyCase,
}

/// The fields of runc's options (`runtime/v2/runc/options/oci.proto`), the only fields with capital letters here.
const OPTIONS: [&str; 13] = [
    "NoPivotRoot",
    "NoNewKeyring",
    "ShimCgroup",
    "IoUid",
    "IoGid",
    "BinaryName",
    "Root",
    "CriuPath",
    "SystemdCgroup",
    "CriuImagePath",
    "CriuWorkPath",
    "TaskApiAddress",
    "TaskApiVersion",
];

/// The options that 2.x sets for its own `runc` before it reads a file (`internal/cri/config/config_unix.go`). The
/// default overrides a spelling that sorts before the field's own name.
const SET_BY_DEFAULT: [&str; 9] = [
    "NoNewKeyring",
    "ShimCgroup",
    "IoUid",
    "IoGid",
    "BinaryName",
    "Root",
    "SystemdCgroup",
    "CriuImagePath",
    "CriuWorkPath",
];

/// What the keys of a table stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// Names that a person chose: of plugins, runtimes, hosts.
    Chosen,
    /// Fields in lower case.
    Fields,
    /// Fields of runc's options.
    Options,
}

impl Names {
    /// What the keys of the table at `path` stand for. `path` has containerd's spelling.
    fn of<S: AsRef<str>>(path: &[S]) -> Names {
        let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
        match path[..] {
            ["plugins" | "proxy_plugins" | "timeouts" | "stream_processors"]
            | ["proxy_plugins", _, "exports"] => Names::Chosen,
            ["plugins", plugin, ref rest @ ..] if CRI.contains(&plugin) => match rest {
                ["containerd", "runtimes"]
                | ["registry", "mirrors" | "configs" | "auths" | "headers"]
                | ["pinned_images" | "runtime_platforms"] => Names::Chosen,
                ["containerd", "runtimes", _, "options"]
                | ["containerd", "default_runtime" | "untrusted_workload_runtime", "options"] => {
                    Names::Options
                }
                _ => Names::Fields,
            },
            _ => Names::Fields,
        }
    }

    /// The field that a key sets; the key itself if it sets none.
    fn field(self, key: &str, folding: Folding) -> String {
        let lower = key.to_lowercase();
        let field = match self {
            Self::Chosen => None,
            Self::Fields => Some(lower.as_str()),
            Self::Options => OPTIONS.into_iter().find(|option| option.to_lowercase() == lower),
        };
        match field.filter(|field| folding.rank(field, key).is_some()) {
            Some(field) => field.to_owned(),
            None => key.to_owned(),
        }
    }
}

impl Folding {
    /// The folding of a release; for an unknown release, that of the newest ones.
    pub(crate) fn of(release: Option<Release>) -> Self {
        if release.is_some_and(|release| release < Release::new(2, 0, 0)) {
            Self::FourSpellings
        } else {
            Self::AnyCase
        }
    }

    /// The rank of a key among the keys for a field; the highest counts. `None` if the key does not set the field.
    fn rank(self, field: &str, key: &str) -> Option<usize> {
        match self {
            Self::AnyCase => (field.to_lowercase() == key.to_lowercase()).then_some(0),
            Self::FourSpellings => {
                let tried = spellings(field);
                tried.iter().position(|spelling| spelling == key).map(|position| tried.len() - position)
            }
        }
    }

    /// The key that sets a field, of `keys` in the order of decoding.
    pub(crate) fn pick<'a>(self, field: &str, keys: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        let ranked = keys.filter_map(|key| Some((self.rank(field, key)?, key)));
        ranked.max_by_key(|(rank, _)| *rank).map(|(_, key)| key)
    }

    /// Renames a file's keys to containerd's field names, except in plugins, which are decoded later.
    pub(crate) fn file(self, tree: &mut Tree) {
        self.table(tree, &mut Path::new());
    }

    /// Renames the keys in plugins to containerd's field names.
    pub(crate) fn plugins(self, tree: &mut Tree) {
        let Some(plugins) = tree.table_mut().and_then(|table| table.get_mut("plugins")) else { return };
        for (name, plugin) in plugins.table_mut().into_iter().flatten() {
            self.table(plugin, &mut vec!["plugins".to_owned(), name.clone()]);
        }
    }

    fn table(self, tree: &mut Tree, path: &mut Path) {
        let table = match tree {
            Tree::Table(_) if path == &["plugins"] => return,
            Tree::Table(table) => table,
            Tree::List(list) => return list.iter_mut().for_each(|tree| self.table(tree, path)),
            Tree::Leaf(..) => return,
        };
        let names = Names::of(path);
        let mut entries: Vec<(String, Tree)> = std::mem::take(table).into_iter().collect();
        if path.is_empty() {
            // A file is decoded from its first line to its last.
            entries.sort_by_key(|(_, tree)| tree.origins().iter().map(|origin| origin.offset).min());
        }
        let of_own_runc = path == &["plugins", RUNTIME, "containerd", "runtimes", "runc", "options"];
        let mut best = BTreeMap::new();
        for (key, mut tree) in entries {
            let field = names.field(&key, self);
            if of_own_runc && SET_BY_DEFAULT.contains(&field.as_str()) && key < field {
                continue;
            }
            path.push(field.clone());
            self.table(&mut tree, path);
            path.pop();
            let rank = self.rank(&field, &key);
            match table.entry(field.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(tree);
                }
                Entry::Occupied(mut entry) => match self {
                    Self::AnyCase => overlay(entry.get_mut(), tree),
                    Self::FourSpellings if best.get(&field) < Some(&rank) => *entry.get_mut() = tree,
                    Self::FourSpellings => continue,
                },
            }
            best.insert(field, rank);
        }
    }

    /// The path with the file's own spelling of each key that it has. If it has several spellings, with the one that
    /// counts.
    pub(crate) fn spelled(self, file: &Tree, path: &[String]) -> Path {
        let mut spelled = Path::new();
        let mut tree = Some(file);
        for (depth, field) in path.iter().enumerate() {
            let names = Names::of(&path[..depth]);
            let known =
                || tree.and_then(Tree::table).into_iter().flat_map(BTreeMap::keys).map(String::as_str);
            let key = match names {
                Names::Chosen => None,
                Names::Fields | Names::Options => {
                    // A spelling that this release ignores is still this key to a person, and to a later release.
                    self.pick(field, known()).or_else(|| Self::AnyCase.pick(field, known()))
                }
            };
            let key = key.unwrap_or(field).to_owned();
            tree = tree.and_then(|tree| tree.table()?.get(&key));
            spelled.push(key);
        }
        spelled
    }

    /// The path with containerd's spelling. An unknown key stays as it is.
    pub(crate) fn canonical(self, path: &[String]) -> Path {
        path.iter().fold(Path::new(), |mut canonical, key| {
            canonical.push(Names::of(&canonical).field(key, self));
            canonical
        })
    }
}

/// The spellings that go-toml 1.9 tries, in its order.
fn spellings(field: &str) -> [String; 4] {
    let small = field
        .chars()
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_lowercase(), &field[first.len_utf8()..]));
    [field.to_owned(), field.to_lowercase(), field.to_uppercase(), small]
}

/// Decodes a second value into a field that already has one.
fn overlay(into: &mut Tree, from: Tree) {
    match (into, from) {
        (Tree::Table(into), Tree::Table(from)) => {
            for (key, tree) in from {
                match into.entry(key) {
                    Entry::Occupied(mut entry) => overlay(entry.get_mut(), tree),
                    Entry::Vacant(entry) => {
                        entry.insert(tree);
                    }
                }
            }
        }
        (into, from) => *into = from,
    }
}

#[cfg(test)]
mod tests;
