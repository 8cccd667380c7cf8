//! The restart fails, or no run is left to watch it.

use crate::install::{assert_chained, assert_effect};
use crate::network::{CHAIN, PRIMARY, primary, replace_conf_dir, set_max_conf_num, wait_for_networks};
use crate::node::{CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Run, UNINSTALL, Way, install, run, start};
use crate::stamps::Stamps;

pub(crate) const DROP_IN: &str = "/etc/systemd/system/containerd.service.d/test.conf";
const SCRIPT: &str = "/run/cni-bootstrap/roll-back.sh";
const TIMER: &str = "cni-bootstrap-roll-back.timer";
/// containerd accepts the config but its unit refuses it: deterministic on every release.
const REFUSED: &str = r#"ExecStartPre=/bin/sh -c "! grep -q 'max_conf_num = 1' /etc/containerd/config.toml""#;
/// The same, but slow enough to kill the program before it notices.
const REFUSED_LATE: &str = r#"ExecStartPre=/bin/sh -c "! grep -q 'max_conf_num = 1' /etc/containerd/config.toml || { sleep 3; exit 1; }""#;
/// A unit that hangs with the new config.
const HANGS: &str =
    r#"ExecStartPre=/bin/sh -c "! grep -q 'max_conf_num = 1' /etc/containerd/config.toml || exec sleep 600""#;

/// A node whose `max_conf_num` must change, with these lines in containerd's unit. Returns the bytes of the config.
pub(crate) fn prepared(node: &Node, unit: &str) -> Vec<u8> {
    let before = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    node.write(DROP_IN, format!("[Service]\n{unit}\n"));
    node.sh("systemctl daemon-reload");
    before
}

/// The node is as before: its file, the live values, the networks; and no timer is armed.
pub(crate) fn assert_as_before(node: &Node, before: &[u8]) {
    assert_eq!(String::from_utf8_lossy(&node.read(CONFIG)), String::from_utf8_lossy(before));
    let status = node.cri().status().unwrap();
    assert_eq!((status.max_conf_num(), status.network_ready), (0, true));
    assert_eq!(status.networks(), [["ptp"]]);
    assert!(!node.has(CHAIN));
    assert_disarmed(node);
}

fn assert_disarmed(node: &Node) {
    assert!(!node.has(SCRIPT));
    let left =
        node.sh("ls /run/cni-bootstrap | grep -v '^answers.json$'; systemctl list-units --all --plain --no-legend 'cni-bootstrap*'");
    assert_eq!(left, "attempt.json\n");
}

pub(crate) fn assert_rolled_back(run: &Run) {
    let report = run.failed("restart-rolled-back");
    assert!(report["message"].as_str().unwrap().contains("tries again once somebody"), "{run}");
}

/// A second run is refused at once and changes nothing.
fn assert_not_tried_twice(node: &Node, way: Way, args: &[&str]) {
    let (stamps, starts, invocation) = (Stamps::of(node), node.starts(), node.property("InvocationID"));
    assert_rolled_back(&run(node, way, args));
    stamps.assert_same(&Stamps::of(node));
    assert_eq!((node.starts(), node.property("InvocationID")), (starts, invocation));
}

/// A failure is not permanent: it is tried again once after each start by another program.
pub(crate) fn a_refused_config_is_rolled_back_and_tried_again_after_somebody_s_restart(node: &Node) {
    refused(node, Way::Host);
    let args = install(&["--restart-timeout", "20s"]);
    let before = node.read(CONFIG);
    for retry in 1..=3 {
        node.restart_containerd();
        let starts = node.starts();
        assert_rolled_back(&run(node, Way::Host, &args));
        assert_eq!(node.starts(), starts + 1, "retry {retry}: it was tried, and rolled back");
        if retry < 3 {
            assert_not_tried_twice(node, Way::Host, &args);
        }
    }
    node.restart_containerd();
    let starts = node.starts();
    let last = run(node, Way::Host, &args);
    assert_eq!((last.code, node.starts()), (7, starts), "{last}");
    assert!(last.report()["message"].as_str().unwrap().contains("4 restarts failed"), "{last}");
    assert_as_before(node, &before);
    // The cause is corrected, and the remedy in the message is done.
    node.sh(&format!("rm {DROP_IN} /run/cni-bootstrap/attempt.json; systemctl daemon-reload"));
    assert_chained(node, &run(node, Way::Host, &args).ended("ready"));
}

pub(crate) fn in_a_container_a_refused_config_is_rolled_back_and_not_tried_twice(node: &Node) {
    refused(node, Way::Container);
}

pub(crate) fn privileged_a_refused_config_is_rolled_back_and_not_tried_twice(node: &Node) {
    refused(node, Way::Privileged);
}

