//! Rules of the architecture that no other tool checks: imports between modules, owners of crates, the length of
//! files, documented output, and existing names.
// The lints are for the program. A test may read files and panic.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod distros;
mod graph;
mod judgement;
mod names;
mod readers;
mod runtimes;
mod scan;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cni_bootstrap::report::FailureCode;
use scan::{Named, Source, paths, sources, words};

/// Where the tests of a file begin.
const TESTS: &str = "#[cfg(test)]\nmod tests {";

/// The layers. Imports point downwards; within a layer only as the table of modules allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    /// Pure functions.
    Core,
    /// Touches the node, decides nothing.
    Effects,
    /// Prints, waits, reads the clock.
    Shell,
}
use Layer::{Core, Effects, Shell};

/// The plan of modules: each module, its layer, and the modules that it uses. All of those come later in the table, so
/// there is no circle between modules.
const MODULES: &[(&str, Layer, &[&str])] = &[
    ("main", Shell, &["cli", "verbs", "host", "report"]),
    ("lib", Shell, &[]),
    (
        "verbs",
        Shell,
        &[
            "cli",
            "reconcile",
            "host",
            "observe",
            "diagnose",
            "plan",
            "verify",
            "cni",
            "containerd",
            "manifest",
            "node",
            "report",
            "distro",
        ],
    ),
    ("cli", Shell, &["reconcile", "plan", "cni", "node", "report", "distro"]),
    (
        "reconcile",
        Shell,
        &["observe", "apply", "host", "health", "judgement", "plan", "node", "report", "distro"],
    ),
    // The settings decide what is observed; changes are not the concern of `observe` (see below).
    ("observe", Effects, &["program", "host", "plan", "cni", "containerd", "node", "distro"]),
    ("apply", Effects, &["host", "plan", "cni", "node"]),
    ("host", Effects, &["node", "containerd"]),
    ("health", Core, &["plan", "node", "report"]),
    ("judgement", Core, &["cni", "diagnose", "plan", "node", "report"]),
    (
        "diagnose",
        Core,
        &[
            "program",
            "plan",
            "messages",
            "verify",
            "cni",
            "containerd",
            "manifest",
            "node",
            "report",
            "distro",
        ],
    ),
    (
        "plan",
        Core,
        &["program", "messages", "verify", "cni", "containerd", "manifest", "node", "report", "distro"],
    ),
    ("messages", Core, &["report"]),
    ("verify", Core, &["cni", "node"]),
    ("containerd", Core, &["glob", "node", "report", "distro"]),
    ("manifest", Core, &["cni", "report"]),
    ("program", Core, &["node", "report", "distro"]),
    ("report", Core, &["node"]),
    ("node", Core, &["distro"]),
    ("cni", Core, &["glob", "distro"]),
    ("distro", Core, &[]),
    ("glob", Core, &[]),
];

/// The parts of `plan` that `observe` may use: the settings, and the scope that follows from them.
const SEEN_BY_OBSERVE: &[&str] = &[
    "Settings",
    "PluginInput",
    "BinaryInput",
    "RuntimeKind",
    "Dirs",
    "config_requests",
    "bin_names",
    "network_dirs",
    "files_asked_for",
    "asks_of_the_kubelet",
    "kubelet_requests",
    "started_with",
];

