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
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "STYLE.md",
        "docs/exit-codes.md",
    ] {
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

/// Files below a directory, by their path from the root of the repository.
fn below(directory: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)).unwrap().flatten() {
        let name = format!("{directory}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            found.extend(below(&name, extension));
        } else if name.ends_with(extension) {
            found.push(name);
        }
    }
    found
}

/// Who compares two documents, or the help, must not wonder which of two lists of kinds is the right one. A command for
/// fewer kinds (the webhooks, one pod) is another command.
#[test]
fn the_command_for_a_whole_cluster_is_the_same_everywhere() {
    const COMMAND: &str = "kubectl get -A -o yaml namespaces,pods,deployments,daemonsets,statefulsets,cronjobs,\
        services,poddisruptionbudgets,mutatingwebhookconfigurations,validatingwebhookconfigurations | cni-bootstrap lint -";
    let mut files = below("docs", ".md");
    files.extend(below("examples", ".md"));
    files.extend(below("examples", ".yaml"));
    files.extend(below("src", ".rs"));
    files.extend(below("deploy", ".md"));
    files.push("README.md".to_owned());
    let (mut wrong, mut shown) = (Vec::new(), BTreeSet::new());
    for file in files {
        let lines: Vec<String> =
            read(&file).lines().map(|line| line.trim_start_matches(['#', ' ']).to_owned() + "\n").collect();
        let text = lines.concat().replace("\\\n", "");
        for line in text.lines().filter(|line| line.contains("kubectl get ")) {
            let words: Vec<&str> = line.split([' ', ',', '"', '`']).collect();
            if !["-A", "pods", "lint"].iter().all(|word| words.contains(word)) {
                continue;
            }
            shown.insert(file.clone());
            if line.trim_end_matches(['"', ';']) != COMMAND {
                wrong.push(format!("{file}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "not `{COMMAND}`: {wrong:#?}");
    for file in ["README.md", "docs/troubleshooting.md", "src/cli/examples.rs"] {
        assert!(shown.contains(file), "it is shown in {shown:?}");
    }
}

/// A tag of somebody else's repository can be moved; a commit cannot.
#[test]
fn every_action_of_a_workflow_is_a_commit() {
    let mut count = 0;
    for file in below(".github/workflows", ".yml") {
        for line in
            read(&file).lines().filter(|line| line.trim_start_matches([' ', '-']).starts_with("uses:"))
        {
            let (_, commit) = line.split_once('@').unwrap();
            let (commit, release) = commit.split_once(" # v").expect("the release, as a comment");
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{file}: {line}");
            assert!(!release.is_empty(), "{file}: {line}");
            count += 1;
        }
    }
    assert!(count >= 8, "only {count} actions");
}

#[test]
fn each_example_has_a_readme_and_its_night() {
    let nights = read("examples/README.md");
    let mut count = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).unwrap().flatten()
    {
        if entry.path().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(entry.path().join("README.md").exists(), "examples/{name} has no README.md");
            assert!(nights.contains(&format!("]({name}/README.md)")), "examples/README.md lacks {name}");
            count += 1;
        }
    }
    assert_eq!(nights.matches("\n## ").count(), count);
}

/// The value of the first line `KEY = "VALUE"`.
fn value(path: &str, key: &str) -> String {
    let text = read(path);
    let value =
        text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'));
    value.unwrap_or_else(|| panic!("{path} has no {key}")).to_owned()
}

/// One release of Rust is the oldest that compiles this, and one runs the tests and builds the image.
#[test]
fn the_releases_of_rust_are_told_where_a_person_looks() {
    let minimum = value("Cargo.toml", "rust-version");
    let tested = value("rust-toolchain.toml", "channel");
    assert!(read("README.md").contains(&format!("Rust {minimum} or later")));
    let requirements = read("docs/requirements.md");
    let row = requirements.lines().find(|line| line.starts_with("| Rust, to build |")).unwrap();
    let (tested_minor, _) = tested.rsplit_once('.').unwrap();
    assert!(row.starts_with(&format!("| Rust, to build | {minimum} |")), "{row}");
    assert!(row.ends_with(&format!("| {minimum} compiles, {tested_minor} runs the tests |")), "{row}");
    let builder = "ARG BUILDER=docker.io/library/rust:";
    let dockerfile = read("Dockerfile");
    let image = dockerfile.lines().find_map(|line| line.strip_prefix(builder)).unwrap();
    assert!(
        image.starts_with(&format!("{tested}-")),
        "the image is built with rust:{image}, tested is {tested}"
    );
}

/// What a job installs today it must install next year too.
#[test]
fn every_crate_that_a_job_or_a_script_installs_has_its_version() {
    let mut count = 0;
    let mut files = below(".github/workflows", ".yml");
    files.push("scripts/deny".to_owned());
    for file in files {
        for line in read(&file).lines() {
            let Some((_, words)) = line.split_once("cargo install ") else { continue };
            let krate = words.split_whitespace().find(|word| !word.starts_with('-')).unwrap_or_default();
            let (_, version) = krate.split_once('@').unwrap_or_else(|| panic!("{file}: {line}"));
            assert_eq!(
                version.split('.').filter(|part| part.parse::<u32>().is_ok()).count(),
                3,
                "{file}: {line}"
            );
            count += 1;
        }
    }
    assert!(count >= 4, "only {count} crates");
}

/// `helm upgrade --reuse-values` keeps the defaults of the old chart, its image among them.
#[test]
fn no_upgrade_by_helm_keeps_the_old_image() {
    let text = read("docs/upgrade-and-uninstall.md").replace("\\\n", " ");
    let (upgrade, uninstall) = text.split_once("\n## Uninstall\n").unwrap();
    let commands = |part: &str| -> Vec<String> {
        part.lines().filter(|line| line.starts_with("helm upgrade ")).map(str::to_owned).collect()
    };
    let upgrades = commands(upgrade);
    assert!(!upgrades.is_empty());
    assert!(upgrades.iter().all(|line| line.contains(" --reset-then-reuse-values")), "{upgrades:?}");
    // The chart of the release stays, and so must its image.
    let uninstalls = commands(uninstall);
    assert!(!uninstalls.is_empty());
    assert!(uninstalls.iter().all(|line| line.contains(" --reuse-values ")), "{uninstalls:?}");
}

#[test]
fn each_metric_is_documented() {
    let mut health = cni_bootstrap::health::Health::default();
    (health.pods_without_chain, health.proven_at) = (Some(0), Some(0));
    let text = cni_bootstrap::health::metrics(&health, cni_bootstrap::node::Moment::default());
    let watch = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/watch.md")).unwrap();
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(names.len() >= 8, "{text}");
    for name in names {
        assert!(watch.contains(&format!("`{name}")), "docs/watch.md does not have {name}");
    }
}

/// Cargo finds no test by itself here (`autotests = false`), and a module that nobody names is not compiled: its tests
/// would be silent.
#[test]
fn every_file_of_tests_is_in_a_binary() {
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("\nautotests = false\n"));
    let files = below("tests", ".rs");
    assert!(files.len() > 100, "only {} files", files.len());
    let texts: Vec<String> = files.iter().map(|file| read(file)).collect();
    for file in &files {
        let path = Path::new(file);
        let is_root = manifest.contains(&format!("path = \"{file}\""));
        let stem = if path.ends_with("mod.rs") { path.parent().unwrap() } else { path };
        let module = format!("mod {};\n", stem.file_stem().unwrap().to_str().unwrap());
        let name = format!("/{}\"", path.file_name().unwrap().to_str().unwrap());
        // A program that a test compiles is named by its path.
        let is_used = || texts.iter().any(|text| text.contains(&module) || text.contains(&name));
        assert!(is_root || is_used(), "{file} is in no binary: name it in tests/main.rs or in Cargo.toml");
        assert!(
            !path.ends_with("main.rs") || is_root,
            "{file} is the root of a binary that Cargo.toml does not name"
        );
    }
}
