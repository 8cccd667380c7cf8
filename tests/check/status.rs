//! `status`: what it shows of each node of the test data, and of nodes whose runtime speaks.
//!
//! The text for a node lies beside it, in `status.txt`. With `CNI_BOOTSTRAP_WRITE_STATUS=1` the test writes the texts.

use std::fs;

use cni_bootstrap::diagnose::{denied, status};
use cni_bootstrap::node::{File, HostPath, Node, Observed, Page, PodSandbox};
use cni_bootstrap::report::status::{NodeStatus, Verdict, status_text};
use serde_json::Value;

use crate::check::chain::{CHAIN, RECORD, chained};
use crate::check::conf::LIST;
use crate::check::testdata::{cases, nodes};
use crate::check::tree::{CONFIG, Tree};

fn status_of(tree: &Tree) -> NodeStatus {
    tree.view(status)
}

fn text(status: &NodeStatus, page: Page) -> String {
    status_text(status, page).as_str().to_owned()
}

fn lines(tree: &Tree) -> Vec<String> {
    text(&status_of(tree), Page::new(false)).lines().map(str::to_owned).collect()
}

/// Panics without a line that has all these words.
fn has_line(lines: &[String], words: &[&str]) {
    let is_it = |line: &&String| words.iter().all(|word| line.contains(word));
    assert!(lines.iter().any(|line| is_it(&line)), "{words:?}: {lines:#?}");
}

