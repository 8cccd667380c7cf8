//! The runtime is one seam: its name is compared where its answer is read, and nowhere else.

use std::collections::BTreeSet;

use crate::scan::{sources, words};

/// The files that know a runtime by its name in CRI: the data, the type, its reader, and the messages of the protocol.
const SEAM: &[&str] = &[
    "distro/runtime.rs",
    "node/runtime.rs",
    "node/status.rs",
    "containerd/live/read.rs",
    "host/cri/messages.rs",
    "host/cri/mod.rs",
];

/// The words by which a name in CRI is at hand.
const NAMES: &[&str] = &["runtime_name", "of_cri", "in_cri"];

#[test]
fn no_file_outside_of_the_seam_compares_the_name_of_a_runtime() {
    let is_test = |name: &str| name.ends_with("/tests.rs") || name.contains("/tests/");
    let named: BTreeSet<String> = sources()
        .into_iter()
        .filter(|source| !is_test(&source.name))
        .filter(|source| {
            let inline = source.text.find("#[cfg(test)]\nmod tests {").unwrap_or(source.text.len());
            words(&source.text[..inline]).iter().any(|word| NAMES.contains(&word.as_str()))
        })
        .map(|source| source.name)
        .collect();
    let seam: BTreeSet<String> = SEAM.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(named, seam, "ask `node::Runtime` which runtime it is");
}
