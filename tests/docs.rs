//! The documents agree with the program's own output.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use cni_bootstrap::report::{Exit, FailureCode};
use cni_bootstrap::{diagnose, manifest};

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

/// The rows of the codes of failures are those of the program, in its order, and link to the finding of the same name.
#[test]
fn the_table_of_failures_is_the_program_s() {
    let text = read("docs/exit-codes.md");
    let (_, table) = text.split_once("\n## Codes of failures\n").unwrap();
    let told: Vec<&str> =
        table.lines().filter(|line| line.starts_with("| `") || line.starts_with("| [`")).collect();
    let findings = read("docs/findings.md");
    let rows: Vec<String> = FailureCode::ALL.iter().map(|code| row(*code, &findings)).collect();
    assert!(told == rows, "docs/exit-codes.md should have:\n{}", rows.join("\n"));
}

fn row(code: FailureCode, findings: &str) -> String {
    let name = code.name();
    let is_finding = findings.lines().any(|line| line == format!("### `{name}`"));
    let name = if is_finding { format!("[`{name}`](findings.md#{name})") } else { format!("`{name}`") };
    format!("| {name} | {} | {} |", code.exit().code(), code.meaning())
}

/// A code means one thing. Where a failure and a finding of `check` share one, both tell of the same condition; a
/// manifest has no condition that `install` could fail on.
#[test]
fn a_code_has_one_meaning() {
    let failures: BTreeSet<&str> = FailureCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(failures.len(), FailureCode::ALL.len(), "a failure's code is there twice");
    let manifests: BTreeSet<&str> = manifest::CODES.iter().map(|code| code.name).collect();
    assert_eq!(manifests.len(), manifest::CODES.len(), "a code of lint is there twice");
    assert_eq!(manifests.intersection(&failures).collect::<Vec<_>>(), [&""; 0]);
    assert!(!diagnose::CODES.iter().any(|code| manifests.contains(code.name)));
    let is_kebab = |name: &str| {
        name.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
    };
    assert!(failures.iter().all(|name| is_kebab(name)), "{failures:?}");
}

/// A reader searches for a code at three in the morning: the first word of its paragraph is the severity.
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
