//! The documents agree with the program's own output.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use cni_bootstrap::report::Exit;
use cni_bootstrap::report::codes::{Code, FailureCode, check, install, lint};

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

/// The index by message is the program's table of messages, in its order.
#[test]
fn the_index_by_message_is_the_program_s() {
    const HEADING: &str = "\n## By message\n";
    let text = read("docs/findings.md");
    let (before, index) = text.split_once(HEADING).unwrap();
    let rows: Vec<String> = cni_bootstrap::messages::all().map(index_row).collect();
    let told: Vec<&str> = index.lines().filter(|line| line.starts_with("| `")).collect();
    if told != rows && std::env::var_os("CNI_BOOTSTRAP_UPDATE_MESSAGES").is_some() {
        let head =
            index.split_inclusive('\n').take_while(|line| !line.starts_with("| `")).collect::<String>();
        let updated = format!("{before}{HEADING}{head}{}\n", rows.join("\n"));
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md"), updated).unwrap();
        return;
    }
    assert!(told == rows, "docs/findings.md: CNI_BOOTSTRAP_UPDATE_MESSAGES=1 cargo test --test docs index");
}

fn index_row(message: &cni_bootstrap::messages::Message) -> String {
    let link = |code: &&Code| format!("[`{0}`](#{0})", code.name);
    let codes: Vec<String> = message.codes.iter().map(link).collect();
    let text = if message.text.contains('`') {
        format!("`` {} ``", message.text)
    } else {
        format!("`{}`", message.text)
    };
    format!("| {text} | {} | {} | {} |", message.source, message.meaning, codes.join(", "))
}

/// The codes of findings in all tables.
fn findings() -> impl Iterator<Item = &'static Code> {
    [check::CODES, install::CODES, lint::CODES].into_iter().flatten()
}

/// Each code of a finding has its paragraph, and each paragraph a code.
#[test]
fn the_paragraphs_of_findings_are_the_codes_of_the_program() {
    let text = read("docs/findings.md");
    let heading = |line: &'static str| line.strip_prefix("### `")?.strip_suffix('`');
    let told: Vec<&str> = text.leak().lines().filter_map(heading).collect();
    assert_eq!(told.len(), told.iter().collect::<BTreeSet<_>>().len(), "a code has two paragraphs: {told:?}");
    let codes: BTreeSet<&str> = findings().map(|code| code.name).collect();
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), codes);
}

/// A code means one thing. Where a failure and a finding share one, both tell of the same condition of the node; a
/// manifest has no condition that `install` could fail on.
#[test]
fn a_code_has_one_meaning() {
    let failures: BTreeSet<&str> = FailureCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(failures.len(), FailureCode::ALL.len(), "the code of a failure is there twice");
    let found: BTreeSet<&str> = findings().map(|code| code.name).collect();
    assert_eq!(found.len(), findings().count(), "the code of a finding is there twice");
    assert!(!lint::CODES.iter().any(|code| failures.contains(code.name)));
    let is_kebab = |name: &str| {
        name.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
    };
    assert!(failures.iter().chain(&found).all(|name| is_kebab(name)));
}
