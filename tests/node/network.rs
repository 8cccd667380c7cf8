//! The networks that the scenarios use.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use crate::node::{CONF_DIR, CONFIG, Node};
use crate::rig::Release;

/// The primary's file.
pub(crate) const PRIMARY: &str = "/etc/cni/net.d/10-primary.conflist";
/// The chain's file, by the contract: `05-OWNER.conflist`.
pub(crate) const CHAIN: &str = "/etc/cni/net.d/05-tuning.conflist";
/// The chained plugin. A pod shows its effect.
pub(crate) const TUNING: &str = r#"{"type":"tuning","sysctl":{"net.core.somaxconn":"777"}}"#;
/// The sysctl that the plugin sets, and its value.
pub(crate) const EFFECT: (&str, &str) = ("net.core.somaxconn", "777");

/// A primary with pod addresses of 10.SUBNET.0.0/24.
pub(crate) fn primary(name: &str, subnet: u8) -> String {
    conflist(name, subnet, "")
}

/// The same primary with the tuning plugin chained by hand.
pub(crate) fn chained_by_hand(name: &str, subnet: u8) -> String {
    conflist(name, subnet, &format!(",\n    {TUNING}"))
}

fn conflist(name: &str, subnet: u8, more: &str) -> String {
    format!(
        r#"{{
  "cniVersion": "0.4.0",
  "name": "{name}",
  "plugins": [
    {{
      "type": "ptp",
      "mtu": 1450,
      "ipam": {{ "type": "host-local", "ranges": [[{{ "subnet": "10.{subnet}.0.0/24" }}]] }}
    }}{more}
  ]
}}
"#
    )
}

/// A primary with version 1.1.0, which STATUS needs, and a plugin that only answers.
pub(crate) const QUIET: &str = r#"{"cniVersion":"1.1.0","name":"primary","plugins":[{"type":"quiet"}]}"#;

/// A plugin of version 1.1.0 that sets nothing up. It answers STATUS with code 50 (CNI SPEC: "the plugin is not
/// available") unless this command of the shell succeeds.
pub(crate) fn answers_status(ready: &str) -> String {
    format!(
        r#"#!/bin/sh
case $CNI_COMMAND in
VERSION) echo '{{"cniVersion":"1.1.0","supportedVersions":["0.4.0","1.0.0","1.1.0"]}}' ;;
STATUS) {ready} || {{ echo '{{"cniVersion":"1.1.0","code":50,"msg":"the agent is not there yet"}}'; exit 1; }} ;;
ADD) echo '{{"cniVersion":"1.1.0","interfaces":[{{"name":"eth0","sandbox":"/x"}}],"ips":[{{"address":"10.90.0.2/24","interface":0}}]}}' ;;
esac
"#
    )
}

/// Writes the primary like a slow installer: an empty file, a half, the rest, each after a while.
pub(crate) fn arrive_in_pieces(node: &Node, between: impl Fn(&str)) {
    let text = primary("primary", 88);
    let while_ = Duration::from_millis(300);
    sleep(while_);
    between("while nothing is there");
    for (end, what) in [(0, "while it is empty"), (text.len() / 2, "while half of it is there")] {
        node.write(PRIMARY, &text[..end]);
        sleep(while_);
        between(what);
    }
    node.write(PRIMARY, &text);
}

/// Sets `max_conf_num` in containerd's config file as an administrator would, and restarts containerd.
pub(crate) fn set_max_conf_num(node: &Node, value: i64) -> Vec<u8> {
    let before = String::from_utf8(node.read(CONFIG)).unwrap();
    let line = "      bin_dir = \"/usr/lib/cni\"\n";
    assert!(before.contains(line), "{before}");
    let after = before.replace(line, &format!("{line}      max_conf_num = {value} # by the administrator\n"));
    node.write(CONFIG, &after);
    node.restart_containerd();
    assert_eq!(node.cri().status().unwrap().max_conf_num(), value);
    after.into_bytes()
}

/// Replaces the CNI configuration directory with an empty one, and waits until containerd has noticed. 1.x keeps a
/// watch on the removed directory. 2.1 and later end, and systemd starts them again 5 s later.
pub(crate) fn replace_conf_dir(node: &Node) {
    let process = node.property("MainPID");
    node.sh(&format!("rm -r {CONF_DIR}; mkdir {CONF_DIR}"));
    if node.release == Release::Sid {
        node.wait_for("containerd to end", || match node.property("MainPID") {
            same if same == process => Err("it runs".to_owned()),
            _ => Ok(()),
        });
    } else {
        wait_for_networks(node, &[]);
    }
}

/// Waits until the runtime has loaded these networks, given by their plugin types.
pub(crate) fn wait_for_networks(node: &Node, want: &[&[&str]]) {
    node.wait_for(&format!("{CONF_DIR} to be loaded as {want:?}"), || {
        let status = node.cri().status()?;
        let have = status.networks();
        if have == want { Ok(()) } else { Err(format!("{have:?}, {}", status.load_status())) }
    });
}

/// Runs `doing` while the runtime is asked again and again: at no moment may a pod get two networks.
pub(crate) fn never_two_networks<T>(node: &Node, doing: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asker = scope.spawn(|| {
            let mut most = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let seen = node.cri().status().map(|s| s.networks()).unwrap_or_default();
                most = if seen.len() > most.len() { seen } else { most };
                sleep(Duration::from_millis(5));
            }
            most
        });
        // A panic must end the asking thread too, or the scope would wait forever.
        let result = catch_unwind(AssertUnwindSafe(doing));
        done.store(true, Ordering::Relaxed);
        let most = asker.join().unwrap();
        let result = result.unwrap_or_else(|panic| resume_unwind(panic));
        assert!(most.len() <= 1, "pods would have had two networks: {most:?}");
        result
    })
}