/// The files that may use a crate; a directory stands for all files below it. All files may use crates that extend
/// the language.
const OWNERS: &[(&str, &[&str])] = &[
    ("backoff", &["reconcile/backoff.rs"]),
    ("base64", &["node/before.rs", "diagnose/tokens.rs", "cni/attachment.rs", "manifest/yaml/scalar.rs"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/completions.rs"]),
    // A test makes the manual pages, not the program.
    ("clap_mangen", &[]),
    ("h2", &["host/cri/"]),
    ("humantime", &["cli/", "reconcile/"]),
    ("hyper", &["host/http.rs"]),
    ("hyper_util", &["host/cri/", "host/http.rs"]),
    ("notify", &["host/events.rs"]),
    ("prometheus_client", &["health/metrics.rs"]),
    ("prost", &["host/cri/"]),
    ("rustix", &["host/"]),
    ("serde_json", JSON_READERS),
    ("sha2", &["node/", "host/"]),
    ("similar", &["report/diff.rs"]),
    ("tempfile", &["host/", "observe/look.rs"]),
    ("tokio", &["reconcile/", "verbs/open.rs", "host/"]),
    ("toml_edit", &["containerd/"]),
    ("tonic", &["host/cri/"]),
    ("tonic_prost", &["host/cri/"]),
    ("tower", &["host/cri/"]),
    ("tracing", &["cli/", "reconcile/"]),
    ("tracing_subscriber", &["cli/logging.rs"]),
];
/// The files that read or write JSON, each its own format. CNI configurations have one reader, `cni::json`, which
/// reads like Go where other readers differ (`\ud800`, keys in another case). No file with CNI configurations may use
/// another reader.
const JSON_READERS: &[&str] = &[
    // The syntax of CNI configurations, and a plugin's answer to VERSION.
    "cni/json/syntax.rs",
    "cni/version.rs",
    // containerd's report, and the base spec of a runtime.
    "containerd/live/",
    "containerd/compare.rs",
    "containerd/judge/base_spec.rs",
    // The claims of a token.
    "diagnose/tokens.rs",
    // Annotations of pods, and their values in remedies.
    "manifest/go_json.rs",
    "manifest/annotation.rs",
    "manifest/multus/selection.rs",
    "manifest/multus/fields.rs",
    "manifest/webhook/mend.rs",
    // Tests that write manifests.
    "manifest/tests.rs",
    "manifest/kept/tests.rs",
    "manifest/multus/tests.rs",
    "manifest/webhook/tests.rs",
    // The program's own formats: record, attempt, mark, report.
    "node/attempt.rs",
    "node/page.rs",
    "node/record.rs",
    "node/record/",
    "node/run_note.rs",
    "node/unverified.rs",
    "report/sarif.rs",
];
const EVERYBODY: &[&str] = &["serde", "thiserror", "proptest"];

fn module(name: &str) -> Option<&'static (&'static str, Layer, &'static [&'static str])> {
    MODULES.iter().find(|(module, ..)| *module == name)
}

/// Every path of this crate that a file names from another module.
fn across(source: &Source) -> impl Iterator<Item = &[String]> {
    source.named.iter().filter_map(|named| match named {
        Named::Own(path) if path.first().is_some_and(|first| first != source.module()) => Some(&path[..]),
        Named::Own(_) | Named::Other(_) => None,
    })
}

#[test]
fn the_plan_of_modules_points_downwards() {
    for (at, (name, layer, uses)) in MODULES.iter().enumerate() {
        for used in *uses {
            let below = MODULES.iter().position(|(module, ..)| module == used);
            let below = below.unwrap_or_else(|| panic!("{name} may use {used}, which is not a module"));
            assert!(below > at, "{name} may use {used}, which comes before it");
            let below = MODULES[below].1;
            assert!(
                below <= *layer,
                "{name} is {layer:?} and may use {used}, which is {below:?}: that is up"
            );
        }
    }
}

#[test]
fn the_plan_of_modules_allows_nothing_that_nobody_uses() {
    let sources = sources();
    let mut idle = Vec::new();
    for (name, _, uses) in MODULES {
        let used: BTreeSet<&str> = sources
            .iter()
            .filter(|source| source.module() == *name)
            .flat_map(|source| across(source).map(|path| path[0].as_str()))
            .collect();
        idle.extend(
            uses.iter()
                .filter(|allowed| !used.contains(*allowed))
                .map(|allowed| format!("{name}: {allowed}")),
        );
    }
    assert!(idle.is_empty(), "the plan of modules allows what no file uses; take it out: {idle:?}");
}

