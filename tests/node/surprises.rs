//! Changes that a runtime does not notice, and errors that it reports although all is well.

use std::fs::OpenOptions;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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

/// The chain on disk is right, but the runtime has only noticed its removal: a nudge is enough.
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

/// 1.x needs one restart; 2.1 is down when the program runs, and systemd starts it: one start in both cases.
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

/// The plugin's agent may wait for this program, so the install ends with a finding.
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
    // `check` calls the node that is NotReady an error.
    let report = first.ended("ready-with-problems");
    assert!(first.has_finding("plugin-status-not-ready"), "{first}");
    assert_eq!(report["proof"]["networkReady"], false, "{report}");
    assert_eq!(report["proof"]["matches"], true, "{report}");
    wait_for_networks(node, &[&["quiet", "agent"]]);
    assert!(!node.cri().status().unwrap().network_ready);

    let stamps = Stamps::of(node);
    let second = run(node, Way::Host, &args);
    second.ended("ready-with-problems");
    stamps.assert_same(&Stamps::of(node));

    node.write("/run/agent-ready", "");
    let third = run(node, Way::Host, &args);
    assert_eq!(third.ended("unchanged")["proof"]["networkReady"], true, "{third}");
    assert!(!third.has_finding("plugin-status-not-ready"), "{third}");
}

/// The primary disappears for a moment (an upgrade of its agent): the node keeps its network.
pub(crate) fn a_loaded_chain_is_kept_when_its_primary_is_gone(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let (bytes, starts) = (node.read(CHAIN), node.starts());
    node.sh(&format!("rm {PRIMARY}"));
    let kept = run(node, Way::Host, &install(&["--primary-grace", "1s"]));
    kept.ended("unchanged");
    assert!(kept.has_finding("primary-missing-chain-kept"), "{kept}");
    assert_eq!((node.read(CHAIN) == bytes, node.starts()), (true, starts), "{kept}");
    wait_for_networks(node, &[&["ptp", "tuning"]]);

    // A chain that is not loaded is not a network: the run then waits for the whole timeout and ends with 3.
    node.sh(&format!("mv {CHAIN} /root/"));
    wait_for_networks(node, &[]);
    node.sh(&format!("mv /root/05-tuning.conflist {CHAIN}"));
    let hasty = |word| if word == "60s" { "2s" } else { word };
    let args: Vec<&str> = install(&["--primary-grace", "1s"]).into_iter().map(hasty).collect();
    let missed = run(node, Way::Host, &args);
    missed.failed("no-primary");
}

/// Two programs that undo each other would continue forever (as istio-cni and cilium did).
pub(crate) fn a_chain_that_is_undone_again_and_again_ends_with_exit_9(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    let (chain, stop) = (node.path(CHAIN), AtomicBool::new(false));
    let fought = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                if std::fs::metadata(&chain).is_ok_and(|file| file.len() > 0) {
                    let _ = OpenOptions::new().write(true).truncate(true).open(&chain);
                }
                std::thread::sleep(Duration::from_micros(20));
            }
        });
        let fought = run(node, Way::Host, &install(&[]));
        stop.store(true, Ordering::Relaxed);
        fought
    });
    let report = fought.failed("change-undone");
    assert_eq!(report["outcome"], "failed", "{fought}");
    let last = fought.stderr.lines().last().unwrap();
    assert!(last.contains(CHAIN) && last.contains("another program"), "{last}");
}