fn refused(node: &Node, way: Way) {
    let before = prepared(node, REFUSED);
    let (starts, agent) = (node.starts(), Pod::host_network(node, "agent"));
    let args = install(&["--restart-timeout", "20s"]);
    let run = run(node, way, &args);
    assert_rolled_back(&run);
    assert_eq!(run.report()["runtime"]["rolledBack"], true, "{run}");
    assert!(
        run.stderr.contains("max_conf_num = 1 is the desired value, and it runs with max_conf_num = 0"),
        "{run}"
    );
    assert_as_before(node, &before);
    // systemd does not count the failed start with the refused config.
    assert_eq!(node.starts(), starts + 1, "{run}");
    assert!(agent.survives());
    assert_not_tried_twice(node, way, &args);
    assert_as_before(node, &before);
}

pub(crate) fn a_unit_that_does_not_come_back_is_rolled_back(node: &Node) {
    hangs(node, Way::Host);
}

/// A `systemctl` that is killed at its time limit has requested the restart already.
pub(crate) fn privileged_a_unit_that_does_not_come_back_is_rolled_back(node: &Node) {
    hangs(node, Way::Privileged);
}

fn hangs(node: &Node, way: Way) {
    let before = prepared(node, HANGS);
    let starts = node.starts();
    let args = install(&["--restart-timeout", "4s"]);
    let run = run(node, way, &args);
    assert_rolled_back(&run);
    assert_as_before(node, &before);
    assert_eq!(node.starts(), starts + 1, "{run}");
    assert_not_tried_twice(node, way, &args);
}

pub(crate) fn a_start_limit_is_respected_told_and_rolled_back(node: &Node) {
    let before = prepared(node, "");
    node.write(
        "/etc/systemd/system/containerd.service.d/limit.conf",
        "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=600\n",
    );
    node.sh("systemctl daemon-reload; systemctl reset-failed containerd");
    node.sh("systemctl restart containerd; systemctl restart containerd");
    wait_for_networks(node, &[&["ptp"]]);
    let starts = node.starts();
    let run = run(node, Way::Host, &install(&["--restart-timeout", "20s"]));
    assert_rolled_back(&run);
    assert!(run.report()["message"].as_str().unwrap().contains("start-limit-hit"), "{run}");
    assert_as_before(node, &before);
    assert_eq!(node.starts(), starts + 1, "{run}");
}

pub(crate) fn killed_with_a_refused_config_the_switch_brings_the_node_back(node: &Node) {
    the_switch_fires(node, Way::Container);
}

/// `systemd-run` in the host's namespaces arms the timer.
pub(crate) fn privileged_killed_with_a_refused_config_the_switch_brings_the_node_back(node: &Node) {
    the_switch_fires(node, Way::Privileged);
}

fn the_switch_fires(node: &Node, way: Way) {
    let before = prepared(node, REFUSED_LATE);
    let starts = node.starts();
    let args = install(&["--restart-timeout", "5s"]);
    let running = start(node, way, &args);
    node.wait_for("containerd to be restarted", || match node.property("ActiveState").as_str() {
        "activating" => Ok(()),
        other => Err(other.to_owned()),
    });
    // No other run follows: without a runtime the kubelet cannot start one.
    node.sh(
        "for p in /proc/[0-9]*; do [ \"$(cat $p/comm)\" != cni-bootstrap ] || kill -KILL ${p#/proc/}; done",
    );
    assert!(node.has(SCRIPT) && node.cri().status().is_err(), "it was killed too late");
    assert_ne!(node.read(CONFIG), before);
    wait_for_networks(node, &[&["ptp"]]);
    assert_eq!(node.read(CONFIG), before);
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 0);
    assert_eq!(node.starts(), starts + 1);
    drop(running);
    let invocation = node.property("InvocationID");
    assert_rolled_back(&run(node, Way::Host, &args));
    assert_eq!(node.property("InvocationID"), invocation);
    assert_as_before(node, &before);
    assert_not_tried_twice(node, Way::Host, &args);
}

pub(crate) fn killed_in_the_middle_of_the_restart_the_next_run_settles_it(node: &Node) {
    prepared(node, "ExecStartPre=/bin/sleep 2");
    let starts = node.starts();
    let args = install(&["--restart-timeout", "30s"]);
    let running = start(node, Way::Host, &args);
    node.wait_for("the restart", || match node.property("ActiveState").as_str() {
        "activating" => Ok(()),
        other => Err(other.to_owned()),
    });
    running.kill();
    assert!(node.has(SCRIPT));
    assert!(node.sh(&format!("systemctl is-active {TIMER}")).starts_with("active"));
    let report = run(node, Way::Host, &args).ended("ready");
    assert_eq!(node.starts(), starts + 1, "{report}");
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
    assert_disarmed(node);
    assert_chained(node, &report);
}

