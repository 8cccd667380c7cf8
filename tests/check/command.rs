//! `check` on the command line, on copies of nodes' files.

use std::process::{Command, Output};

use crate::check::kinds::calico;
use crate::check::tree::{CONFIG, Tree};

fn check(root: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cni-bootstrap"))
        .args(["check", "--host-root", root])
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

fn first_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
}

/// Every path below a directory, with the attributes that a change would change.
fn state(tree: &Tree) -> Vec<String> {
    use std::os::unix::fs::MetadataExt as _;
    let mut state = Vec::new();
    let mut queue = vec![tree.path("/")];
    while let Some(path) = queue.pop() {
        let meta = path.symlink_metadata().unwrap();
        state.push(format!("{} {} {} {}", path.display(), meta.ino(), meta.mtime_nsec(), meta.ctime_nsec()));
        if meta.is_dir() {
            queue.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    state.sort();
    state
}

#[test]
fn it_changes_nothing_and_makes_nothing() {
    let tree = calico();
    let before = state(&tree);
    assert_eq!(check(tree.root(), &[]).status.code(), Some(0));
    tree.remove("/etc/cni/net.d/10-calico.conflist");
    let damaged = state(&tree);
    assert_eq!(check(tree.root(), &[]).status.code(), Some(20));
    assert_eq!(state(&tree), damaged);
    assert_ne!(before, damaged);
}

#[test]
fn a_healthy_copy_says_which_network_pods_get_and_what_was_not_seen() {
    let tree = calico();
    let output = check(tree.root(), &["--output", "json"]);
    let report = json(&output);
    // The runtime was not asked.
    assert_eq!((output.status.code(), &report["outcome"]), (Some(0), &"unchanged".into()));
    assert_eq!((&report["verb"], &report["exitCode"]), (&"check".into(), &0.into()));
    assert_eq!(report["findings"], serde_json::json!([]));
    assert!(
        report["message"]
            .as_str()
            .unwrap()
            .contains("\"k8s-pod-network\" from /etc/cni/net.d/10-calico.conflist")
    );
    assert!(report["unseen"][0].as_str().unwrap().contains("not a running node"), "{report}");
}

#[test]
fn a_warning_counts_if_it_is_strict_and_sarif_names_the_file() {
    let tree = calico();
    tree.conf("20-x.conflist", "{");
    let lenient = json(&check(tree.root(), &["--output", "json"]));
    assert_eq!((&lenient["exitCode"], &lenient["outcome"]), (&0.into(), &"problems".into()), "{lenient}");
    let output = check(tree.root(), &["--strict", "--output", "sarif"]);
    assert_eq!(output.status.code(), Some(20));
    let run = &json(&output)["runs"][0];
    assert_eq!(run["results"][0]["ruleId"], "conf-file-invalid-later");
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "file:///etc/cni/net.d/20-x.conflist");
    assert_eq!(place["region"]["startLine"], 1);
    assert_eq!(
        run["tool"]["driver"]["rules"].as_array().unwrap().len(),
        cni_bootstrap::diagnose::CODES.len()
    );
}

#[test]
fn the_examples_are_diagnosed_in_the_first_line() {
    for (example, code, words) in [
        ("calico-not-initialized", "conf-dir-empty", "cni plugin not initialized"),
        ("calico-cgroup", "cgroup-driver-mismatch", "the kubelet uses the cgroup driver systemd"),
        ("aks-antrea-empty", "conf-file-empty", "05-antrea.conflist is 0 bytes"),
    ] {
        let root = format!("examples/{example}/host");
        let output = check(&root, &[]);
        assert_eq!(output.status.code(), Some(20), "{output:?}");
        let line = first_line(&output);
        assert!(line.starts_with("error    ") && line.contains(words), "{example}: {line}");
        assert_eq!(json(&check(&root, &["--output", "json"]))["findings"][0]["code"], code);
        assert!(!output.stdout.contains(&0x1b), "coloured in a pipe");
    }
}

#[test]
fn a_host_root_that_is_not_there_is_no_healthy_node() {
    let output = check("/nowhere/at/all", &[]);
    assert_eq!(output.status.code(), Some(10), "{output:?}");
}

/// A copy does not show the release: faults for every release are errors, and the rest is reported once as not
/// judged.
#[test]
fn of_a_copy_the_next_start_is_judged_as_far_as_every_release_agrees() {
    let not_judged = |report: &serde_json::Value| {
        let unseen = report["unseen"].as_array().unwrap();
        let of_the_start = unseen.iter().filter(|line| line.as_str().unwrap().contains("next start"));
        of_the_start.map(|line| line.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let tree = calico();
    let text = tree.read(CONFIG);
    let output = check(tree.root(), &["--output", "json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = not_judged(&json(&output));
    assert!(said.len() == 1 && said[0].contains(CONFIG) && said[0].contains("release"), "{said:?}");
    tree.edit(CONFIG, "  sandbox_image", "  stream_idle_timeout = \"soon\"\n  sandbox_image");
    let report = json(&check(tree.root(), &["--output", "json"]));
    assert_eq!(
        (&report["findings"][0]["code"], &report["findings"][0]["line"]),
        (&"runtime-will-not-come-up".into(), &3.into())
    );
    assert_eq!(not_judged(&report), [""; 0]);
    // 1.6.20 accepts it, other releases do not.
    tree.file(CONFIG, text.replace("  runtime_type", "  io_type = \"pipe\"\n  runtime_type"));
    let output = check(tree.root(), &["--output", "json"]);
    assert_eq!((output.status.code(), not_judged(&json(&output)).len()), (Some(0), 1), "{output:?}");
}

/// A node without a config of containerd is reported once.
#[test]
fn a_copy_without_a_config_of_containerd_says_so_once() {
    let tree = calico();
    tree.remove(CONFIG);
    let report = json(&check(tree.root(), &["--output", "json"]));
    let unseen = report["unseen"].as_array().unwrap();
    let about = unseen.iter().filter(|line| line.as_str().unwrap().contains("containerd"));
    assert_eq!(about.count(), 1, "{report}");
}

/// A kubelet's event about the plugin bridge.
const EVENT: &str = "Warning  FailedCreatePodSandBox  4s  kubelet  Failed to create pod sandbox: rpc error: code = \
    Unknown desc = failed to setup network for sandbox \"6c0f\": plugin type=\"calico\" failed (add): failed to find \
    plugin \"calico\" in path [/opt/cni/bin]";

#[test]
fn a_message_is_explained_with_the_finding_of_this_node() {
    let tree = calico();
    tree.remove("/opt/cni/bin/calico");
    let output = check(tree.root(), &["--output", "json", "--why", EVENT]);
    assert_eq!(output.status.code(), Some(20));
    let report = json(&output);
    let why = &report["why"][0];
    assert_eq!(why["words"], "failed to find plugin \"calico\" in path");
    assert_eq!(why["onThisNode"], serde_json::json!(["plugin-missing"]), "{report}");
    assert_eq!(report["findings"][0]["code"], "plugin-missing");
    let message = report["message"].as_str().unwrap();
    assert!(message.contains("; here: 10-calico.conflist needs the plugin"), "{message}");
    let text = check(tree.root(), &["--why", EVENT]);
    assert_eq!(first_line(&text), "message  failed to find plugin \"calico\" in path");
    let stdout = String::from_utf8_lossy(&text.stdout);
    assert!(stdout.contains("This node has: plugin-missing, see below."), "{stdout}");
}

#[test]
fn a_node_without_a_finding_explains_a_message_and_has_none() {
    let tree = calico();
    let report = json(&check(tree.root(), &["--output", "json", "--why", EVENT]));
    assert_eq!((&report["outcome"], &report["exitCode"]), (&"unchanged".into(), &0.into()));
    assert_eq!(report["why"][0]["onThisNode"], serde_json::Value::Null);
    assert!(report["why"][0]["remedy"].as_str().unwrap().starts_with("ls -l /opt/cni/bin"));
    let unknown = json(&check(tree.root(), &["--output", "json", "--why", "something new"]));
    assert_eq!(unknown["why"], serde_json::json!([]));
    assert!(unknown["message"].as_str().unwrap().starts_with("no known message"), "{unknown}");
}

/// On a laptop, for somebody else's node.
#[test]
fn without_a_node_the_table_alone_explains() {
    let empty = tempfile::tempdir().unwrap();
    for root in [empty.path().to_str().unwrap(), "/there/is/no/such/directory"] {
        let output = check(root, &["--output", "json", "--why", EVENT]);
        let report = json(&output);
        assert_eq!((output.status.code(), &report["outcome"]), (Some(0), &"unchanged".into()), "{report}");
        assert_eq!(report["why"][0]["findings"], serde_json::json!(["plugin-missing", "plugin-elsewhere"]));
        assert_eq!(report["findings"], serde_json::json!([]));
        assert!(report["unseen"][0].as_str().unwrap().starts_with("the node: "), "{report}");
        let text = check(root, &["--why", EVENT]);
        let stdout = String::from_utf8_lossy(&text.stdout);
        assert_eq!(stdout.matches("in none of the runtime's directories").count(), 1, "{stdout}");
    }
    assert_eq!(check(empty.path().to_str().unwrap(), &["--why", ""]).status.code(), Some(2));
}

#[test]
fn the_words_may_come_from_standard_input() {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_cni-bootstrap"))
        .args(["check", "--host-root", "/there/is/no/such/directory", "--output", "json", "--why", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // More than a person pastes, and not all of it is UTF-8.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"Name: web\n\xff\n").unwrap();
    stdin.write_all(EVENT.as_bytes()).unwrap();
    drop(stdin);
    let report = json(&child.wait_with_output().unwrap());
    assert_eq!(report["why"][0]["findings"][0], "plugin-missing");
}
