//! The predicted result of the runtime's next start, reported by each verb on the same node while the runtime still
//! runs.

use serde_json::Value;

use crate::network::{PRIMARY, primary};
use crate::node::{CONFIG, Node};
use crate::program::{Way, install, run};
use crate::rig::say;

const CODE: &str = "runtime-will-not-come-up";
const CRI: &str = "plugins.\"io.containerd.grpc.v1.cri\"";

/// A config: its first lines, the content of the CRI table, and the tables after it.
struct Row {
    name: &'static str,
    head: &'static str,
    cri: &'static str,
    tables: &'static str,
}

const fn row(name: &'static str, head: &'static str, cri: &'static str, tables: &'static str) -> Row {
    Row { name, head, cri, tables }
}

/// On every release each of these ends the daemon or its CRI.
const DEFECTS: &[Row] = &[
    row("a duration that is none", "", "stream_idle_timeout = \"soon\"", ""),
    row(
        "mirrors beside config_path",
        "",
        "",
        "[CRI.registry]\nconfig_path = \"/etc/containerd/certs.d\"\n[CRI.registry.mirrors.\"docker.io\"]\nendpoint = [\"https://mirror\"]\n",
    ),
    row("a default runtime that is gone", "", "", "[CRI.containerd]\ndefault_runtime_name = \"nvidia\"\n"),
    row(
        "a runtime's base spec that is gone",
        "",
        "",
        "[CRI.containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\nbase_runtime_spec = \"/etc/containerd/gone.json\"\n",
    ),
    // 2.x migrates the snapshotter only if the table of runtimes exists.
    row(
        "a snapshotter that no plugin is",
        "",
        "",
        "[CRI.containerd]\nsnapshotter = \"nothing\"\n[CRI.containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n",
    ),
    row("an import that is gone", "imports = [\"/etc/containerd/gone.toml\"]", "", ""),
    row("no TOML", "root = ", "", ""),
    row("a number in quotes", "", "", "[CRI.cni]\nmax_conf_num = \"1\"\n"),
    row("CRI disabled", "disabled_plugins = [\"io.containerd.grpc.v1.cri\"]", "", ""),
    row("root and state in one", "root = \"/srv/containerd\"\nstate = \"/srv/containerd\"", "", ""),
    row("a file in the way of a directory", "root = \"/etc/hostname/containerd\"", "", ""),
    row(
        "a plugin that is required and disabled",
        "required_plugins = [\"io.containerd.snapshotter.v1.native\"]\ndisabled_plugins = [\"io.containerd.snapshotter.v1.native\"]",
        "",
        "",
    ),
    row("a boolean as a number", "", "enable_selinux = 1", ""),
];

/// Each of these starts; some are a pending edit.
const GOOD: &[Row] = &[
    row("nothing more", "", "", ""),
    row("another log level", "", "", "[debug]\nlevel = \"debug\"\n"),
    row(
        "a runtime more",
        "",
        "",
        "[CRI.containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n[CRI.containerd.runtimes.other]\nruntime_type = \"io.containerd.runc.v2\"\n",
    ),
    row("a duration", "", "stream_idle_timeout = \"2h\"", ""),
    row("a pattern that matches nothing", "imports = [\"/etc/containerd/none.d/*.toml\"]", "", ""),
    row("certs.d alone", "", "", "[CRI.registry]\nconfig_path = \"/etc/containerd/certs.d\"\n"),
    row(
        "what containerd config default writes of its places",
        "root = \"/var/lib/containerd\"\nstate = \"/run/containerd\"",
        "",
        "[grpc]\naddress = \"/run/containerd/containerd.sock\"\n[ttrpc]\naddress = \"\"\n",
    ),
    row("another plugin disabled", "disabled_plugins = [\"io.containerd.snapshotter.v1.btrfs\"]", "", ""),
];

impl Row {
    /// The config of a node whose runtime uses its own default for the plugin directories.
    fn text(&self) -> String {
        let text = format!("version = 2\n{}\n[CRI]\n{}\n{}", self.head, self.cri, self.tables);
        text.replace("[CRI", &format!("[{CRI}"))
    }
}

