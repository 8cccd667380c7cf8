//! `lint` answers for any bytes, and every finding has a documented code and a place.
#![no_main]

use cni_bootstrap::manifest::{CODES, Input, lint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for located in lint(&[Input { name: "-".to_owned(), bytes: bytes.to_vec() }], &|_| {}).findings {
        assert!(CODES.iter().any(|code| code.name == located.finding.code));
        assert!(located.line >= 1 && located.column >= 1 && located.document >= 1);
        assert!(!located.finding.remedy.is_empty());
    }
});
