//! Any file in the conf dir is read, or refused with a place. A chain that is composed from it loads, keeps the
//! network, has the program's plugin once, and composing it again returns the same bytes.
#![no_main]

use cni_bootstrap::cni::{Conflist, Layer, Libcni, Position, compose};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 3] = ["10-x.conflist", "10-x.conf", "10-x.json"];

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let name = NAMES[usize::from(choice) % NAMES.len()];
    let base = match Conflist::read(name, bytes, Libcni::Any) {
        Ok(base) => base,
        Err(violation) => return assert!(!violation.to_string().is_empty()),
    };
    assert_eq!(base.bytes(), bytes);
    let position = match choice / 3 % 4 {
        0 => Position::First,
        1 => Position::Last,
        2 => Position::Before(base.types().first().copied().unwrap_or_default().to_owned()),
        _ => Position::After(base.types().last().copied().unwrap_or_default().to_owned()),
    };
    let plugin = r#"{"type": "antrea", "ipam": {"type": "host-local"}}"#.parse().expect("a plugin");
    let layer = Layer { owner: "antrea".to_owned(), plugins: vec![plugin], position };
    let Ok(composed) = compose(&base, std::slice::from_ref(&layer)) else { return };
    let chain = Conflist::read("05-antrea.conflist", &composed.bytes, Libcni::Any).expect("a chain loads");
    assert_eq!(chain.types(), composed.types);
    assert_eq!(chain.network(), base.network());
    assert_eq!(chain.cni_version(), base.cni_version());
    assert_eq!(chain.types().iter().filter(|name| **name == "antrea").count(), 1);
    // An anchor that is the added plugin is not the primary's.
    if let Ok(again) = compose(&chain, &[layer]) {
        assert_eq!(again.bytes, composed.bytes);
    }
});