/// The findings of a report about the next start.
fn verdict(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().expect("findings");
    let told = findings.iter().filter(|finding| finding["code"] == CODE);
    told.map(|finding| {
        assert_eq!(finding["severity"], "error", "{finding}");
        assert!(finding["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{finding}");
        (finding["subject"].to_string(), finding["message"].to_string())
    })
    .collect()
}

/// The verdicts of the three verbs, which must be equal.
fn verdicts(node: &Node, row: &Row) -> Vec<(String, String)> {
    node.write(CONFIG, row.text());
    let planned = run(node, Way::Host, &install(&["--dry-run"]));
    let told = verdict(&planned.ended("planned"));
    let installed = run(node, Way::Host, &install(&[]));
    installed.ended(if told.is_empty() { "unchanged" } else { "ready-with-problems" });
    assert_eq!(verdict(&installed.report()), told, "{}: {installed}", row.name);
    let checked = run(node, Way::Host, &["check", "--output", "json"]);
    assert_eq!(verdict(&checked.report()), told, "{}: {checked}", row.name);
    assert_eq!(checked.code, if told.is_empty() { 0 } else { 20 }, "{}: {checked}", row.name);
    let report = checked.report();
    let unseen = report["unseen"].as_array().expect("unseen");
    assert!(unseen.iter().all(|line| line.to_string().contains("kubelet")), "{}: {checked}", row.name);
    told
}

/// The remedies that are commands are pasted on the running node, until their finding is gone.
pub(crate) fn each_remedy_that_is_a_command_mends_the_config(node: &Node) {
    let before = node.read(CONFIG);
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let (mut ran, mut wrong) = (0, Vec::new());
    for row in DEFECTS {
        node.write(CONFIG, row.text());
        let report = run(node, Way::Host, &["check", "--output", "json"]).report();
        let findings = report["findings"].as_array().expect("findings");
        let remedy =
            findings.iter().find(|finding| finding["code"] == CODE).map(|finding| &finding["remedy"]);
        let remedy = remedy.and_then(Value::as_str).expect(row.name);
        if remedy.starts_with('#') || remedy.starts_with("containerd ") {
            say(&format!("next start, {}: not a command: {remedy}", row.name));
            continue;
        }
        ran += 1;
        node.sh("systemctl reset-failed containerd");
        node.sh(remedy);
        node.wait_for("the runtime", || node.cri().status().map(|_| ()));
        let left = verdict(&run(node, Way::Host, &["check", "--output", "json"]).report());
        if !left.is_empty() {
            wrong.push(format!("{}: {left:?} is left after {remedy}", row.name));
        }
    }
    say(&format!("next start: {ran} of {} remedies ran on a live node", DEFECTS.len()));
    assert_eq!(wrong, [""; 0]);
    assert!(ran >= 12, "{ran}");
    node.write(CONFIG, before);
    node.restart_containerd();
}

pub(crate) fn every_verb_says_the_same_of_the_next_start(node: &Node) {
    let before = node.read(CONFIG);
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let starts = node.starts();
    let mut wrong = Vec::new();
    for row in DEFECTS {
        if verdicts(node, row).is_empty() {
            wrong.push(format!("{} is not told", row.name));
        }
    }
    for row in GOOD {
        let told = verdicts(node, row);
        if !told.is_empty() {
            wrong.push(format!("{}: {told:?}", row.name));
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert_eq!(node.starts(), starts, "nobody restarted it");
    node.write(CONFIG, before);
}

/// The prediction comes true, and the program knows the release without a CRI answer.
pub(crate) fn the_next_start_fails_as_it_was_told(node: &Node) {
    let before = node.read(CONFIG);
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let told = verdicts(node, &DEFECTS[0]);
    assert!(told[0].1.contains("stream_idle_timeout"), "{told:?}");
    node.try_sh("systemctl reset-failed containerd; systemctl restart containerd");
    let checked = node.wait_for("a check of the runtime without CRI", || {
        let checked = run(node, Way::Host, &["check", "--output", "json"]);
        let report = checked.report();
        let codes = report["findings"].as_array().into_iter().flatten().map(|finding| &finding["code"]);
        if codes.into_iter().any(|code| code == "cri-disabled") {
            Ok(checked)
        } else {
            Err(checked.to_string())
        }
    });
    let told = verdict(&checked.report());
    assert!(told.len() == 1 && told[0].1.contains("stream_idle_timeout"), "{checked}");
    node.write(CONFIG, before);
    node.restart_containerd();
}

/// A container sees the config and a part of the host. It judges what it sees in the same way, and names the rest
/// once.
pub(crate) fn in_a_container_the_rest_is_named(node: &Node) {
    let before = node.read(CONFIG);
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Container, &install(&[])).ended("ready");
    for (row, count) in [(&DEFECTS[0], 1), (&GOOD[0], 0)] {
        node.write(CONFIG, row.text());
        let planned = run(node, Way::Container, &install(&["--dry-run"]));
        let told = verdict(&planned.ended("planned"));
        assert_eq!(told.len(), count, "{}: {planned}", row.name);
        let installed = run(node, Way::Container, &install(&[]));
        assert_eq!(verdict(&installed.report()), told, "{}: {installed}", row.name);
        let checked = run(node, Way::Container, &["check", "--output", "json"]);
        assert_eq!(verdict(&checked.report()), told, "{}: {checked}", row.name);
        let report = checked.report();
        let unseen = report["unseen"].as_array().expect("unseen");
        let of_the_start = unseen.iter().filter(|line| line.to_string().contains("next start"));
        assert!(of_the_start.count() == 1, "{}: {checked}", row.name);
    }
    node.write(CONFIG, before);
}
