//! Directories where the runtime does not look, and plugins that it appends to a network itself.

use serde_json::Value;

use crate::install::assert_chained;
use crate::network::{CHAIN, EFFECT, PRIMARY, TUNING, primary, wait_for_networks};
use crate::node::{BIN_DIR, CONF_DIR, Node};
use crate::pod::Pod;
use crate::program::{UNINSTALL, Way, install, run};
use crate::rig::Release;
use crate::stamps::Stamps;

/// One plugin in a file of its own.
const ALONE: &str = "/etc/cni/net.d/10-primary.conf";
/// The directory that libcni 1.3 reads for the primary's network.
const ADDED: &str = "/etc/cni/net.d/primary";

fn refused(node: &Node, options: &[&str], code: &str, word: &str) {
    let stamps = Stamps::of(node);
    let run = run(node, Way::Host, &install(options));
    assert!(run.failed(code)["message"].as_str().is_some_and(|message| message.contains(word)), "{run}");
    stamps.assert_same(&Stamps::of(node));
}

pub(crate) fn a_directory_in_which_the_runtime_does_not_look_is_refused(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    node.sh(&format!("mkdir -p /srv/net.d /srv/bin && cp {PRIMARY} /srv/net.d/ && cp {BIN_DIR}/* /srv/bin/"));
    // The first run copies the program to the node.
    run(node, Way::Host, &["check"]);
    refused(node, &["--conf-dir", "/srv/net.d"], "conf-dir-elsewhere", "/srv/net.d");
    refused(node, &["--bin-dir", "/srv/bin"], "bin-dir-elsewhere", "/srv/bin");
    // Other names of the runtime's own directories.
    node.sh(&format!(
        "ln -s {CONF_DIR} /srv/conf && mkdir /srv/plugins && mount --bind {BIN_DIR} /srv/plugins"
    ));
    let report = run(node, Way::Host, &install(&["--conf-dir", "/srv/conf", "--bin-dir", "/srv/plugins"]))
        .ended("ready");
    assert_eq!(report["proof"]["matches"], true, "{report}");
    assert!(node.has(CHAIN));
    let pod = Pod::run(node, "chained").unwrap();
    assert_eq!(pod.sysctl(EFFECT.0), EFFECT.1);
    pod.remove();
}

pub(crate) fn a_single_plugin_file_is_chained_and_healthy(node: &Node) {
    let list: Value = serde_json::from_str(&primary("primary", 88)).unwrap();
    let mut plugin = list["plugins"][0].clone();
    plugin["name"] = "primary".into();
    plugin["cniVersion"] = "0.4.0".into();
    node.write(ALONE, plugin.to_string());
    // A list would be extended from it; a single plugin has no such directory.
    node.write(&format!("{ADDED}/20.conf"), "{");
    wait_for_networks(node, &[&["ptp"]]);
    let healthy = run(node, Way::Host, &["check", "--output", "json"]).ended("unchanged");
    assert_eq!(healthy["findings"], serde_json::json!([]), "{healthy}");
    let report = run(node, Way::Host, &install(&[])).ended("ready");
    assert_chained(node, &report);
    let chain = String::from_utf8(node.read(CHAIN)).unwrap();
    assert_eq!(chain.contains("\"loadOnlyInlinedPlugins\":true"), node.release == Release::Sid, "{chain}");
    run(node, Way::Host, &["check", "--output", "json"]).ended("unchanged");
    let pod = Pod::run(node, "chained").unwrap();
    assert_eq!(pod.sysctl(EFFECT.0), EFFECT.1);
    pod.remove();
}

/// Only libcni 1.3 reads the directory, so other releases are not tested.
pub(crate) fn what_a_directory_adds_to_the_network_is_judged_and_proven(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    node.write(&format!("{ADDED}/20.conf"), "{");
    let soon = ["install", "--plugin", TUNING, "--primary-timeout", "1s", "--output", "json"];
    let broken = run(node, Way::Host, &soon);
    broken.failed("primary-invalid");
    assert!(broken.stderr.contains("primary/20.conf"), "{broken}");
    assert!(!node.has(CHAIN));
    let more = r#"{"name":"primary","type":"tuning","sysctl":{"net.ipv4.ip_default_ttl":"33"}}"#;
    node.write(&format!("{ADDED}/20.conf"), more);
    let twice = run(node, Way::Host, &install(&[]));
    twice.failed("plugin-runs-twice");
    let sbr = r#"{"name":"primary","type":"sbr"}"#;
    node.write(&format!("{ADDED}/20.conf"), sbr);
    let report = run(node, Way::Host, &install(&[])).ended("ready");
    assert_eq!(report["proof"]["matches"], true, "{report}");
    wait_for_networks(node, &[&["ptp", "tuning", "sbr"]]);
    let checked = run(node, Way::Host, &["check", "--output", "json"]).ended("problems");
    let codes: Vec<&Value> =
        checked["findings"].as_array().unwrap().iter().map(|found| &found["code"]).collect();
    assert_eq!(codes, ["conf-subdirectory"], "{checked}");
    let pod = Pod::run(node, "chained").unwrap();
    assert_eq!(pod.sysctl(EFFECT.0), EFFECT.1);
    pod.remove();
    let stamps = Stamps::of(node);
    run(node, Way::Host, &install(&[])).ended("unchanged");
    stamps.assert_same(&Stamps::of(node));
    run(node, Way::Host, &UNINSTALL).ended("removed");
    wait_for_networks(node, &[&["ptp", "sbr"]]);
}

pub(crate) fn an_uninstall_whose_primary_is_gone_is_8_until_it_is_back(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    node.sh(&format!("rm {PRIMARY}"));
    for _ in 0..2 {
        let gone = run(node, Way::Host, &UNINSTALL);
        gone.failed("no-primary-left");
        assert!(gone.has_finding("no-primary-left"), "{gone}");
        assert!(!node.has(CHAIN));
    }
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &UNINSTALL).ended("removed");
    assert!(!node.has("/var/lib/cni-bootstrap/tuning.json"));
}