/// Docker's package disables CRI. A containerd that does not come up with CRI runs without it again.
pub(crate) fn a_cri_that_does_not_come_up_is_disabled_again(node: &Node) {
    let docker = "disabled_plugins = [\"cri\"]\n";
    node.sh("mkdir -p /opt/cni && ln -s /usr/lib/cni /opt/cni/bin");
    node.write(CONFIG, docker);
    node.write(PRIMARY, primary("primary", 88));
    let refuse =
        r#"ExecStartPre=/bin/sh -c "! grep -qF 'disabled_plugins = []' /etc/containerd/config.toml""#;
    node.write(DROP_IN, format!("[Service]\n{refuse}\n"));
    node.sh("systemctl daemon-reload; systemctl reset-failed containerd; systemctl restart containerd");
    let starts = node.starts();
    let args = install(&["--enable-cri", "--restart-timeout", "20s"]);
    assert_rolled_back(&run(node, Way::Host, &args));
    assert_eq!(node.read(CONFIG), docker.as_bytes());
    assert_eq!((node.property("ActiveState").as_str(), node.starts()), ("active", starts + 1));
    assert!(!node.has(CHAIN) && node.cri().status().is_err());
    assert_disarmed(node);
    assert_not_tried_twice(node, Way::Host, &args);
}

/// The runtime may not come up with the administrator's config any more. Then the node keeps the config that it runs
/// with.
pub(crate) fn an_uninstall_whose_config_does_not_come_up_puts_ours_back(node: &Node) {
    let before = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let (ours, starts) = (node.read(CONFIG), node.starts());
    node.write(DROP_IN, format!("[Service]\n{}\n", REFUSED.replace("max_conf_num = 1", "max_conf_num = 0")));
    node.sh("systemctl daemon-reload");
    let args = [&UNINSTALL[..], &["--restart-timeout", "20s"]].concat();
    assert_rolled_back(&run(node, Way::Host, &args));
    assert_eq!(node.read(CONFIG), ours);
    assert_eq!((node.cri().status().unwrap().max_conf_num(), node.starts()), (1, starts + 1));
    assert_disarmed(node);
    wait_for_networks(node, &[&["ptp"]]);
    assert_not_tried_twice(node, Way::Host, &args);
    // The cause is corrected, and it is tried again.
    node.sh(&format!("rm -r {DROP_IN} /run/cni-bootstrap; systemctl daemon-reload"));
    run(node, Way::Host, &args).ended("removed");
    assert_eq!(node.read(CONFIG), before);
}

/// A restart for the chain changes no config. If the runtime stays down, only the timer can start it.
pub(crate) fn killed_in_a_restart_for_the_chain_the_switch_starts_the_runtime(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    replace_conf_dir(node);
    node.write(PRIMARY, primary("replaced", 89));
    let fails_once = "[Service]\nRestart=no\nExecStartPre=/bin/sh -c \"[ ! -e /root/once ] || { rm /root/once; sleep 3; exit 1; }\"\n";
    node.write(DROP_IN, fails_once);
    node.sh("touch /root/once; systemctl daemon-reload");
    let running = start(node, Way::Host, &install(&["--restart-timeout", "5s"]));
    node.wait_for("containerd to be restarted", || match node.property("ActiveState").as_str() {
        "activating" => Ok(()),
        other => Err(other.to_owned()),
    });
    running.kill();
    assert!(node.has(SCRIPT));
    wait_for_networks(node, &[&["ptp", "tuning"]]);
    // The second run completes the first one's work.
    let report = run(node, Way::Host, &install(&[])).ended("ready");
    assert_disarmed(node);
    assert_chained(node, &report);
}

/// Another program writes the file while the program waits: its bytes stay, and the desired value is added.
pub(crate) fn what_somebody_else_writes_meanwhile_is_kept(node: &Node) {
    let before = String::from_utf8(prepared(node, "")).unwrap();
    node.sh(&format!("rm {PRIMARY}"));
    let running = start(node, Way::Host, &install(&[]));
    // The config was read, and the run waits for the primary.
    std::thread::sleep(std::time::Duration::from_millis(700));
    let theirs = format!("{before}# somebody else's line\n");
    node.write(CONFIG, &theirs);
    node.write(PRIMARY, primary("primary", 88));
    let report = running.wait().ended("ready");
    let after = String::from_utf8(node.read(CONFIG)).unwrap();
    assert_eq!(after, theirs.replace("max_conf_num = 0", "max_conf_num = 1"));
    assert_chained(node, &report);
}

pub(crate) fn a_signal_restarts_once_and_says_that_nothing_is_armed(node: &Node) {
    set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    let (starts, agent) = (node.starts(), Pod::host_network(node, "agent"));
    let run = run(node, Way::Host, &install(&["--restart", "signal"]));
    let report = run.ended("ready");
    assert_eq!(report["runtime"]["method"], "signal", "{report}");
    assert!(run.has_finding("no-rollback-timer"), "{run}");
    assert_eq!(node.starts(), starts + 1);
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
    assert_disarmed(node);
    assert!(agent.survives());
    assert_chained(node, &report);
}

