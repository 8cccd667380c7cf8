//! The same network with its JSON spelled differently: the node has the same findings.

use std::fs;

use cni_bootstrap::cni::{Conflist, Libcni};

use crate::check::tree::{NET_D, SOCKET, Tree};
use crate::check::{conf, kinds, plugins};

/// The same network for Go, but not for many other readers: a lone surrogate is U+FFFD, fields of structs match in
/// any case, of a repeated key the last counts, and 10,000 levels are allowed.
fn spelled(text: &str) -> String {
    let deep = format!(r#"{{"deep":{}{},"half":"\ud800","#, "[".repeat(200), "]".repeat(200));
    let plugin = r#"{"x":1,"half":"\ud800","x":2,"T\u0079pe""#;
    text.replacen('{', &deep, 1)
        .replace(r#"{"type""#, plugin)
        .replace(r#""type""#, r#""TYPE""#)
        .replace(r#""ipam""#, r#""Ipam""#)
}

/// Respells each network of the node. Returns false if there is none. A running runtime has loaded the old bytes.
fn respell(tree: &Tree) -> bool {
    if tree.path(SOCKET).exists() {
        return false;
    }
    let Ok(dir) = fs::read_dir(tree.path(NET_D)) else { return false };
    let mut any = false;
    for entry in dir.map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_file()) {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        // A file that does not load is not a network; its damage is tested elsewhere.
        let Ok(before) = Conflist::read(&name, text.as_bytes(), Libcni::Any) else { continue };
        let spelled = spelled(&text);
        let after = Conflist::read(&name, spelled.as_bytes(), Libcni::Any).unwrap();
        assert_eq!((after.network(), after.types()), (before.network(), before.types()), "{spelled}");
        any |= spelled != text;
        // Mode and owner stay.
        fs::write(entry.path(), spelled).unwrap();
    }
    any
}

fn codes(tree: &Tree) -> Vec<&'static str> {
    tree.findings().iter().map(|located| located.finding.code).collect()
}

#[test]
fn a_finding_does_not_depend_on_how_the_network_is_spelled() {
    let mut count = 0;
    let damaged = conf::DAMAGED.iter().chain(plugins::DAMAGED).map(|(codes, make)| (*codes, *make));
    for (expected, make) in damaged.chain(kinds::ALL.iter().map(|(_, make)| (&[][..], *make))) {
        let tree = make();
        if respell(&tree) {
            count += 1;
            assert_eq!(codes(&tree), expected, "node {count}: {:#?}", tree.findings());
        }
    }
    assert!(count > 40, "only {count} nodes have a network to spell");
}
