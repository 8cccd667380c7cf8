//! What the documents say of the program is what the program says.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use cni_bootstrap::report::Exit;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_table_of_exit_codes_has_a_row_for_each_and_no_other() {
    let table = read("docs/exit-codes.md");
    let rows: BTreeSet<u8> =
        table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    assert_eq!(rows, Exit::ALL.iter().map(|exit| exit.code()).collect());
}

#[test]
fn every_link_of_the_documents_leads_to_a_file() {
    for document in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/exit-codes.md"] {
        for link in read(document).split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if link.is_empty() || link.contains("://") {
                continue;
            }
            let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
            let target = beside.parent().unwrap().join(link);
            assert!(target.exists(), "{document} links to {link}, which is not there");
        }
    }
}

#[test]
fn the_words_for_failures_are_documented_with_their_codes() {
    let text = read("docs/exit-codes.md");
    for (exit, word) in Exit::ALL.into_iter().filter_map(|exit| Some((exit, exit.failure()?))) {
        let said = format!("`{word}` ({})", exit.code());
        assert!(text.contains(&said), "docs/exit-codes.md lacks {said}");
    }
}

/// A reader looks up a code at three in the morning: the first word of its paragraph says how bad it is.
#[test]
fn every_finding_begins_with_its_severity() {
    for document in ["docs/findings.md", "docs/restart.md"] {
        let text = read(document);
        let mut lines = text.lines();
        let mut count = 0;
        while let Some(heading) = lines.find(|line| line.starts_with("### `")) {
            let first = lines.next().unwrap();
            let severity = first.strip_prefix("**").unwrap_or_default();
            let known = ["Error", "Warning", "Info"].iter().any(|word| severity.starts_with(word));
            assert!(known, "{document}: {heading} begins with {first:?}");
            count += 1;
        }
        assert!(count >= 4, "only {count} findings in {document}");
    }
}
