//! `check --output npd`, run as node-problem-detector runs a custom plugin (its `pkg/custompluginmonitor`), by the
//! configuration that is deployed.

use std::io::Read as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::check::chain::{CHAIN, chained};
use crate::check::tree::{SOCKET, Tree};

/// The status of a permanent condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    False,
    True,
    Unknown,
}

/// A monitor with one rule: its condition, as node-problem-detector sets it.
struct Monitor {
    config: Value,
    status: Status,
    reason: String,
    message: String,
}

impl Monitor {
    /// The deployed configuration.
    fn new() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("deploy/kustomize/components/node-problem-detector/cni-bootstrap.json");
        let config: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (reason, message) =
            (text(&config["conditions"][0]["reason"]), text(&config["conditions"][0]["message"]));
        Self { config, status: Status::False, reason, message }
    }

    fn rule(&self) -> &Value {
        &self.config["rules"][0]
    }

    /// Runs the plugin once, with its own binary and host root.
    fn run(&mut self, host_root: &str) -> String {
        let args: Vec<&str> =
            self.rule()["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
        let args = args.iter().map(|arg| if *arg == "/host" { host_root } else { arg });
        let mut child = Command::new(env!("CARGO_BIN_EXE_cni-bootstrap"))
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = Vec::new();
        child.stdout.take().unwrap().take(4096).read_to_end(&mut stdout).unwrap();
        let ended = child.wait().unwrap();
        let most =
            usize::try_from(self.config["pluginConfig"]["max_output_length"].as_u64().unwrap()).unwrap();
        let output = String::from_utf8(stdout).unwrap();
        let whole = output.trim();
        assert!(whole.len() <= most && whole.is_ascii() && whole.lines().count() == 1, "{whole:?}");
        let status = match ended.code() {
            Some(0) => Status::False,
            Some(1) => Status::True,
            _ => Status::Unknown,
        };
        self.result(status, whole);
        whole.to_owned()
    }

    /// `generateStatus`: the message of a problem stays while the problem does.
    fn result(&mut self, status: Status, output: &str) {
        let default = self.config["conditions"][0].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let is_news = status == Status::True && self.message != output;
        if status == self.status && !is_news {
            return;
        }
        (self.reason, self.message) = match status {
            Status::True => (text(&self.rule()["reason"]), output.to_owned()),
            Status::False => (text(&default["reason"]), text(&default["message"])),
            Status::Unknown => (text(&default["reason"]), output.to_owned()),
        };
        self.status = status;
    }
}

/// A chained node of which systemd runs, so that it is not a copy; nothing listens on its socket.
fn live() -> Tree {
    let tree = chained();
    tree.mkdir("/run/systemd/system").mkdir("/run/containerd");
    tree
}

#[test]
fn the_configuration_is_a_permanent_condition_within_the_limits() {
    let config = Monitor::new().config;
    assert_eq!(config["plugin"], "custom");
    assert_eq!(config["pluginConfig"]["max_output_length"], 80);
    assert_eq!(config["pluginConfig"]["timeout"], "5s");
    let rule = &config["rules"][0];
    assert_eq!(rule["type"], "permanent");
    assert_eq!(rule["condition"], config["conditions"][0]["type"]);
    // The condition's reason is a CamelCase word (Kubernetes API conventions).
    for reason in [&rule["reason"], &config["conditions"][0]["reason"]] {
        assert!(reason.as_str().unwrap().chars().all(|c| c.is_ascii_alphanumeric()), "{reason}");
    }
}

#[test]
fn a_copy_or_an_empty_root_is_unknown() {
    let mut monitor = Monitor::new();
    let line = monitor.run(chained().root());
    assert_eq!(monitor.status, Status::Unknown, "{line}");
    let mut monitor = Monitor::new();
    let line = monitor.run("/nowhere/at/all");
    assert_eq!(monitor.status, Status::Unknown, "{line}");
    assert!(monitor.message.contains("/nowhere/at/all"), "{}", monitor.message);
}

#[test]
fn a_problem_is_named_by_its_code() {
    let tree = live();
    tree.conf("00-empty.conflist", "");
    let mut monitor = Monitor::new();
    let line = monitor.run(tree.root());
    assert_eq!(monitor.status, Status::True, "{line}");
    assert_eq!(monitor.reason, monitor.rule()["reason"].as_str().unwrap());
    // Both are wrong: the file, and a runtime that is not there.
    let codes = ["conf-file-empty: ", "runtime-not-running: ", "conf-file-unnoticed: "];
    assert!(codes.iter().any(|code| line.starts_with(code)), "{line}");
}

/// A runtime that accepts and never answers: node-problem-detector would end the plugin after 5 s.
#[test]
fn a_runtime_that_never_answers_is_unknown_and_a_broken_file_is_told_all_the_same() {
    let tree = live();
    let _listener = UnixListener::bind(tree.path(SOCKET)).unwrap();
    for (broken, expected) in [(false, Status::Unknown), (true, Status::True)] {
        if broken {
            tree.file(CHAIN, "{");
        }
        let mut monitor = Monitor::new();
        let line = monitor.run(tree.root());
        assert_eq!(monitor.status, expected, "{line}");
    }
}
