//! The power is cut while containerd tries to start with a new config that it refuses.

use crate::install::assert_chained;
use crate::network::{CHAIN, wait_for_networks};
use crate::node::{CONFIG, Node, Unsynced};
use crate::program::{Run, UNINSTALL, Way, bring_program, install, run, start};
use crate::rollback::{DROP_IN, assert_as_before, assert_rolled_back, prepared};

/// The file that delays a start. The power cut removes it.
const SLOW: &str = "/run/slow";
/// A unit that refuses the new config, slowly until the power cut.
const REFUSED: &str = r#"ExecStartPre=/bin/sh -c "! grep -q 'max_conf_num = 1' /etc/containerd/config.toml || { [ ! -e /run/slow ] || sleep 50; exit 1; }""#;
/// A unit that is only slow until the power cut.
const TAKES_ITS_TIME: &str = r#"ExecStartPre=/bin/sh -c "[ ! -e /run/slow ] || sleep 50""#;
const MARK: &str = "/var/lib/cni-bootstrap/unproven";

/// A node after a power cut during the restart. Returns the bytes of the config from before.
fn cut(node: &Node, unit: &str) -> Vec<u8> {
    let before = prepared(node, unit);
    node.write(SLOW, "");
    bring_program(node);
    // The test's own files are synced here; the program must sync its files itself.
    node.sync();
    let running = start(node, Way::Host, &install(&["--restart-timeout", "60s"]));
    node.wait_for("containerd to be restarted", || match node.property("ActiveState").as_str() {
        "activating" if node.read(CONFIG) != before => Ok(()),
        other => Err(other.to_owned()),
    });
    assert!(node.has(MARK), "nothing outlives the power cut");
    // A PID 1 that is killed closes its sockets before its children end. The program would notice that and roll back.
    running.kill();
    node.power_cut(Unsynced::Lost);
    assert_ne!(node.read(CONFIG), before, "the power went too late");
    assert!(!node.has("/run/cni-bootstrap/attempt.json"));
    before
}

/// containerd has failed with the new config at least once.
fn cut_and_refused(node: &Node) -> Vec<u8> {
    let before = cut(node, REFUSED);
    node.wait_for("containerd to fail", || match node.property("NRestarts").as_str() {
        "0" | "" => Err("not yet".to_owned()),
        _ => Ok(()),
    });
    let check = run(node, Way::Host, &["check", "--output", "json"]);
    assert_eq!(check.code, 20, "{check}");
    let report = check.report();
    let findings = report["findings"].as_array().unwrap();
    let told = findings.iter().find(|finding| finding["code"] == "config-unverified");
    let told = told.unwrap_or_else(|| panic!("{check}"));
    assert!(
        told["remedy"].as_str().unwrap().starts_with("cni-bootstrap uninstall --owner tuning "),
        "{told}"
    );
    before
}

fn assert_undone(node: &Node, before: &[u8]) {
    wait_for_networks(node, &[&["ptp"]]);
    assert_as_before(node, before);
    assert!(!node.has(MARK));
    let check = run(node, Way::Host, &["check", "--output", "json"]);
    assert!(!check.has_finding("config-unverified"), "{check}");
}

pub(crate) fn install_undoes_what_a_power_cut_left_and_says_so(node: &Node) {
    let before = cut_and_refused(node);
    let undone = run(node, Way::Host, &install(&[]));
    assert_rolled_back(&undone);
    assert_eq!(undone.report()["runtime"]["rolledBack"], true, "{undone}");
    assert_undone(node, &before);
    // After the cause is corrected, the next run succeeds.
    node.sh(&format!("rm {DROP_IN}; systemctl daemon-reload; systemctl restart containerd"));
    wait_for_networks(node, &[&["ptp"]]);
    assert_chained(node, &run(node, Way::Host, &install(&[])).ended("ready"));
    assert!(!node.has(MARK));
}

pub(crate) fn the_early_unit_s_run_undoes_it_too(node: &Node) {
    let before = cut_and_refused(node);
    assert_rolled_back(&run(node, Way::Host, &install(&["--no-wait"])));
    assert_undone(node, &before);
}

pub(crate) fn uninstall_undoes_it_and_the_rest(node: &Node) {
    let before = cut_and_refused(node);
    run(node, Way::Host, &UNINSTALL).ended("removed");
    wait_for_networks(node, &[&["ptp"]]);
    assert_eq!(node.read(CONFIG), before);
    assert!(!node.has(CHAIN) && !node.has("/var/lib/cni-bootstrap/tuning.json") && !node.has(MARK));
}

/// The power was cut, and the config was good.
pub(crate) fn a_power_cut_after_which_the_runtime_comes_up_leaves_nothing_to_undo(node: &Node) {
    cut(node, TAKES_ITS_TIME);
    let report = run(node, Way::Host, &install(&[])).ended("ready");
    assert_chained(node, &report);
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
    assert!(!node.has(MARK));
    assert_eq!(report["runtime"]["restarted"], false, "{report}");
}

/// The runtime came up with the config once. Later something keeps it down, and the config is still removed.
pub(crate) fn uninstall_starts_a_runtime_that_its_config_keeps_down(node: &Node) {
    let before = prepared(node, "");
    run(node, Way::Host, &install(&[])).ended("ready");
    node.write(DROP_IN, format!("[Service]\n{REFUSED}\n"));
    node.sh("systemctl daemon-reload; systemctl restart containerd || true");
    let ended: Run = run(node, Way::Host, &UNINSTALL);
    ended.ended("removed");
    wait_for_networks(node, &[&["ptp"]]);
    assert_eq!(node.read(CONFIG), before);
    assert!(!node.has(CHAIN) && !node.has(MARK));
}