#[test]
fn every_import_keeps_to_the_plan() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, _, uses)) = module(source.module()) else {
            wrong.push(format!("{} is in no module of the plan", source.name));
            continue;
        };
        for path in across(&source) {
            if module(&path[0]).is_some() && !uses.contains(&path[0].as_str()) {
                wrong.push(format!("{} uses {}", source.name, path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that the plan of modules forbids: {wrong:#?}");
}

#[test]
fn observe_knows_nothing_of_what_is_to_be_done() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module() == "observe") {
        let from_plan = across(source).filter(|path| path[0] == "plan");
        wrong.extend(
            from_plan
                .filter(|path| path.get(1).is_none_or(|item| !SEEN_BY_OBSERVE.contains(&item.as_str())))
                .map(|path| format!("{} uses {}", source.name, path.join("::"))),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_crate_is_used_only_in_the_modules_that_own_it() {
    let sources = sources();
    let owners: BTreeMap<_, _> = OWNERS.iter().copied().collect();
    let mut wrong = BTreeSet::new();
    for dependency in dependencies() {
        if EVERYBODY.contains(&dependency.as_str()) {
            continue;
        }
        let Some(owned) = owners.get(dependency.as_str()) else {
            wrong.insert(format!("{dependency} has no owner"));
            continue;
        };
        for source in sources.iter().filter(|source| uses(source, &dependency, &sources)) {
            if !owned.iter().any(|owner| source.name.starts_with(owner)) {
                wrong.insert(format!(
                    "{} uses {dependency}, which belongs to {}",
                    source.name,
                    owned.join(" and ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_owner_of_a_crate_uses_it() {
    let sources = sources();
    let mut idle = Vec::new();
    for (name, owned) in OWNERS {
        let is_used = |owner: &&str| {
            sources.iter().any(|source| source.name.starts_with(*owner) && uses(source, name, &sources))
        };
        idle.extend(owned.iter().filter(|owner| !is_used(owner)).map(|owner| format!("{owner}: {name}")));
    }
    assert!(idle.is_empty(), "files own a crate that they do not use; take them out: {idle:?}");
}

/// True if a file uses a crate; a module with the crate's name does not count.
fn uses(source: &Source, dependency: &str, sources: &[Source]) -> bool {
    let here = source.name.trim_end_matches("mod.rs").trim_end_matches(".rs").trim_end_matches('/');
    let own = [format!("{here}/{dependency}.rs"), format!("{here}/{dependency}/mod.rs")];
    let shadowed = sources.iter().any(|other| own.contains(&other.name));
    !shadowed && source.named.iter().any(|named| matches!(named, Named::Other(path) if path[0] == dependency))
}

/// The names of all dependencies, as spelled in code.
fn dependencies() -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim_end_matches(']').ends_with("dependencies");
        } else if let (true, Some((name, _))) = (inside && !line.starts_with('#'), line.split_once('=')) {
            names.insert(name.trim().replace('-', "_"));
        }
    }
    assert!(names.contains("rustix") && names.contains("proptest"), "{names:?}");
    names
}

#[test]
fn the_walls_of_clippy_have_two_doors() {
    let doors: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.text.contains("clippy::disallowed_methods"))
        .map(|source| source.name)
        .collect();
    assert_eq!(doors, ["cli/inputs.rs", "host/mod.rs"], "files that may touch the machine");
}

#[test]
fn files_are_small() {
    let mut lengths: Vec<(usize, String)> =
        sources().into_iter().map(|source| (source.lines(), source.name)).collect();
    lengths.sort();
    let count = lengths.len();
    let (median, _) = lengths[count / 2];
    let (ninetieth, _) = lengths[count * 9 / 10];
    assert!(median <= 100, "half of the files have more than {median} lines");
    assert!(ninetieth <= 300, "a tenth of the files have more than {ninetieth} lines");
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > 400).collect();
    assert!(long.is_empty(), "more than 400 lines: {long:?}");
}

/// A code that nothing fails with, or that nothing finds, would be documented for nothing.
#[test]
fn every_code_is_used() {
    let sources = sources();
    let is_table = |source: &Source| source.name.starts_with("report/codes/");
    // Whole words of code: neither a longer name, nor a comment, nor a test says that a code is used.
    let mut used = BTreeSet::new();
    for source in sources.iter().filter(|source| !is_table(source) && !source.name.contains("tests")) {
        let words = words(source.text.split(TESTS).next().unwrap_or_default());
        used.extend(words.windows(3).filter(|three| three[1] == "::").map(<[String]>::concat));
        used.extend(words);
    }
    // The judgement refuses what a chain would bring with the failure that has the finding's name (`judgement.rs`). Only
    // that names these (tests/check/install.rs).
    let by_judgement = [FailureCode::NetworkNameInvalid];
    let check = sources.iter().find(|source| source.name == "report/codes/check.rs").unwrap();
    for code in by_judgement {
        assert!(check.text.contains(&format!("\"{}\" Error", code.name())), "{code:?} is no error of check");
        assert!(!used.contains(&format!("FailureCode::{code:?}")), "{code:?} is named like all others");
    }
    let failures = FailureCode::ALL.iter().filter(|code| !by_judgement.contains(code));
    let failures = failures.map(|code| format!("FailureCode::{code:?}"));
    let tables = sources.iter().filter(|source| is_table(source)).flat_map(|source| source.text.lines());
    let constant = |line: &str| {
        let (name, rest) = line.trim().split_once(" \"")?;
        let is_constant = name.chars().all(|c| c.is_ascii_uppercase() || c == '_') && rest.contains('"');
        is_constant.then(|| name.to_owned())
    };
    let findings: Vec<String> = tables.filter_map(constant).collect();
    assert!(findings.len() > 100, "{findings:?}");
    let unused: Vec<String> = failures.chain(findings).filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// The codes of findings stand in the tables of `report/codes` alone.
#[test]
fn no_code_of_a_finding_is_spelled_beside_its_table() {
    let mut spelled = Vec::new();
    for source in sources().iter().filter(|source| !source.name.contains("tests")) {
        let product = source.text.split(TESTS).next().unwrap_or_default();
        spelled.extend(
            product
                .lines()
                .filter(|line| line.contains("code: \""))
                .map(|line| format!("{}: {line}", source.name)),
        );
    }
    assert!(spelled.is_empty(), "{spelled:#?}");
}

#[test]
fn the_scanner_reads_paths_and_neither_comments_nor_literals() {
    let here = ["plan".to_owned(), "chain".to_owned()];
    let own = |text: &str| Named::Own(text.split("::").map(str::to_owned).collect());
    let other = |text: &str| Named::Other(text.split("::").map(str::to_owned).collect());
    let text = r##"
        use super::{next::{Plan, Rest as R}, super::node};
        // use crate::comment::x; /* crate::y */
        /* crate::z::z */ const TEXT: &str = "crate::text::x \" crate::u";
        const RAW: &[u8] = br#"crate::raw::x " crate::v"#; const QUOTE: char = '"'; const BACK: char = '\'';
        fn f<'a>(x: &'a str) -> crate::cni::Conflist { std::mem::take(x); self::g::<u8>() }
        mod tests { use super::*; fn h() { super::super::other::f() } }
        use crate::report::*;
    "##;
    assert_eq!(
        paths(text, &here),
        [
            own("plan::next::Plan"),
            own("plan::next::Rest"),
            own("node"),
            own("cni::Conflist"),
            other("std::mem::take"),
            own("plan::chain::g"),
            own("plan::chain::*"),
            own("plan::other::f"),
            own("report::*"),
        ]
    );
}

#[test]
fn no_circle_between_files_of_src() {
    let graph = graph::Graph::of(&sources());
    let circles = graph.circles();
    let told: Vec<Vec<String>> = circles.iter().map(|circle| graph.told(circle)).collect();
    assert!(
        told.is_empty(),
        "files that need each other; move what both need into a file of its own: {told:#?}"
    );
}
