//! The first line of `check` is the cause, and the command that it prints mends the node.

use crate::network::{PRIMARY, primary, wait_for_networks};
use crate::node::{CONFIG, Node};
use crate::program::{Run, Way, run};
use crate::rig::Release;

fn check(node: &Node) -> Run {
    run(node, Way::Host, &["check", "--output", "json"])
}

/// The code, message and remedy of the first finding.
fn first(checked: &Run) -> [String; 3] {
    let report = checked.report();
    ["code", "message", "remedy"]
        .map(|key| report["findings"][0][key].as_str().unwrap_or_default().to_owned())
}

/// Damages the config, and returns the first finding of a runtime that was restarted with it.
fn restarted_with(node: &Node, config: &str) -> [String; 3] {
    node.write(CONFIG, config);
    node.try_sh("systemctl reset-failed containerd; systemctl restart containerd");
    node.wait_for("an error", || {
        let checked = check(node);
        if checked.code == 20 { Ok(first(&checked)) } else { Err(checked.to_string()) }
    })
}

/// Runs a remedy as it was printed.
fn paste(node: &Node, remedy: &str) {
    node.sh("systemctl reset-failed containerd");
    node.sh(remedy);
    node.wait_for("the runtime", || node.cri().status().map(|_| ()));
}

pub(crate) fn a_conf_dir_that_points_elsewhere_is_named_and_mended(node: &Node) {
    let config = String::from_utf8(node.read(CONFIG)).unwrap();
    node.write(PRIMARY, primary("primary", 88));
    let elsewhere = config.replace("\"/etc/cni/net.d\"", "'/etc/cni/netd'");
    let [code, message, remedy] = restarted_with(node, &elsewhere);
    assert_eq!(code, "conf-dir-elsewhere", "{message}");
    let number = elsewhere.lines().position(|line| line.contains("conf_dir")).unwrap() + 1;
    assert!(message.starts_with(&format!("{CONFIG}:{number} sets conf_dir to /etc/cni/netd")), "{message}");
    assert!(message.contains("10-primary.conflist lies in /etc/cni/net.d"), "{message}");
    paste(node, &remedy);
    wait_for_networks(node, &[&["ptp"]]);
    assert_eq!(check(node).code, 0, "{remedy}");
}

pub(crate) fn a_dead_runtime_is_judged_by_its_own_release(node: &Node) {
    let config = String::from_utf8(node.read(CONFIG)).unwrap();
    node.write(PRIMARY, primary("primary", 88));
    let line = "      bin_dir = \"/usr/lib/cni\"\n";
    let [code, message, _] =
        restarted_with(node, &config.replace(line, &format!("{line}      max_conf_num = \"1\"\n")));
    assert_eq!(code, "runtime-config-refused", "{message}");
    assert!(message.contains("max_conf_num is not a whole number"), "{message}");
    if node.release == Release::Sid {
        let of_3 = "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.cni]\nmax_conf_num = \"1\"\n";
        let [code, message, _] = restarted_with(node, of_3);
        assert_eq!(code, "runtime-config-refused", "{message}");
        assert!(message.contains("max_conf_num is not a whole number"), "{message}");
    }
    let [code, message, _] = restarted_with(node, &config.replacen("version = 2", "version = 9", 1));
    if node.release != Release::Bookworm {
        // Debian's 1.6 reads any version.
        assert_eq!(code, "runtime-config-refused", "{message}");
        assert!(message.contains('9'), "{message}");
    }
    node.write(CONFIG, config);
    node.restart_containerd();
    wait_for_networks(node, &[&["ptp"]]);
    assert_eq!(check(node).code, 0);
}

pub(crate) fn a_masked_unit_is_the_cause_and_not_a_silent_socket(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    node.sh("systemctl stop containerd; systemctl mask containerd");
    let [code, message, remedy] = first(&check(node));
    assert_eq!(code, "runtime-unit-masked", "{message}");
    paste(node, &remedy);
    wait_for_networks(node, &[&["ptp"]]);
    assert_eq!(check(node).code, 0, "{remedy}");
}

pub(crate) fn a_list_that_was_moved_in_after_the_start_is_not_loaded(node: &Node) {
    node.write("/root/10-primary.conflist", primary("primary", 88));
    node.sh(&format!("mkdir -p /etc/cni/net.d; mv /root/10-primary.conflist {PRIMARY}"));
    let [code, message, remedy] = first(&check(node));
    assert_eq!(code, "conf-not-loaded", "{message}");
    node.sh(remedy.lines().next().unwrap_or_default());
    wait_for_networks(node, &[&["ptp"]]);
    assert_eq!(check(node).code, 0, "{remedy}");
}
