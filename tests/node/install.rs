//! `install`, from `cni plugin not initialized` to a pod with the chained plugin's effect.

use serde_json::{Value, json};

use crate::network::{
    CHAIN, EFFECT, PRIMARY, arrive_in_pieces, never_two_networks, primary, set_max_conf_num,
    wait_for_networks,
};
use crate::node::{CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Way, install, run, start};

pub(crate) fn on_the_host_a_late_primary_in_pieces_ends_in_a_chained_pod(node: &Node) {
    late_primary(node, Way::Host);
}

pub(crate) fn in_a_container_a_late_primary_in_pieces_ends_in_a_chained_pod(node: &Node) {
    late_primary(node, Way::Container);
}

pub(crate) fn privileged_with_the_host_s_processes_a_late_primary_ends_in_a_chained_pod(node: &Node) {
    late_primary(node, Way::Privileged);
}

pub(crate) fn on_the_host_max_conf_num_zero_takes_exactly_one_restart(node: &Node) {
    max_conf_num_zero(node, Way::Host);
}

pub(crate) fn in_a_container_max_conf_num_zero_takes_exactly_one_restart(node: &Node) {
    max_conf_num_zero(node, Way::Container);
}

pub(crate) fn privileged_max_conf_num_zero_takes_exactly_one_restart(node: &Node) {
    max_conf_num_zero(node, Way::Privileged);
}

pub(crate) fn max_conf_num_one_takes_no_restart(node: &Node) {
    set_max_conf_num(node, 1);
    let (config, starts) = (node.read(CONFIG), node.starts());
    node.write(PRIMARY, primary("primary", 88));
    let report = run(node, Way::Host, &install(&[])).ended("ready");
    assert_eq!(report["runtime"]["restarted"], false, "{report}");
    assert_eq!(report["runtime"]["changed"], false, "{report}");
    assert_eq!((node.read(CONFIG), node.starts()), (config, starts));
    assert_chained(node, &report);
}

pub(crate) fn a_running_pod_survives_the_restart(node: &Node) {
    set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let pods = [Pod::host_network(node, "agent"), Pod::run(node, "before").unwrap()];
    let report = run(node, Way::Host, &install(&[])).ended("ready");
    assert_eq!(report["runtime"]["restarted"], true, "{report}");
    assert!(pods.iter().all(Pod::survives));
    assert_ne!(pods[1].sysctl(EFFECT.0), EFFECT.1, "a pod keeps the network that it got");
    assert_chained(node, &report);
}

/// `max_conf_num` is 1 by default, so no restart is needed. Nothing is published before the primary is complete.
fn late_primary(node: &Node, way: Way) {
    assert!(!node.cri().status().unwrap().network_ready);
    let (config, starts) = (node.read(CONFIG), node.starts());
    let running = start(node, way, &install(&[]));
    arrive_in_pieces(node, |when| assert!(!node.has(CHAIN), "published {when}"));
    let run = running.wait();
    let report = run.ended("ready");
    assert!(report["primary"]["waitedMs"].as_u64().is_some_and(|ms| ms > 0), "{report}");
    assert_eq!(report["primary"]["network"], "primary", "{report}");
    assert_eq!(report["chain"]["changed"], true, "{report}");
    assert_eq!((node.read(CONFIG), node.starts()), (config, starts));
    assert_eq!(node.read(PRIMARY), primary("primary", 88).as_bytes(), "the primary is not ours to touch");
    assert_chained(node, &report);
}

fn max_conf_num_zero(node: &Node, way: Way) {
    let before = set_max_conf_num(node, 0);
    let (starts, invocation) = (node.starts(), node.property("InvocationID"));
    let agent = Pod::host_network(node, "agent");
    node.write(PRIMARY, primary("primary", 88));
    let report = never_two_networks(node, || run(node, way, &install(&[]))).ended("ready");
    assert_eq!(node.starts(), starts + 1, "{report}");
    assert_ne!(node.property("InvocationID"), invocation);
    assert_eq!(report["runtime"]["restarted"], true, "{report}");
    let findings = report["findings"].to_string();
    assert!(!findings.contains("pending-edit"), "what runs is what is on disk: {findings}");
    let method = if way == Way::Privileged { "nsenter" } else { "dbus" };
    assert_eq!(report["runtime"]["method"], method, "{report}");
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
    assert_only_max_conf_num_changed(&before, &node.read(CONFIG));
    assert!(agent.survives());
    assert_chained(node, &report);
}

/// One value differs; every other byte of the administrator's file is unchanged.
fn assert_only_max_conf_num_changed(before: &[u8], after: &[u8]) {
    let before = String::from_utf8_lossy(before);
    assert_eq!(String::from_utf8_lossy(after), before.replace("max_conf_num = 0", "max_conf_num = 1"));
}

/// The node is chained: by the report, the runtime, the file, and the effect in a pod.
pub(crate) fn assert_chained(node: &Node, report: &Value) {
    assert_eq!(report["schema"], "cni-bootstrap.report/1");
    assert_eq!(report["owner"], "tuning");
    assert_eq!(report["chain"]["layout"], "own-file", "{report}");
    assert_eq!(report["chain"]["types"], json!(["ptp", "tuning"]), "{report}");
    assert!(report["chain"]["path"].as_str().is_some_and(|p| p.ends_with(CHAIN)), "{report}");
    assert_eq!(report["proof"]["networkReady"], true, "{report}");
    assert_eq!(report["proof"]["loadStatus"], "OK", "{report}");
    assert_eq!(report["proof"]["matches"], true, "{report}");
    let status = node.cri().status().unwrap();
    assert_eq!((status.network_ready, status.load_status()), (true, "OK"));
    assert_eq!(status.networks(), [["ptp", "tuning"]]);
    assert_eq!(status.loaded_bytes().as_bytes(), node.read(CHAIN));
    assert_effect(node);
}

/// A new pod has one network, with the chained plugin's effect.
pub(crate) fn assert_effect(node: &Node) {
    let pod = Pod::run(node, "after").unwrap();
    assert_eq!(pod.sysctl(EFFECT.0), EFFECT.1);
    assert_eq!(pod.interfaces().len(), 1);
    pod.remove();
}
