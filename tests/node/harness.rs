//! Checks of the test node itself. They need no program, and show that the other tests can fail.

use crate::network::{
    CHAIN, EFFECT, PRIMARY, QUIET, answers_status, chained_by_hand, primary, replace_conf_dir,
    set_max_conf_num, wait_for_networks,
};
use crate::node::{BIN_DIR, CONF_DIR, Node, Unsynced};
use crate::pod::Pod;
use crate::program::run_container;
use crate::rig::Release;

const PAUSE: &str = "node.test/pause:1";

pub(crate) fn a_fresh_node_says_cni_plugin_not_initialized(node: &Node) {
    let status = node.cri().status().unwrap();
    assert!(!status.network_ready);
    assert!(status.network_message.contains("cni plugin not initialized"), "{}", status.network_message);
    assert!(status.networks().is_empty());
    assert!(Pod::run(node, "too-early").is_err());
    let version = node.sh("containerd --version");
    let (known, also) = match node.release {
        Release::Bookworm => (" 1.6.", " 1.6."),
        Release::Trixie => (" 1.7.", " 1.7."),
        // sid changes; at least 2.1 is needed.
        Release::Sid => (" 2.", " v2."),
    };
    assert!(version.contains(known) || version.contains(also), "{version}");
    assert!(!version.contains(" 2.0."), "{version}");
}

pub(crate) fn a_conflist_by_hand_gives_a_pod_its_network(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let status = node.cri().status().unwrap();
    assert_eq!((status.network_ready, status.load_status()), (true, "OK"));
    assert_eq!(status.loaded_bytes(), primary("primary", 88));
    let pod = Pod::run(node, "pod").unwrap();
    assert!(pod.ip().starts_with("10.88.0."), "{}", pod.ip());
    assert_ne!(pod.sysctl(EFFECT.0), EFFECT.1);
    assert!(pod.survives());
    pod.remove();
}

pub(crate) fn the_chained_sysctl_is_seen_in_a_pod(node: &Node) {
    node.write(CHAIN, chained_by_hand("primary", 88));
    wait_for_networks(node, &[&["ptp", "tuning"]]);
    assert_eq!(Pod::run(node, "pod").unwrap().sysctl(EFFECT.0), EFFECT.1);
}

pub(crate) fn max_conf_num_zero_gives_a_pod_two_networks(node: &Node) {
    set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    node.write(CHAIN, chained_by_hand("chain", 89));
    wait_for_networks(node, &[&["ptp", "tuning"], &["ptp"]]);
    assert_eq!(Pod::run(node, "pod").unwrap().interfaces().len(), 2);
}

pub(crate) fn systemd_counts_a_restart_and_a_pod_survives_it(node: &Node) {
    let pod = Pod::host_network(node, "agent");
    let starts = node.starts();
    let invocation = node.property("InvocationID");
    assert_eq!(starts, 1);
    node.restart_containerd();
    assert_eq!(node.starts(), 2);
    assert_ne!(node.property("InvocationID"), invocation);
    assert!(pod.survives());
    node.sh("systemctl kill -s KILL --kill-whom=main containerd");
    node.wait_for("systemd to start it by itself", || match node.starts() {
        3 => Ok(()),
        n => Err(format!("{n} starts")),
    });
    assert!(!node.sh("systemctl show -p NRestarts containerd").contains("=0"));
}

pub(crate) fn a_container_of_the_node_runs_to_its_exit_code(node: &Node) {
    node.sh("mkdir -p /etc/cni/net.d /root/out");
    let mounts = |mode: &str| {
        let bind = |d: &str| format!("type=bind,src={d},dst=/host{d},options=rbind:{mode}");
        ["--mount".to_owned(), bind("/root/out"), "--mount".to_owned(), bind("/run/systemd")]
    };
    // It ends when containerd is up again, like the program.
    let script =
        "echo $$; echo words >&2; ls /host/run/systemd; sleep 2; echo done >/host/root/out/file; exit 7";
    let running = run_container(node, &[], &mounts("rw"), PAUSE, &["/busybox", "sh", "-c", script]);
    node.restart_containerd();
    let run = running.wait();
    assert_eq!((run.code, run.stderr.as_str()), (7, "words\n"), "{run}");
    assert!(run.stdout.starts_with("1\n"), "{run}");
    assert!(run.stdout.contains("private"), "{run}");
    assert_eq!(node.read("/root/out/file"), b"done\n");
    let read_only = ["/busybox", "sh", "-c", "echo no >/host/root/out/file"];
    assert_ne!(run_container(node, &[], &mounts("ro"), PAUSE, &read_only).wait().code, 0);
}