pub(crate) fn without_a_restart_nothing_is_published_until_somebody_restarts(node: &Node) {
    set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let starts = node.starts();
    let args = install(&["--restart", "never"]);
    for _ in 0..2 {
        let run = run(node, Way::Host, &args);
        run.failed("restart-forbidden");
        assert!(!node.has(CHAIN), "{run}");
    }
    assert_eq!((node.starts(), node.cri().status().unwrap().max_conf_num()), (starts, 0));
    node.restart_containerd();
    assert_chained(node, &run(node, Way::Host, &args).ended("ready"));
}

/// In a dry run the host's containerd loads the candidate, and the plan names the units that also restart.
pub(crate) fn a_dry_run_names_the_units_that_restart_as_well_and_arms_nothing(node: &Node) {
    prepared(node, "");
    let follower = "[Unit]\nPartOf=containerd.service\nAfter=containerd.service\n[Service]\nExecStart=/bin/sleep infinity\n";
    node.write("/etc/systemd/system/follower.service", follower);
    node.sh("systemctl daemon-reload; systemctl start follower");
    let starts = node.starts();
    for way in [Way::Host, Way::Container] {
        run(node, way, &install(&["--dry-run"])).ended("planned");
        let stamps = Stamps::of(node);
        let run = run(node, way, &install(&["--dry-run"]));
        let report = run.ended("planned");
        stamps.assert_same(&Stamps::of(node));
        assert!(run.has_finding("restart-takes-along") && run.stdout.contains("follower.service"), "{run}");
        assert!(!run.has_finding("no-rollback-timer"), "{run}");
        assert!(!run.has_finding("config-not-dry-loaded"), "{run}");
        let kinds: Vec<_> =
            report["actions"].as_array().unwrap().iter().map(|a| a["kind"].as_str().unwrap()).collect();
        let at = |kind: &str| {
            kinds.iter().position(|k| *k == kind).unwrap_or_else(|| panic!("no {kind}: {kinds:?}"))
        };
        assert!(
            at("mark") < at("arm") && at("arm") < at("publish") && at("publish") < at("restart"),
            "{kinds:?}"
        );
        let does = |kind: &str| report["actions"][at(kind)]["does"].as_str().unwrap().to_owned();
        assert!(does("mark").contains("that the restart for max_conf_num = 1 is asked for"), "{run}");
        assert!(
            does("arm").contains(&format!("restores {CONFIG}")) && does("arm").contains("190 s"),
            "{run}"
        );
    }
    assert_eq!(node.starts(), starts);
    let left = node.sh("systemctl list-units --all --plain --no-legend 'cni-bootstrap*'");
    assert_eq!(left, "", "nothing is left of what was asked of systemd");
    let run = run(node, Way::Host, &install(&[]));
    run.ended("ready");
    assert_effect(node);
}

/// The host's own containerd refuses the config, also from a container with default capabilities, and also if the
/// config must be read at its own path.
pub(crate) fn what_the_host_s_containerd_refuses_to_read_is_not_published(node: &Node) {
    let before = String::from_utf8(prepared(node, "")).unwrap();
    let first = "version = 2\n";
    assert!(before.starts_with(first), "{before}");
    let starts = node.starts();
    // A value of a wrong type in a table that no rule of the program reads.
    let bad = "[plugins.\"io.containerd.gc.v1.scheduler\"]\n  pause_threshold = \"x\"\n";
    let extra = "/etc/containerd/extra/extra.toml";
    for imports in [false, true] {
        let config = if imports {
            node.write(extra, format!("version = 2\n{bad}"));
            before.replacen(first, &format!("{first}imports = [\"extra/extra.toml\"]\n"), 1)
        } else {
            before.replacen(first, &format!("{first}{bad}"), 1)
        };
        node.write(CONFIG, &config);
        for way in [Way::Host, Way::Container] {
            let run = run(node, way, &install(&[]));
            run.failed("runtime-config-refused");
            assert!(
                run.report()["message"].as_str().unwrap().contains("the host's containerd refuses"),
                "{run}"
            );
            assert_eq!(node.read(CONFIG), config.as_bytes());
            assert_eq!(
                node.sh("ls -A /etc/containerd"),
                if imports { "config.toml\nextra\n" } else { "config.toml\n" }
            );
            assert!(!node.has(CHAIN));
        }
    }
    assert_eq!(node.starts(), starts);
    node.write(extra, "version = 2\noom_score = 1\n");
    let run = run(node, Way::Container, &install(&[]));
    let report = run.ended("ready");
    assert!(!run.has_finding("config-not-dry-loaded"), "{run}");
    assert_chained(node, &report);
}
