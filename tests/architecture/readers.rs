//! A format has one reader: two of them come to two readings of one file, and what one lets pass the other stumbles over.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{named_in, test_files};
use crate::scan::sources;

/// Each format that a crate parses for this program, and the file that reads it.
const READERS: &[(&str, &str)] = &[
    ("the syntax of a CNI configuration", "cni/json/syntax.rs"),
    ("a plugin's answer to VERSION", "cni/version.rs"),
    ("a config file of containerd", "containerd/source.rs"),
    ("the CRI config that containerd says it runs, every key of it", "containerd/compare.rs"),
    ("the CRI config that containerd says it runs, the values that are asked for", "containerd/live/read.rs"),
    ("a runtime's base spec", "containerd/judge/base_spec.rs"),
    ("the claims of a token", "diagnose/tokens.rs"),
    ("JSON in an annotation", "manifest/go_json.rs"),
    ("the record", "node/record.rs"),
    ("the restart attempt", "node/attempt.rs"),
    ("the durable mark", "node/unverified.rs"),
    ("the notes in /run that a run can do without", "node/run_note.rs"),
];

/// What the crates that parse are called by.
const PARSES: &[&[&str]] = &[
    &["serde_json", "from_slice"],
    &["serde_json", "from_str"],
    &["serde_json", "from_reader"],
    &["serde_json", "Deserializer"],
    &["serde_json", "StreamDeserializer"],
    &["toml_edit", "Document", "parse"],
    &["toml_edit", "DocumentMut"],
    &["toml_edit", "de"],
];

/// Whether the code calls a crate that parses.
fn parses(text: &str) -> bool {
    let is_call = |path: &Vec<String>| {
        PARSES.iter().any(|call| path.len() >= call.len() && path.iter().zip(*call).all(|(a, b)| a == b))
    };
    named_in(text).iter().any(is_call)
}

#[test]
fn a_format_has_one_reader() {
    let sources = sources();
    let tests = test_files(&sources);
    let found: BTreeSet<String> = sources
        .iter()
        .filter(|source| !tests.iter().any(|test| source.name.starts_with(test)))
        .filter(|source| parses(&source.text))
        .map(|source| source.name.clone())
        .collect();
    let known: BTreeSet<String> = READERS.iter().map(|(_, file)| (*file).to_owned()).collect();
    let second: Vec<_> = found.difference(&known).collect();
    assert!(
        second.is_empty(),
        "these files read a format themselves; ask its reader, or list a new format: {second:?}"
    );
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "these files read nothing; take them off READERS: {gone:?}");
    let formats: BTreeMap<&str, &str> = READERS.iter().copied().collect();
    assert_eq!(formats.len(), READERS.len(), "a format is listed with two readers");
}

#[test]
fn a_reader_is_known_by_what_it_calls() {
    for (text, reads) in [
        ("fn f() { serde_json::from_slice::<X>(bytes) }", true),
        ("use serde_json::{Value, from_str}; fn f() { from_str(text) }", true),
        ("let mut values = serde_json::Deserializer::from_slice(bytes);", true),
        ("use toml_edit::{Document, Item}; fn f() { Document::parse(text) }", true),
        ("use toml_edit::DocumentMut; fn f() { text.parse::<DocumentMut>() }", true),
        ("use super::json::Document; fn f() { Document::parse(text) }", false),
        ("fn f(v: serde_json::Value) { HostPath::from_str(text) }", false),
        ("// serde_json::from_str\nlet a = \"serde_json::from_str\";", false),
        ("#[cfg(test)] mod tests { fn f() { serde_json::from_str(text) } }", false),
    ] {
        assert_eq!(parses(text), reads, "{text}");
    }
}
