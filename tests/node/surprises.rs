//! What a runtime does not notice by itself, and what it says although all is well.

use crate::harness::agents;
use crate::install::assert_chained;
use crate::network::{CHAIN, PRIMARY, primary, replace_conf_dir, wait_for_networks};
use crate::node::Node;
use crate::program::{Way, install, run};
use crate::stamps::Stamps;

pub(crate) fn a_primary_that_was_moved_in_ends_proven(node: &Node) {
    node.write("/root/stage/10-primary.conflist", primary("primary", 88));
    node.sh(&format!("mv /root/stage/10-primary.conflist {PRIMARY}"));
    let starts = node.starts();
    let report = run(node, Way::Host, &install(&[])).ended("ready");
    assert_chained(node, &report);
    assert_eq!(node.starts(), starts);
}

/// The chain on disk is right to the byte, but the runtime has only seen it go: a nudge is enough.
pub(crate) fn a_chain_that_was_moved_in_ends_proven_without_a_restart(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    node.sh(&format!("mkdir /root/stage; mv {CHAIN} /root/stage/"));
    wait_for_networks(node, &[&["ptp"]]);
    node.sh(&format!("mv /root/stage/05-tuning.conflist {CHAIN}"));
    let (bytes, starts) = (node.read(CHAIN), node.starts());
    let run = run(node, Way::Host, &install(&[]));
    assert_eq!(run.code, 0, "{run}");
    assert_chained(node, &run.report());
    assert!(node.read(CHAIN) == bytes, "the file on disk was right: {run}");
    assert_eq!(node.starts(), starts, "{run}");
}

/// 1.x needs one restart; 2.1 is down when the program comes, and is started by systemd: one start either way.
pub(crate) fn a_replaced_conf_dir_ends_proven(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let starts = node.starts();
    replace_conf_dir(node);
    node.write(PRIMARY, primary("replaced", 89));
    let run = run(node, Way::Host, &install(&[]));
    assert_eq!(run.code, 0, "{run}");
    let report = run.report();
    assert_eq!(report["primary"]["network"], "replaced", "{report}");
    assert_chained(node, &report);
    assert_eq!(node.starts(), starts + 1, "{run}");
}

/// Its agent may be what waits for us, so the install ends, and says so.
pub(crate) fn a_plugin_that_answers_code_50_does_not_block_the_install(node: &Node) {
    node.write(PRIMARY, agents(node));
    let args = [
        "install",
        "--plugin",
        r#"{"type":"agent"}"#,
        "--primary-timeout",
        "60s",
        "--output",
        "json",
        "--restart-quiet",
        "0s",
    ];
    let first = run(node, Way::Host, &args);
    let report = first.ended("ready");
    assert!(first.has_finding("plugin-status-not-ready"), "{first}");
    assert_eq!(report["proof"]["networkReady"], false, "{report}");
    assert_eq!(report["proof"]["matches"], true, "{report}");
    wait_for_networks(node, &[&["quiet", "agent"]]);
    assert!(!node.cri().status().unwrap().network_ready);

    let stamps = Stamps::of(node);
    let second = run(node, Way::Host, &args);
    second.ended("unchanged");
    stamps.assert_same(&Stamps::of(node));

    node.write("/run/agent-ready", "");
    let third = run(node, Way::Host, &args);
    assert_eq!(third.ended("unchanged")["proof"]["networkReady"], true, "{third}");
    assert!(!third.has_finding("plugin-status-not-ready"), "{third}");
}
