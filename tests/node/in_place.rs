//! The chain in the primary's own file, as containerd loads it and pods get it.

use serde_json::json;

use crate::network::{CHAIN, EFFECT, PRIMARY, TUNING, never_two_networks, primary, wait_for_networks};
use crate::node::Node;
use crate::pod::Pod;
use crate::program::{Run, Way, run};
use crate::stamps::Stamps;

const OBJECT: &str = "/etc/cni/net.d/10-primary.conf";

fn install(node: &Node, way: Way, more: &[&str]) -> Run {
    let verb = [
        "install",
        "--layout",
        "in-place",
        "--plugin",
        TUNING,
        "--primary-timeout",
        "60s",
        "--output",
        "json",
    ];
    never_two_networks(node, || run(node, way, &[&verb[..], more].concat()))
}

fn uninstall(node: &Node) {
    run(node, Way::Host, &["uninstall", "--owner", "tuning", "--output", "json"]).ended("removed");
    assert_eq!(node.cri().status().unwrap().networks(), [["ptp"]]);
}

/// A pod has the primary's network and shows the plugin's effect.
fn assert_chained(node: &Node, run: &Run, outcome: &str) {
    let report = run.ended(outcome);
    assert_eq!(report["chain"]["layout"], "in-place", "{report}");
    assert_eq!(report["chain"]["path"], PRIMARY, "{report}");
    assert_eq!(report["chain"]["types"], json!(["ptp", "tuning"]), "{report}");
    assert_eq!(report["proof"]["matches"], true, "{report}");
    assert_eq!(node.sh("ls -A /etc/cni/net.d"), "10-primary.conflist\n");
    assert!(!node.has(CHAIN));
    let pod = Pod::run(node, "chained").unwrap();
    assert!(pod.ip().starts_with("10.88."));
    assert_eq!(pod.sysctl(EFFECT.0), EFFECT.1);
    pod.remove();
}

pub(crate) fn the_chain_lies_in_the_primary_s_file_and_follows_its_writer(node: &Node) {
    let text = primary("primary", 88);
    node.write(PRIMARY, &text);
    wait_for_networks(node, &[&["ptp"]]);
    let starts = node.starts();
    assert_chained(node, &install(node, Way::Container, &[]), "ready");
    let stamps = Stamps::of(node);
    install(node, Way::Container, &[]).ended("unchanged");
    stamps.assert_same(&Stamps::of(node));
    // Its writer writes it anew: in place, as Calico's does.
    let newer = text.replace("1450", "1400");
    node.write(PRIMARY, &newer);
    wait_for_networks(node, &[&["ptp"]]);
    let check = run(node, Way::Host, &["check", "--output", "json"]);
    assert!(check.has_finding("chain-missing"), "{check}");
    assert_chained(node, &install(node, Way::Host, &[]), "ready");
    assert_eq!(node.starts(), starts, "nothing is restarted for a file");
    uninstall(node);
    assert_eq!(String::from_utf8_lossy(&node.read(PRIMARY)), newer);
}

pub(crate) fn a_plugin_object_becomes_a_list_and_comes_back(node: &Node) {
    let object = r#"{"cniVersion":"0.4.0","name":"primary","type":"ptp","mtu":1450,
        "ipam":{"type":"host-local","ranges":[[{"subnet":"10.88.0.0/24"}]]}}"#;
    node.write(OBJECT, object);
    wait_for_networks(node, &[&["ptp"]]);
    assert_chained(node, &install(node, Way::Host, &[]), "ready");
    install(node, Way::Host, &[]).ended("unchanged");
    // Its writer brings it back: once is done again, twice is refused.
    node.write(OBJECT, object);
    assert_chained(node, &install(node, Way::Host, &[]), "ready");
    node.write(OBJECT, object);
    let refused = install(node, Way::Host, &[]);
    refused.failed("primary-brought-back");
    assert!(refused.stderr.contains("--layout own-file"), "{refused}");
    uninstall(node);
    assert_eq!(node.sh("ls -A /etc/cni/net.d"), "10-primary.conf\n");
    assert_eq!(String::from_utf8_lossy(&node.read(OBJECT)), object);
}

/// The program keeps the replaced file open for a while: a writer that opened it before writes into that one.
pub(crate) fn what_a_writer_writes_into_the_replaced_file_is_not_lost(node: &Node) {
    let text = primary("primary", 88);
    let newer = text.replace("1450", "1400");
    node.write(PRIMARY, &text);
    node.write("/root/newer", &newer);
    wait_for_networks(node, &[&["ptp"]]);
    let writer = format!(
        "exec 3<>{PRIMARY}; touch /root/opened; \
         while [ \"$(stat -Lc %i /proc/self/fd/3)\" = \"$(stat -c %i {PRIMARY})\" ]; do sleep 0.02; done; \
         : >/proc/$$/fd/3; cat /root/newer >&3"
    );
    let mut writer = node.command("bash").args(["-c", &writer]).spawn().unwrap();
    node.wait_for("the writer", || if node.has("/root/opened") { Ok(()) } else { Err("not yet".to_owned()) });
    assert_chained(node, &install(node, Way::Host, &[]), "ready");
    assert!(writer.wait().unwrap().success());
    let chain = String::from_utf8(node.read(PRIMARY)).unwrap();
    assert!(chain.contains("1400") && chain.contains("tuning"), "{chain}");
    uninstall(node);
    assert_eq!(String::from_utf8_lossy(&node.read(PRIMARY)), newer);
    node.sh("rm -f /root/newer /root/opened");
}
