//! Two owners on one node: one chain, whose layers come and go, and one restart for both.

use crate::network::{CHAIN, PRIMARY, TUNING, never_two_networks, primary, set_max_conf_num};
use crate::node::{CONFIG, Node};
use crate::program::{UNINSTALL, Way, run};
use crate::stamps::Stamps;

/// A plugin of containernetworking that needs no configuration, so pods start with it.
const SBR: &str = r#"{"type":"sbr"}"#;

pub(crate) fn two_owners_share_one_chain_and_one_restart(node: &Node) {
    let before = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    let installs = |way, plugin| {
        let words = ["install", "--plugin", plugin, "--output", "json"];
        never_two_networks(node, || run(node, way, &words))
    };
    installs(Way::Host, TUNING).ended("ready");
    let starts = node.starts();
    installs(Way::Container, SBR).ended("ready");
    assert_eq!(node.starts(), starts, "the value is right already");
    assert!(!node.has(CHAIN), "the file has the name of the owner first in byte order");
    assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "sbr", "tuning"]]);
    installs(Way::Host, TUNING).ended("unchanged");
    let stamps = Stamps::of(node);
    installs(Way::Host, SBR).ended("unchanged");
    stamps.assert_same(&Stamps::of(node));

    let leaves = |words: &[&str]| never_two_networks(node, || run(node, Way::Host, words)).ended("removed");
    leaves(&UNINSTALL);
    assert_eq!(node.starts(), starts, "the other owner still needs the value");
    assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "sbr"]]);
    leaves(&["uninstall", "--owner", "sbr", "--output", "json"]);
    assert_eq!(String::from_utf8_lossy(&node.read(CONFIG)), String::from_utf8_lossy(&before));
    assert_eq!(node.cri().status().unwrap().networks(), [["ptp"]]);
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 0);
}
