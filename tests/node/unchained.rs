//! The nights of a network that nothing is chained to: the primary's file is there, and the runtime does not run it.

use serde_json::json;

use crate::network::{PRIMARY, primary, replace_conf_dir, set_max_conf_num, wait_for_networks};
use crate::node::{CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Run, Way, run};
use crate::rig::Release;

/// `install` without a plugin, as the initContainer of a network's own pod runs it.
fn install(node: &Node, way: Way, more: &[&str]) -> Run {
    let verb = ["install", "--primary-timeout", "60s", "--output", "json", "--restart-quiet", "0s"];
    run(node, way, &[&verb[..], more].concat())
}

fn assert_proven(node: &Node, run: &Run, outcome: &str) {
    let report = run.ended(outcome);
    assert_eq!(report["owner"], "node", "{report}");
    assert_eq!(report["chain"]["layout"], "none", "{report}");
    assert_eq!(report["chain"]["path"], PRIMARY, "{report}");
    assert_eq!(report["chain"]["types"], json!(["ptp"]), "{report}");
    assert_eq!(report["proof"]["matches"], true, "{report}");
    assert_eq!(node.sh("ls -A /etc/cni/net.d"), "10-primary.conflist\n", "nothing is published");
    let pod = Pod::run(node, "after").unwrap();
    assert!(pod.ip().starts_with("10.88."));
    pod.remove();
}

/// A rename from another directory makes no event that containerd heeds: `cni plugin not initialized`, for good.
pub(crate) fn a_list_that_was_moved_in_is_loaded_without_a_restart(node: &Node) {
    node.write("/root/10-primary.conflist", primary("primary", 88));
    node.sh("mv /root/10-primary.conflist /etc/cni/net.d/");
    let starts = node.starts();
    assert!(!node.cri().status().unwrap().network_ready);
    assert_proven(node, &install(node, Way::Container, &[]), "ready");
    assert_eq!(node.starts(), starts);
    assert_proven(node, &install(node, Way::Container, &[]), "unchanged");
}

/// containerd 1.x watches the directory that was removed; later ones end and are started again.
pub(crate) fn a_conf_dir_made_anew_is_loaded(node: &Node) {
    replace_conf_dir(node);
    node.write(PRIMARY, primary("primary", 88));
    let changes = if node.release == Release::Sid { "unchanged" } else { "ready" };
    assert_proven(node, &install(node, Way::Host, &[]), changes);
    assert_proven(node, &install(node, Way::Host, &[]), "unchanged");
}

/// Values that are asked for are set, live, and given back by an uninstall that names no owner.
pub(crate) fn two_networks_become_one_and_the_config_comes_back(node: &Node) {
    let before = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let starts = node.starts();
    let one = ["--max-conf-num", "1"];
    assert_proven(node, &install(node, Way::Container, &one), "ready");
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
    assert_eq!(node.starts(), starts + 1);
    let config = node.read(CONFIG);
    assert_proven(node, &install(node, Way::Container, &one), "unchanged");
    assert_eq!((node.read(CONFIG), node.starts()), (config, starts + 1));
    let uninstall = ["uninstall", "--output", "json", "--restart-quiet", "0s"];
    run(node, Way::Container, &uninstall).ended("removed");
    assert_eq!(node.read(CONFIG), before);
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 0);
    assert!(node.has(PRIMARY));
}