#[test]
fn each_node_of_the_test_data_is_shown_as_the_text_beside_it() {
    let writes = std::env::var_os("CNI_BOOTSTRAP_WRITE_STATUS").is_some();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in cases() {
        let path = nodes().join(&case.name).join("status.txt");
        let shown = text(&status_of(&case.tree()), Page::new(false));
        if writes {
            fs::write(&path, &shown).unwrap();
        }
        let Ok(expected) = fs::read_to_string(&path) else { continue };
        count += 1;
        if shown != expected {
            wrong.push(format!("{}:\n{shown}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 30, "only {count} nodes have a text");
}

/// The number of characters that a terminal shows.
fn shown_width(line: &str) -> usize {
    let mut count = 0;
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\x1b') {
        count += before.chars().count();
        rest = after.split_once('m').unwrap().1;
    }
    count + rest.chars().count()
}

fn without_colours(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain + rest
}

#[test]
fn no_line_is_wider_than_the_terminal_and_no_word_is_lost() {
    let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let mut all: Vec<NodeStatus> = cases().iter().map(|case| status_of(&case.tree())).collect();
    all.push(status_of(&full()));
    for status in &all {
        let whole = text(status, Page::new(false));
        assert!(!whole.contains('\x1b') && whole.lines().all(|line| line.trim_end() == line), "{whole}");
        for width in [1, 2, 7, 20, 33, 60, 80, 100, 200] {
            let narrow = text(status, Page::new(true).wrapped_to(Some(width)));
            let widest = narrow.lines().map(shown_width).max().unwrap();
            assert!(widest <= width, "{width}: a line has {widest} characters:\n{narrow}");
            assert_eq!(squeezed(&without_colours(&narrow)), squeezed(&whole), "at {width}");
        }
    }
}

/// A node with everything that there can be: a chain, values that are not live, pods of before, a restart.
fn full() -> Tree {
    let mut tree = chained();
    tree.runs("1.7.24", CHAIN).says(|raw| {
        let config = raw.info.get_mut("config").unwrap();
        *config = config.replace("\"SystemdCgroup\":true", "\"SystemdCgroup\":false");
    });
    tree.conf("99-broken.conflist", "{\"name\": \"x\",").conf("notes.txt", "");
    tree.mkdir("/etc/cni/net.d/multus.d");
    let record: Value = serde_json::from_str(&tree.read(RECORD)).unwrap();
    let first = record["paths"][CHAIN]["firstPublished"]["wallMs"].as_i64().unwrap();
    let pod = |name: &str| PodSandbox {
        id: name.to_owned(),
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        uid: "u1".to_owned(),
        created: i128::from(first - 1000) * 1_000_000,
        labels: [("pod-template-hash".to_owned(), "6d4".to_owned())].into(),
        ..PodSandbox::default()
    };
    let fixed = PodSandbox { is_static: true, ..pod("etcd") };
    tree.pods(vec![pod("cart-6d4-x7x2p"), fixed]);
    let attempt = serde_json::json!({
        "cause": {"kind": "values", "wanted": "max_conf_num = 1", "files": "0"}, "incarnation": null,
        "phase": "failed", "askedMs": 1, "timeoutMs": 1,
    });
    tree.file("/run/cni-bootstrap/attempt.json", attempt.to_string());
    tree
}

#[test]
fn a_running_node_shows_what_is_loaded_what_differs_and_who_owns_it() {
    let tree = full();
    let lines = lines(&tree);
    has_line(&lines, &["runtime  containerd 1.7.24"]);
    has_line(&lines, &["loaded", "calico -> ", "tuning", CHAIN, "or later"]);
    has_line(&lines, &["loads", "05-tuning.conflist", "the chain of tuning"]);
    has_line(&lines, &["shadowed", "10-calico.conflist", "05-tuning.conflist comes first"]);
    has_line(&lines, &["broken", "99-broken.conflist", "1:"]);
    has_line(&lines, &["ignored", "notes.txt", "does not end in"]);
    has_line(&lines, &["ignored", "multus.d", "a directory"]);
    has_line(&lines, &["SystemdCgroup", "  true ", "  false ", &format!("{CONFIG}:")]);
    has_line(&lines, &["max_conf_num", "not set", "1", "the release's default"]);
    has_line(&lines, &["tuning", "/opt/cni/bin/tuning"]);
    has_line(&lines, &["tuning", CHAIN, "as written", "since 20"]);
    has_line(&lines, &["restart  failed"]);
    has_line(&lines, &["pods without the chain  2"]);
    has_line(&lines, &["shop/cart-6d4-x7x2p", "lacks tuning", "of ReplicaSet cart-6d4"]);
    has_line(&lines, &["shop/etcd", "static"]);
    let status = status_of(&tree);
    let value = status.config.unwrap().values.into_iter().find(|value| value.key == "SystemdCgroup").unwrap();
    assert!(value.differs && value.live.as_deref() == Some("false"), "{value:?}");
}

#[test]
fn a_broken_file_that_counts_blocks_those_behind_it() {
    let tree = chained();
    tree.conf("00-empty.conflist", "");
    let files = status_of(&tree).conf_dir.files;
    let verdict = |name: &str| files.iter().find(|file| file.name == name).unwrap().verdict;
    assert_eq!(verdict("00-empty.conflist"), Verdict::Broken);
    assert_eq!(verdict("05-tuning.conflist"), Verdict::Blocked);
    assert_eq!(verdict("10-calico.conflist"), Verdict::Blocked);
}

#[test]
fn what_is_loaded_and_no_file_has_is_said_so() {
    let mut tree = chained();
    tree.runs("2.1.9", LIST);
    tree.edit(LIST, "\"snat\": true", "\"snat\": false");
    has_line(&lines(&tree), &["loaded", "k8s-pod-network", "what no file has now"]);
}

#[test]
fn a_runtime_that_does_not_answer_is_named_with_its_reason() {
    let mut tree = chained();
    tree.silent("nobody listens there");
    has_line(&lines(&tree), &["answer", "none: nobody listens there"]);
    assert!(!status_of(&tree).runtime.answers);
}

#[test]
fn what_is_denied_is_named() {
    let tree = chained();
    assert_eq!(tree.view(denied), None);
    for path in ["/etc/cni/net.d/10-calico.conflist", CONFIG] {
        let mut tree = chained();
        tree.seen = Some(match path {
            CONFIG => |node: &mut Node| deny(node, CONFIG),
            _ => |node: &mut Node| deny(node, LIST),
        });
        let what = tree.view(denied).unwrap();
        assert!(what.contains(path) && what.contains("permission denied"), "{what}");
    }
    let mut tree = chained();
    tree.silent("CRI socket /x: permission denied; it belongs to root");
    assert!(tree.view(denied).is_some());
}

fn deny(node: &mut Node, path: &str) {
    let denied: Observed<File> = Observed::Unknown("permission denied".to_owned());
    node.files.insert(HostPath::new(path).unwrap(), denied);
}

#[test]
fn the_verb_ends_with_0_whatever_it_finds_and_its_json_has_the_schema() {
    let tree = chained();
    tree.conf("00-empty.conflist", "").file(RECORD, "{");
    let run = |output: &str| {
        let args = ["status", "--host-root", tree.root(), "--output", output];
        std::process::Command::new(env!("CARGO_BIN_EXE_cni-bootstrap")).args(args).output().unwrap()
    };
    let out = run("json");
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert!(out.stderr.is_empty(), "{out:?}");
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["schema"], "cni-bootstrap.status/1");
    assert_eq!(json["confDir"]["files"][0]["verdict"], "broken");
    assert_eq!(json["owners"][0]["name"], "tuning");
    assert!(json["owners"][0]["reason"].as_str().unwrap().contains("damaged"), "{json:#}");
    let out = run("text");
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert!(String::from_utf8_lossy(&out.stdout).contains("broken   00-empty.conflist"), "{out:?}");
    let args = ["status", "--host-root", "/nowhere/at/all"];
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_cni-bootstrap")).args(args).output().unwrap();
    assert_eq!(out.status.code(), Some(10), "{out:?}");
}

#[test]
fn a_name_from_outside_steers_no_terminal() {
    let tree = chained();
    tree.conf("x\x1b[2J.txt", "").conf("50-\u{202e}.conflist", "");
    let shown = text(&status_of(&tree), Page::new(false).wrapped_to(Some(60)));
    assert!(!shown.chars().any(|c| c != '\n' && cni_bootstrap::node::is_unseen(c)), "{shown:?}");
}
