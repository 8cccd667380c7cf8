//! One judgement: an error that `plan` tells is one of `check`'s. Its sentence comes from a function that both call, so
//! it is not worded or decided a second time.

use std::collections::BTreeSet;

use crate::graph::test_files;
use crate::scan::sources;

/// The files of `plan` that tell an error of the node, with the functions that give its sentences.
const SHARED: &[(&str, &[&str])] = &[
    ("plan/chain/needs.rs", &["missing_in(", "fault.sentence("]),
    ("plan/chain/network.rs", &["name_fault(", "added("]),
];

#[test]
fn an_error_that_plan_tells_has_the_sentence_of_check() {
    let sources = sources();
    let tests = test_files(&sources);
    let code = |folder: &str| {
        let of = sources.iter().filter(|source| source.name.starts_with(folder));
        of.filter(|source| !tests.iter().any(|test| source.name.starts_with(test))).collect::<Vec<_>>()
    };
    let tells: BTreeSet<&str> = code("plan/")
        .into_iter()
        .filter(|source| source.text.contains("severity: Severity::Error"))
        .map(|source| source.name.as_str())
        .collect();
    let known: BTreeSet<&str> = SHARED.iter().map(|(file, _)| *file).collect();
    assert_eq!(
        tells, known,
        "an error of the node is found by a rule of diagnose; list the function that both call"
    );
    let diagnose = code("diagnose/");
    for (file, calls) in SHARED {
        let text = &sources.iter().find(|source| source.name == *file).unwrap().text;
        for call in *calls {
            assert!(text.contains(call), "{file} does not call {call}");
            assert!(
                diagnose.iter().any(|source| source.text.contains(call)),
                "diagnose does not call {call}"
            );
        }
    }
}
