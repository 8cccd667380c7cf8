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

/// What keeps the runtime down: the first line, and what it names.
struct Cause {
    name: &'static str,
    /// The config with the damage, from the node's own.
    config: fn(&str) -> String,
    /// Shell lines that damage the node, and that mend it.
    damage: &'static str,
    mend: &'static str,
    code: &'static str,
    words: &'static str,
}

const fn in_config(
    name: &'static str,
    config: fn(&str) -> String,
    code: &'static str,
    words: &'static str,
) -> Cause {
    Cause { name, config, damage: "", mend: "", code, words }
}

const fn on_node(
    name: &'static str,
    damage: &'static str,
    mend: &'static str,
    code: &'static str,
    words: &'static str,
) -> Cause {
    Cause { name, config: str::to_owned, damage, mend, code, words }
}

const HEAD: &str = "version = 2\n";

const CAUSES: &[Cause] = &[
    in_config(
        "a number in quotes",
        |config| {
            config
                .replace("bin_dir = \"/usr/lib/cni\"\n", "bin_dir = \"/usr/lib/cni\"\nmax_conf_num = \"1\"\n")
        },
        "runtime-config-refused",
        "max_conf_num is not a whole number",
    ),
    in_config("no TOML", |config| format!("{config}\n[broken\n"), "runtime-config-refused", "config.toml:"),
    in_config(
        "a directory of its own in the way",
        |config| config.replacen(HEAD, "version = 2\nroot = \"/etc/hostname/containerd\"\n", 1),
        "runtime-will-not-come-up",
        "/etc/hostname",
    ),
    in_config(
        "an import that is gone",
        |config| config.replacen(HEAD, "version = 2\nimports = [\"/etc/containerd/gone.toml\"]\n", 1),
        "runtime-import-missing",
        "/etc/containerd/gone.toml",
    ),
    in_config(
        "CRI disabled",
        |config| {
            config.replacen(HEAD, "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n", 1)
        },
        "cri-disabled",
        "disabled_plugins",
    ),
    on_node("stopped", "", "", "runtime-not-running", "containerd.service is inactive"),
    on_node(
        "masked",
        "systemctl mask containerd",
        "systemctl unmask containerd",
        "runtime-unit-masked",
        "/etc/systemd/system/containerd.service",
    ),
    on_node(
        "its program is gone",
        "mv /usr/bin/containerd /root/",
        "mv /root/containerd /usr/bin/",
        "runtime-not-running",
        "/usr/bin/containerd does not exist",
    ),
    on_node(
        "its program was cut",
        "cp -a /usr/bin/containerd /root/; truncate -s 1000 /usr/bin/containerd",
        "cp -a /root/containerd /usr/bin/",
        "runtime-not-running",
        "/usr/bin/containerd",
    ),
];

/// In this boot the runtime has not answered, its socket was never there, and nothing is remembered of it.
pub(crate) fn a_runtime_that_was_never_heard_is_told_by_its_cause(node: &Node) {
    let config = String::from_utf8(node.read(CONFIG)).unwrap();
    node.write(PRIMARY, primary("primary", 88));
    let mut wrong = Vec::new();
    for cause in CAUSES {
        node.try_sh("systemctl stop containerd; rm -rf /run/cni-bootstrap /run/containerd/containerd.sock*");
        node.try_sh(cause.damage);
        let damaged = (cause.config)(&config);
        node.write(CONFIG, &damaged);
        assert_eq!(damaged == config, !cause.mend.is_empty() || cause.name == "stopped", "{}", cause.name);
        let checked = check(node);
        let [code, message, remedy] = first(&checked);
        if checked.code != 20 || code != cause.code || !message.contains(cause.words) || remedy.is_empty() {
            wrong.push(format!("{}: {checked}", cause.name));
        }
        node.try_sh(cause.mend);
        node.write(CONFIG, &config);
        node.sh("systemctl reset-failed containerd");
        node.restart_containerd();
        wait_for_networks(node, &[&["ptp"]]);
        assert_eq!(check(node).code, 0, "{}", cause.name);
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}
