//! Promise 12, one judgement: `install` never says ready over what `check`, run next on the same node, calls an error.

use std::process::Command;

use cni_bootstrap::report::{Finding, Severity};
use serde_json::Value;

use crate::check::tree::{NET_D, Tree};
use crate::check::{damaged, kinds};

/// The errors of `check`.
fn errors(tree: &Tree) -> Vec<Finding> {
    let found = tree.findings().into_iter().map(|located| located.finding);
    found.filter(|finding| finding.severity == Severity::Error).collect()
}

/// By `install`'s own observation of the node, with every answer that a runtime gives.
#[test]
fn install_tells_the_errors_of_check_and_no_other() {
    let mut with_errors = 0;
    for (codes, make) in damaged() {
        let tree = make();
        let errors = errors(&tree);
        assert_eq!(tree.told_by_install(), errors, "{codes:?}");
        with_errors += usize::from(!errors.is_empty());
    }
    for (kind, make) in kinds::ALL {
        assert_eq!(make().told_by_install(), [], "{kind}");
    }
    assert!(with_errors > 50, "{with_errors}");
}

fn run(verb: &str, tree: &Tree, more: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_cni-bootstrap"))
        .args([verb, "--host-root", tree.root(), "--output", "json"])
        .args(more)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// The codes and subjects of the errors of a report.
fn told(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = report["findings"].as_array().unwrap().iter();
    found
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| (text(&finding["code"]), text(&finding["subject"])))
        .collect()
}

/// Of a node by its first code: the exit, the failure's code or the outcome, and words of the message, one of several.
const NOT_READY: &[(&str, i64, &str, &str)] = &[
    ("chain-shadowed", 5, "output-file-invalid", "\"00-first.conflist\" sorts before it"),
    ("conf-dir-empty", 0, "waiting", "/etc/cni/net.d has only|/etc/cni/net.d is empty"),
    ("conf-dir-elsewhere", 0, "waiting", "/etc/cni/net.d"),
    ("conf-dir-missing", 0, "waiting", "/etc/cni/net.d does not exist"),
    ("conf-file-empty", 0, "waiting", "05-antrea.conflist "),
    ("conf-file-hidden", 5, "output-file-invalid", "\".05-x.conflist\" sorts before it"),
    ("conf-file-invalid", 0, "waiting", "05-x.conflist |10-calico.conflist "),
    ("conf-link-dangles", 0, "waiting", "05-x.conflist cannot be read"),
    ("conf-list-in-conf", 0, "waiting", "a list of plugins is loaded from a .conflist file only"),
    ("conf-package-default", 0, "waiting", "is not a package's default"),
    ("conf-put-aside", 0, "waiting", "has only 10-calico.conflist."),
    ("conf-taken-away", 0, "waiting", "has only 10-calico.conflist.cilium_bak"),
    (
        "conf-template-invalid",
        0,
        "waiting",
        "10-containerd-net.conflist is the runtime's own default network",
    ),
    ("plugin-damaged", 0, "waiting", "(exec format error)|cut short"),
    ("plugin-elsewhere", 0, "waiting", "\"portmap\" is not in /opt/cni/bin"),
    ("plugin-interpreter-missing", 0, "waiting", "/opt/cni/bin/"),
    ("plugin-missing", 0, "waiting", "the plugin binary \"|no primary"),
    ("plugin-not-executable", 0, "waiting", "cannot be executed (permission denied)"),
    ("plugin-wrong-architecture", 0, "waiting", "(exec format error)"),
    ("record-unreadable", 1, "record-unusable", "tuning.json cannot be used"),
];

/// Why a run on a damaged node is not as the table says.
fn not_ready(code: &str, report: &Value, errors: &[(String, String)]) -> Option<String> {
    let text = |key: &str| report[key].as_str().unwrap_or_default();
    let named = if report["code"].is_null() { text("outcome") } else { text("code") };
    let Some((_, exit, expected, words)) = NOT_READY.iter().find(|(of, ..)| *of == code) else {
        return Some(format!("{code} is not in the table: {report}"));
    };
    let is_error = cni_bootstrap::diagnose::CODES.iter().any(|known| known.name == code);
    let is_told = errors.is_empty() || errors.iter().any(|(told, _)| told == code);
    let is_as_told = report["exitCode"] == *exit
        && named == *expected
        && words.split('|').any(|words| text("message").contains(words));
    (!is_as_told || !is_told || !is_error).then(|| format!("{code}: {errors:?} {report}"))
}