pub(crate) fn a_privileged_container_sees_the_processes_of_the_node(node: &Node) {
    let flags = ["--privileged", "--with-ns", "pid:/proc/1/ns/pid"];
    let script = "/busybox cat /proc/1/comm; /busybox nsenter -t 1 -m -- systemctl is-active containerd";
    let run = run_container(node, &flags, &[], PAUSE, &["/busybox", "sh", "-c", script]).wait();
    assert_eq!((run.code, run.stdout.as_str()), (0, "systemd\nactive\n"), "{run}");
}

pub(crate) fn a_conflist_moved_in_is_not_loaded(node: &Node) {
    node.write("/root/stage/10-primary.conflist", primary("primary", 88));
    node.sh(&format!("mv /root/stage/10-primary.conflist {PRIMARY}"));
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(node.cri().status().unwrap().networks().is_empty(), "it was loaded: nothing is left to nudge");
    node.write(&format!("{CONF_DIR}/nudge"), "x");
    wait_for_networks(node, &[&["ptp"]]);
}

pub(crate) fn a_replaced_conf_dir_is_not_watched(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let starts = node.starts();
    replace_conf_dir(node);
    node.write(PRIMARY, chained_by_hand("primary", 88));
    if node.release == Release::Sid {
        node.wait_for("systemd to start it by itself", || match node.starts() {
            n if n == starts + 1 => Ok(()),
            n => Err(format!("{n} starts")),
        });
    } else {
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert!(node.cri().status().unwrap().networks().is_empty(), "it was loaded: the watch is alive");
        node.restart_containerd();
    }
    wait_for_networks(node, &[&["ptp", "tuning"]]);
}

/// Installs a plugin that acts like `tuning` and answers STATUS with code 50 until `/run/agent-ready` exists; and a
/// primary with version 1.1.0, which STATUS needs.
pub(crate) fn agents(node: &Node) -> String {
    for (name, ready) in [("quiet", "true"), ("agent", "[ -e /run/agent-ready ]")] {
        node.write(&format!("{BIN_DIR}/{name}"), answers_status(ready));
        node.sh(&format!("chmod 0755 {BIN_DIR}/{name}"));
    }
    QUIET.to_owned()
}

pub(crate) fn a_plugin_that_answers_code_50_makes_the_network_not_ready(node: &Node) {
    let quiet = agents(node);
    node.write(PRIMARY, &quiet);
    wait_for_networks(node, &[&["quiet"]]);
    assert!(node.cri().status().unwrap().network_ready);
    node.write(PRIMARY, quiet.replace("}]", r#"},{"type":"agent"}]"#));
    wait_for_networks(node, &[&["quiet", "agent"]]);
    let status = node.cri().status().unwrap();
    assert_eq!((status.network_ready, status.load_status()), (false, "OK"));
    assert!(status.network_message.contains("the agent is not there yet"), "{}", status.network_message);
    node.write("/run/agent-ready", "");
    assert!(node.cri().status().unwrap().network_ready);
}

pub(crate) fn a_power_cut_takes_what_was_not_synced(node: &Node) {
    for unsynced in [Unsynced::Lost, Unsynced::Empty] {
        // A directory of the root, and one of the overlay.
        for directory in ["/etc", "/usr/lib/cni"] {
            let write = |name: &str| {
                let name = format!("{directory}/{name}");
                format!(
                    "rm -f {name} && sync --file-system / && echo bytes >{name}.new && mv {name}.new {name}"
                )
            };
            node.sh(&write("synced"));
            node.sh(&format!("sync {directory}/synced {directory}"));
            node.sh(&write("unsynced"));
            node.power_cut(unsynced);
            assert_eq!(node.read(&format!("{directory}/synced")), b"bytes\n", "{unsynced:?} {directory}");
            let left = std::fs::read(node.path(&format!("{directory}/unsynced"))).ok();
            // A sync of another file writes the journal, so an empty file may be left of lost writes too.
            let is_true = left.as_ref().map_or(unsynced == Unsynced::Lost, Vec::is_empty);
            assert!(is_true, "{unsynced:?} {directory}: {left:?}");
        }
    }
}
