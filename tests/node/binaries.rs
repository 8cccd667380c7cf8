//! A binary of the chain that the node's kernel cannot execute.

use std::thread::sleep;
use std::time::Duration;

use crate::install::assert_chained;
use crate::network::{CHAIN, PRIMARY, primary, wait_for_networks};
use crate::node::{BIN_DIR, Node};
use crate::pod::Pod;
use crate::program::{Way, install, run, start};
use crate::stamps::Stamps;

/// An installer saved an error page as the binary, or has not set the mode yet: every pod would fail.
pub(crate) fn a_text_file_as_plugin_is_waited_for_and_then_5(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let before = Pod::run(node, "before").unwrap();
    let tuning = format!("{BIN_DIR}/tuning");
    node.sh(&format!("mv {tuning} /root/tuning"));
    node.write(&tuning, "404: the plugin is not here\n");
    node.sh(&format!("chmod 0644 {tuning}"));
    // The first run copies the program to the node.
    run(node, Way::Host, &["check"]);

    let starts = node.starts();
    let hasty = |word| if word == "60s" { "2s" } else { word };
    let args: Vec<&str> = install(&[]).into_iter().map(hasty).collect();
    for (mode, code) in [("0644", "plugin-not-executable"), ("0755", "plugin-damaged")] {
        node.sh(&format!("chmod {mode} {tuning}"));
        let stamps = Stamps::of(node);
        let refused = run(node, Way::Host, &args);
        let message = refused.failed(code)["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains(&tuning), "{refused}");
        assert!(!node.has(CHAIN) && node.starts() == starts, "{refused}");
        stamps.assert_same(&Stamps::of(node));
        wait_for_networks(node, &[&["ptp"]]);
        let meanwhile = Pod::run(node, "meanwhile").unwrap();
        assert_eq!(meanwhile.interfaces().len(), 1);
        meanwhile.remove();
    }
    let running = start(node, Way::Host, &install(&[]));
    sleep(Duration::from_millis(500));
    assert!(!node.has(CHAIN), "published while the plugin is a text");
    node.sh(&format!("mv /root/tuning {tuning}"));
    let report = running.wait().ended("ready");
    assert_chained(node, &report);
    assert!(before.survives());
}
