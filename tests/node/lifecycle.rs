//! A second run, a dry run, and uninstall.

use std::process::Command;

use crate::install::assert_chained;
use crate::network::{
    CHAIN, EFFECT, PRIMARY, never_two_networks, primary, set_max_conf_num, wait_for_networks,
};
use crate::node::{CONFIG, Node};
use crate::pod::Pod;
use crate::program::{ON_HOST, UNINSTALL, Way, install, run};
use crate::rig::say;
use crate::stamps::Stamps;

pub(crate) fn a_second_run_writes_nothing_and_restarts_nothing(node: &Node) {
    second_run(node, Way::Host);
}

pub(crate) fn a_second_run_in_a_container_writes_nothing_and_restarts_nothing(node: &Node) {
    second_run(node, Way::Container);
}

fn second_run(node: &Node, way: Way) {
    set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    run(node, way, &install(&[])).ended("ready");
    let (stamps, starts) = (Stamps::of(node), node.starts());
    let report = run(node, way, &install(&[])).ended("unchanged");
    stamps.assert_same(&Stamps::of(node));
    assert_eq!(node.starts(), starts);
    assert_eq!(report["chain"]["changed"], false, "{report}");
    assert_eq!(report["runtime"]["changed"], false, "{report}");
    assert_eq!(report["runtime"]["restarted"], false, "{report}");
    assert_chained(node, &report);
}

/// Whether a rollback timer can be armed is found out by a transient unit, and `nsenter` by the host's `systemctl`: a run
/// that restarts nothing does neither.
pub(crate) fn a_run_with_nothing_to_do_starts_nothing_on_the_host(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let unchanged = |way, more: &[&str]| drop(run(node, way, &install(more)).ended("unchanged"));
    let check = |way| assert_eq!(run(node, way, &["check", "--output", "json"]).code, 0);
    for way in [Way::Host, Way::Container] {
        assert_eq!(new_jobs(node, || unchanged(way, &[])), 0);
        assert_eq!(new_jobs(node, || check(way)), 0);
    }
    for method in ["dbus", "nsenter"] {
        let more = install(&["--restart", method]);
        let mut command = node.command(ON_HOST);
        command.args(more);
        let Some(executed) = executed(&command) else { return };
        assert_eq!(executed, ["nsenter", "cni-bootstrap"], "--restart {method}");
    }
}

/// How many jobs systemd has made meanwhile, for a transient unit too. Another program may have had one made at the very
/// moment: the least of three counts.
fn new_jobs(node: &Node, act: impl Fn()) -> u64 {
    let made = || -> u64 { node.sh("systemctl show --value -p NInstalledJobs").trim().parse().unwrap() };
    let count = |()| {
        let before = made();
        act();
        made() - before
    };
    [(), (), ()].map(count).into_iter().min().unwrap_or_default()
}

/// A second containerd would clean up running pods (containerd `shim_load.go`). So the judges of a restart start none:
/// `config dump` and `--version` end without touching the node's state.
pub(crate) fn a_run_that_restarts_starts_no_second_containerd(node: &Node) {
    set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let starts = node.starts();
    // The first run copies the program to the node.
    run(node, Way::Host, &install(&["--dry-run"])).ended("planned");
    let mut command = node.command(ON_HOST);
    command.args(install(&[]));
    let Some(lines) = execve_lines(&command) else { return };
    assert_eq!(node.starts(), starts + 1);
    let of_containerd: Vec<&String> =
        lines.iter().filter(|line| program(line).is_some_and(|name| name == "containerd")).collect();
    assert!(!of_containerd.is_empty(), "the host's containerd was not asked: {lines:?}");
    let asks = |line: &str| line.contains(r#""config", "dump"]"#) || line.contains(r#", "--version"]"#);
    assert!(of_containerd.iter().all(|line| asks(line)), "{of_containerd:?}");
}

/// The programs that a command executes, itself first; `None` without strace.
pub(crate) fn executed(command: &Command) -> Option<Vec<String>> {
    Some(execve_lines(command)?.iter().filter_map(|line| program(line)).collect())
}

/// The name of the program in a line of strace.
fn program(line: &str) -> Option<String> {
    line.split('"').nth(1)?.rsplit('/').next().map(str::to_owned)
}

/// The programs that a command executes, each a line of strace with its arguments; `None` without strace.
fn execve_lines(command: &Command) -> Option<Vec<String>> {
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=execve,execveat", "-e", "signal=none", "-o", "/dev/stderr"])
        .arg(command.get_program())
        .args(command.get_args())
        .output();
    let Ok(traced) = traced else {
        say("*** SKIPPED, what the run executes was not traced: this needs strace ***");
        return None;
    };
    let text = String::from_utf8_lossy(&traced.stderr);
    assert!(traced.status.success(), "{text}");
    let done = text.lines().filter(|line| line.contains(" execve") && line.ends_with(" = 0"));
    Some(done.map(str::to_owned).collect())
}

pub(crate) fn a_dry_run_changes_nothing(node: &Node) {
    set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let (config, starts) = (node.read(CONFIG), node.starts());
    // The first run copies the program to the node, which is not a change that it made.
    run(node, Way::Host, &install(&["--dry-run"])).ended("planned");
    let stamps = Stamps::of(node);
    let report = run(node, Way::Host, &install(&["--dry-run"])).ended("planned");
    stamps.assert_same(&Stamps::of(node));
    assert_eq!((node.read(CONFIG), node.starts()), (config, starts));
    assert!(!node.has(CHAIN) && !node.has("/var/lib/cni-bootstrap/tuning.json"));
    let actions = report["actions"].as_array().unwrap();
    let names = |path: &str| actions.iter().any(|a| a["path"].as_str().is_some_and(|p| p.ends_with(path)));
    assert!(names(CONFIG) && names(CHAIN), "{report}");
    wait_for_networks(node, &[&["ptp"]]);
}

pub(crate) fn uninstall_restores_the_config_and_the_primary(node: &Node) {
    let before = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    assert_ne!(node.read(CONFIG), before);
    never_two_networks(node, || run(node, Way::Host, &UNINSTALL)).ended("removed");
    assert_uninstalled(node, &before);
}

pub(crate) fn uninstall_twice_is_the_same_as_once(node: &Node) {
    let before = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Container, &install(&[])).ended("ready");
    run(node, Way::Container, &UNINSTALL).ended("removed");
    assert_uninstalled(node, &before);
    let (stamps, starts) = (Stamps::of(node), node.starts());
    let again = run(node, Way::Container, &UNINSTALL);
    assert_eq!(again.code, 0, "{again}");
    stamps.assert_same(&Stamps::of(node));
    assert_eq!(node.starts(), starts);
    assert_uninstalled(node, &before);
}

/// The administrator's bytes are back, and the runtime runs with them, on the primary.
fn assert_uninstalled(node: &Node, config: &[u8]) {
    assert_eq!(String::from_utf8_lossy(&node.read(CONFIG)), String::from_utf8_lossy(config));
    assert!(!node.has(CHAIN));
    assert!(!node.has("/var/lib/cni-bootstrap/tuning.json"));
    let status = node.cri().status().unwrap();
    assert_eq!((status.network_ready, status.load_status()), (true, "OK"));
    assert_eq!(status.networks(), [["ptp"]]);
    assert_eq!(status.max_conf_num(), 0);
    let pod = Pod::run(node, "after").unwrap();
    assert_ne!(pod.sysctl(EFFECT.0), EFFECT.1);
    pod.remove();
}
