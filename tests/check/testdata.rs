//! The nodes of `testdata/nodes`: each a directory, with what `check` must say of it.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, Table};

use crate::check::tree::Tree;

pub(crate) fn nodes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/nodes")
}

/// The expectations of a node.
pub(crate) struct Case {
    pub(crate) name: String,
    toml: Document<String>,
}

const KEYS: [&str; 11] = [
    "about",
    "base",
    "remove",
    "edit",
    "programs",
    "directories",
    "modes",
    "links",
    "findings",
    "unseen",
    "mended",
];

impl Case {
    fn read(name: &str) -> Self {
        let text = fs::read_to_string(nodes().join(name).join("node.toml"))
            .unwrap_or_else(|error| panic!("{name}/node.toml: {error}"));
        let toml = Document::parse(text).unwrap_or_else(|error| panic!("{name}/node.toml: {error}"));
        for (key, _) in toml.as_table() {
            assert!(KEYS.contains(&key), "{name}/node.toml has the key {key}, which means nothing");
        }
        Self { name: name.to_owned(), toml }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.toml.get(key)?.as_str()
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        let list = self.toml.get(key).and_then(Item::as_array);
        list.into_iter().flatten().map(|value| value.as_str().unwrap()).collect()
    }

    fn pairs(&self, key: &str) -> Vec<(&str, &str)> {
        let table = self.toml.get(key).and_then(Item::as_table);
        table.into_iter().flat_map(Table::iter).map(|(key, value)| (key, value.as_str().unwrap())).collect()
    }

    /// The node as a directory tree.
    pub(crate) fn tree(&self) -> Tree {
        let tree = self.text("base").map_or_else(Tree::bare, |base| Case::read(base).tree());
        for path in self.texts("remove") {
            tree.remove(path);
        }
        let edits = self.toml.get("edit").and_then(Item::as_array_of_tables);
        for edit in edits.into_iter().flatten() {
            let text = |key: &str| edit.get(key).and_then(Item::as_str).unwrap();
            tree.edit(text("file"), text("from"), text("to"));
        }
        copy(&tree, &nodes().join(&self.name).join("host"), "");
        for path in self.texts("programs") {
            tree.program(path);
        }
        for path in self.texts("directories") {
            tree.mkdir(path);
        }
        for (path, mode) in self.pairs("modes") {
            tree.mode(path, u32::from_str_radix(mode, 8).unwrap());
        }
        for (path, target) in self.pairs("links") {
            tree.link(target, path);
        }
        tree
    }
}

fn copy(tree: &Tree, from: &Path, at: &str) {
    for entry in fs::read_dir(from).into_iter().flatten().map(Result::unwrap) {
        let path = format!("{at}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            copy(tree, &entry.path(), &path);
        } else {
            tree.file(&path, fs::read(entry.path()).unwrap());
        }
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let dirs = fs::read_dir(nodes()).unwrap().map(Result::unwrap);
    let dirs = dirs.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<String> = dirs.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names.iter().map(|name| Case::read(name)).collect()
}

fn codes(tree: &Tree) -> Vec<&'static str> {
    tree.findings_of_copy().iter().map(|located| located.finding.code).collect()
}

#[test]
fn each_node_of_the_test_data_yields_what_stands_beside_it() {
    let (mut wrong, mut mended) = (Vec::new(), 0);
    for case in cases() {
        let tree = case.tree();
        let found = tree.findings_of_copy();
        let about = case.text("about").unwrap();
        if codes(&tree) != case.texts("findings") {
            wrong.push(format!("{} ({about}): {found:#?}", case.name));
            continue;
        }
        if let Some(words) = case.text("unseen") {
            let unseen = tree.view(|view| view.unseen().join("\n"));
            if !unseen.contains(words) {
                wrong.push(format!("{} ({about}): {words:?} is not among the unseen:\n{unseen}", case.name));
            }
        }
        if case.toml.get("mended").and_then(Item::as_bool) == Some(true) {
            mended += 1;
            let remedy = &found[0].finding.remedy;
            let ran = tree.paste(remedy);
            let left = codes(&tree);
            if !ran.status.success() || !left.is_empty() {
                wrong.push(format!("{} ({about}): {left:?} is left after {remedy}\n{ran:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(mended >= 15, "only {mended} remedies were run");
}

/// A remedy of a copy never names a path of this machine, nor restarts it.
#[test]
fn a_remedy_of_a_copy_stays_in_the_copy() {
    for case in cases() {
        let tree = case.tree();
        for located in tree.findings_of_copy() {
            tree.assert_stays(&located.finding.remedy);
        }
    }
}
