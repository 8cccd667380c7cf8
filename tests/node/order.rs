//! The order of changes: on a fresh node the runtime first; if the runtime's value is right already, the chain. And
//! what delays a restart.

use std::process::Stdio;

use crate::install::assert_chained;
use crate::network::{
    CHAIN, PRIMARY, TUNING, never_two_networks, primary, set_max_conf_num, wait_for_networks,
};
use crate::node::{CONFIG, Node};
use crate::pod::Pod;
use crate::program::{ON_HOST, Way, install, run, start};

pub(crate) fn on_a_fresh_node_the_restart_is_over_before_the_primary_comes(node: &Node) {
    fresh(node, Way::Host);
}

pub(crate) fn in_a_container_the_restart_is_over_before_the_primary_comes(node: &Node) {
    fresh(node, Way::Container);
}

fn fresh(node: &Node, way: Way) {
    set_max_conf_num(node, 0);
    let starts = node.starts();
    let agent = Pod::host_network(node, "agent");
    // This test restarted the kubelet a moment ago, which delays nothing.
    let args = ["install", "--plugin", TUNING, "--primary-timeout", "60s", "--output", "json"];
    let running = start(node, way, &args);
    node.wait_for("the runtime to have the value while no primary is there", || {
        match node.cri().status()?.max_conf_num() {
            1 => Ok(()),
            other => Err(format!("max_conf_num = {other}")),
        }
    });
    assert!(!node.has(CHAIN), "nothing is published before the primary");
    let run = never_two_networks(node, || {
        node.write(PRIMARY, primary("primary", 88));
        running.wait()
    });
    let report = run.ended("ready");
    assert_eq!(report["runtime"]["restarted"], true, "{report}");
    assert_eq!(node.starts(), starts + 1, "{report}");
    assert!(agent.survives());
    assert_chained(node, &report);
}

/// No early restart: it is not known if a kubelet uses this runtime, or a file must be corrected, or pods have a
/// network.
pub(crate) fn on_a_node_that_is_not_fresh_nothing_is_restarted_early(node: &Node) {
    set_max_conf_num(node, 0);
    let (config, starts) = (node.read(CONFIG), node.starts());
    let args = ["install", "--plugin", TUNING, "--primary-timeout", "2s"];
    let nothing = |code: i32, why: &str| {
        let run = run(node, Way::Host, &args);
        assert_eq!(run.code, code, "{why}: {run}");
        assert_eq!((node.read(CONFIG), node.starts()), (config.clone(), starts), "{why}: {run}");
    };
    nothing(3, "no sandbox");
    let agent = Pod::host_network(node, "agent");
    node.write(PRIMARY, "{");
    wait_for_networks(node, &[]);
    nothing(4, "a load that failed on a file that is there");
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let pod = Pod::run(node, "pod").unwrap();
    node.sh(&format!("rm {PRIMARY}"));
    wait_for_networks(node, &[]);
    nothing(3, "a pod with a network of its own");
    assert!(agent.survives() && pod.survives());
}

/// The chain is loaded, so a wait loses nothing. The administrator did the last restart.
pub(crate) fn a_restart_keeps_its_distance_from_the_last_one(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    set_max_conf_num(node, 0);
    let starts = node.starts();
    // Far longer than a test runs, so the result does not depend on the speed of this machine.
    let args = ["install", "--plugin", TUNING, "--restart-quiet", "10h"];
    let (log, held) = ("/run/held.log", "restarted less than 36000s ago, so its next restart waits");
    let stderr = std::fs::File::create(node.path(log)).unwrap();
    let mut held_back = node.command(ON_HOST);
    let mut held_back = held_back.args(args).stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
    node.wait_for("the program to say that it waits", || {
        let said = String::from_utf8(node.read(log)).unwrap();
        if said.contains(held) { Ok(()) } else { Err(said) }
    });
    assert_eq!((node.starts(), node.cri().status().unwrap().max_conf_num()), (starts, 0));
    let _ = held_back.kill();
    let _ = held_back.wait();
    // Without a quiet time it is restarted at once.
    run(node, Way::Host, &install(&[])).ended("ready");
    assert_eq!((node.starts(), node.cri().status().unwrap().max_conf_num()), (starts + 1, 1));
}

/// The runtime is young but was never restarted. The chain is loaded, and another value is desired.
pub(crate) fn the_first_start_of_the_boot_holds_nothing_back(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let starts = node.starts();
    assert_eq!(starts, 1, "nothing but the boot has started it");
    let args = ["install", "--plugin", TUNING, "--output", "json", "--restart-quiet", "10h"];
    let args = [&args[..], &["--systemd-cgroup", "true"]].concat();
    let report = run(node, Way::Host, &args).ended("ready");
    assert_eq!(
        (report["runtime"]["restarted"].as_bool(), node.starts()),
        (Some(true), starts + 1),
        "{report}"
    );
}

/// The node's image writes its config at each boot, and the early unit runs before the kubelet.
pub(crate) fn without_waiting_the_config_of_a_new_boot_is_brought_in_order(node: &Node) {
    let before = set_max_conf_num(node, 0);
    let no_wait = install(&["--no-wait"]);
    let agent = Pod::host_network(node, "agent");
    let starts = node.starts();
    run(node, Way::Host, &no_wait).ended("waiting");
    assert_eq!(
        (node.read(CONFIG), node.starts()),
        (before.clone(), starts),
        "no boot before wanted anything"
    );
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
    node.write(CONFIG, &before);
    node.sh(&format!("rm -f {PRIMARY} {CHAIN}"));
    agent.remove();
    node.reboot();
    let starts = node.starts();
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 0);
    let report = run(node, Way::Host, &no_wait).ended("waiting");
    assert_eq!(report["runtime"]["restarted"], true, "{report}");
    assert_eq!((node.starts(), node.cri().status().unwrap().max_conf_num()), (starts + 1, 1));
    node.write(PRIMARY, primary("primary", 88));
    assert_chained(node, &run(node, Way::Host, &install(&[])).ended("ready"));
}

pub(crate) fn a_runtime_that_is_down_because_of_its_config_is_6_and_the_place(node: &Node) {
    node.write(CONFIG, "version = 2\n[plugins\n");
    let _ = node.try_sh("systemctl reset-failed containerd; systemctl restart containerd");
    node.write(PRIMARY, primary("primary", 88));
    let run = run(node, Way::Host, &install(&["--restart-timeout", "2s"]));
    let report = run.failed("runtime-config-refused");
    assert!(report["message"].as_str().unwrap().contains(&format!("{CONFIG}:2:")), "{run}");
    assert!(!node.has(CHAIN));
}

/// The plugins of this node are in `/usr/lib/cni`, which only the runtime reports.
pub(crate) fn a_silent_runtime_is_told_and_no_binary_is_missed_elsewhere(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    node.sh("systemctl stop containerd");
    let args = [
        "install",
        "--plugin",
        TUNING,
        "--primary-timeout",
        "0",
        "--restart-timeout",
        "2s",
        "--output",
        "json",
    ];
    let run = run(node, Way::Host, &args);
    run.failed("runtime-not-running");
    assert!(!run.stderr.contains("plugin binary"), "{run}");
}