/// The program itself, files only, on each damaged node whose runtime need not speak: it is refused, waits, or tells.
#[test]
fn no_damaged_node_is_ready() {
    let install = ["--runtime", "none", "--no-wait", "--plugin", r#"{"type":"tuning"}"#];
    let (mut installed, mut not, mut wrong) = (0, 0, Vec::new());
    for (codes, make) in damaged() {
        let tree = make();
        if tree.seen.is_some() || tree.has_answers() {
            continue;
        }
        tree.plugins("/opt/cni/bin", &["tuning"]);
        for again in [false, true] {
            let report = run("install", &tree, &install);
            let outcome = report["outcome"].as_str().unwrap();
            let errors = told(&run("check", &tree, &[]));
            if report["exitCode"] != 0 || outcome == "waiting" {
                not += 1;
                wrong.extend(not_ready(codes[0], &report, &errors));
                break;
            }
            installed += 1;
            assert_eq!(told(&report), errors, "{codes:?}, again: {again}");
            assert_eq!(outcome == "ready-with-problems", !errors.is_empty(), "{codes:?}: {report}");
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(installed > 40 && not > 30, "{installed} {not}");
}

/// What the chain would bring is refused before the first change.
#[test]
fn an_error_that_the_chain_would_bring_is_refused() {
    let tree = kinds::calico();
    tree.plugins("/opt/cni/bin", &["tuning"]);
    let more = ["--runtime", "none", "--plugin", r#"{"type":"tuning"}"#, "--conf-mode", "0666"];
    let report = run("install", &tree, &more);
    assert_eq!((&report["exitCode"], &report["code"]), (&5.into(), &"error-by-chain".into()), "{report}");
    assert_eq!(told(&report)[0].0, "world-writable");
    assert!(!tree.path(&format!("{NET_D}/05-tuning.conflist")).exists());
    assert!(!tree.path("/var/lib/cni-bootstrap/tuning.json").exists());
}

/// The outcome of an install of one plugin into these files, and the errors that it tells.
fn installed(tree: &Tree, more: &[&str]) -> (Value, Vec<(String, String)>) {
    tree.plugins("/opt/cni/bin", &["tuning"]);
    let install = ["--runtime", "none", "--binary-grace", "0s", "--plugin", r#"{"type":"tuning"}"#];
    let report = run("install", tree, &[&install[..], more].concat());
    let errors = told(&report);
    (report, errors)
}

/// The chain moves the line of a fault that was there before. It is the same fault.
#[test]
fn a_fault_of_the_primary_is_told_wherever_the_chain_puts_it() {
    for (name, text) in [
        ("10-x.conf", "{\n\"name\":\"a b\",\n\"cniVersion\":\"0.4.0\",\n\"type\":\"bridge\"\n}"),
        ("10-x.conf", "{\n\n\n\"type\":\"bridge\", \"cniVersion\":\"0.4.0\",\n\"name\":\"a b\"}"),
        (
            "10-x.conflist",
            "{\n\"plugins\":[\n{\"type\":\"bridge\"}\n],\n\"cniVersion\":\"0.4.0\",\n\"name\":\"a b\"}",
        ),
    ] {
        let tree = Tree::new();
        tree.conf(name, text).plugins("/opt/cni/bin", &["bridge"]);
        let (report, errors) = installed(&tree, &[]);
        assert_eq!(report["outcome"], "ready-with-problems", "{text}: {report}");
        assert_eq!(errors, told(&run("check", &tree, &[])), "{text}");
        assert_eq!(errors[0].0, "network-name-invalid");
    }
}

/// The chain would be the first network that pods get with this name or this version, and each of them would fail.
/// Before it they get another network, an earlier chain, or none.
#[test]
fn a_fault_in_the_bytes_of_a_primary_that_pods_do_not_get_yet_is_refused() {
    const GOOD: &str = r#"{"cniVersion":"0.4.0","name":"good","plugins":[{"type":"bridge"}]}"#;
    for name in ["a b", "", "../x", "-a", "a/b", "\u{e9}"] {
        let bad = format!(r#"{{"cniVersion":"0.4.0","name":"{name}","plugins":[{{"type":"bridge"}}]}}"#);
        let staged = Tree::new();
        staged.file("/staging/10-x.conflist", &bad).plugins("/opt/cni/bin", &["bridge", "tuning"]);
        let other = Tree::new();
        other.conf("05-good.conflist", GOOD).conf("10-x.conflist", &bad);
        other.plugins("/opt/cni/bin", &["bridge", "tuning"]);
        let renamed = Tree::new();
        renamed.conf("10-x.conflist", GOOD).plugins("/opt/cni/bin", &["bridge", "tuning"]);
        assert_eq!(installed(&renamed, &[]).0["outcome"], "ready");
        renamed.conf("10-x.conflist", &bad);
        for (tree, more) in [
            (staged, &["--primary-dir", "/staging"][..]),
            (other, &["--primary", "10-x.conflist", "--output-file", "00-a.conflist"]),
            (renamed, &[]),
        ] {
            let before = told(&run("check", &tree, &[]));
            let (report, _) = installed(&tree, more);
            assert_eq!(
                (&report["code"], &report["exitCode"]),
                (&"network-name-invalid".into(), &5.into()),
                "{report}"
            );
            assert!(report["message"].as_str().unwrap().contains(&format!("{name:?}")), "{report}");
            assert_eq!(told(&run("check", &tree, &[])), before, "nothing has changed");
        }
    }
}

/// Nothing loads before the chain, so the primary's own fault shows only with it. The chain does not bring it.
#[test]
fn a_fault_of_a_primary_that_does_not_count_yet_is_told_and_not_refused() {
    let primary =
        r#"{"cniVersion":"0.4.0","name":"n","plugins":[{"type":"bridge","ipam":{"type":"host-local"}}]}"#;
    let empty = Tree::new();
    empty.conf("05-tuning.conflist", "").conf("10-x.conflist", primary).plugins("/opt/cni/bin", &["bridge"]);
    let staged = Tree::new();
    staged.file("/staging/10-x.conflist", primary).plugins("/opt/cni/bin", &["bridge"]);
    for (tree, more) in [(empty, &[][..]), (staged, &["--primary-dir", "/staging"])] {
        let (report, errors) = installed(&tree, more);
        assert_eq!(report["outcome"], "ready-with-problems", "{report}");
        assert_eq!(errors, told(&run("check", &tree, &[])));
        assert_eq!(errors[0].0, "plugin-missing");
    }
}
