//! Nodes that are Ready and on which every pod fails: the runtime's own words, and beside them the finding.

use crate::network::wait_for_networks;
use crate::node::{BIN_DIR, CONF_DIR, CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Run, Way, run};
use crate::rig::Release;

/// What makes every pod fail.
struct Row {
    name: &'static str,
    /// Shell lines that damage the node.
    damage: &'static str,
    /// Words of the runtime's error.
    words: &'static str,
    code: &'static str,
    /// How the node is mended.
    mend: Mend,
    releases: &'static [Release],
}

enum Mend {
    /// By the remedy that `check` prints.
    Remedy,
    /// By a person or an installer, in these shell lines.
    Hand(&'static str),
}
use Mend::{Hand, Remedy};

const ALL: &[Release] = &[Release::Bookworm, Release::Trixie, Release::Sid];
const OF_1: &[Release] = &[Release::Bookworm, Release::Trixie];

/// A network whose only plugin is the script `BIN/own`, written by the test.
const LIST: &str = "/etc/cni/net.d/10-own.conflist";
/// A plugin that needs nothing and answers as its configuration asks.
const PLUGIN: &str = r#"#!/bin/sh
config=$(cat)
version=$(printf %s "$config" | sed -n 's/.*"cniVersion" *: *"\([^"]*\)".*/\1/p')
case $CNI_COMMAND in
VERSION) echo '{"cniVersion":"1.1.0","supportedVersions":["0.4.0","1.0.0","1.1.0"]}' ;;
ADD)
    file=$(printf %s "$config" | sed -n 's/.*"kubeconfig" *: *"\([^"]*\)".*/\1/p')
    case $0 in */flannel)
        [ -s /run/flannel/subnet.env ] || { echo '{"cniVersion":"'$version'","code":100,"msg":"no subnet.env"}'; exit 1; }
        [ -x ${0%/*}/bridge ] || { echo '{"cniVersion":"'$version'","code":100,"msg":"no delegate bridge"}'; exit 1; } ;;
    esac
    [ -z "$file" ] || [ -s "$file" ] || { echo '{"cniVersion":"'$version'","code":100,"msg":"no kubeconfig"}'; exit 1; }
    echo '{"cniVersion":"'$version'","interfaces":[{"name":"eth0","sandbox":"/x"}],"ips":[{"address":"10.90.0.2/24","interface":0}]}' ;;
esac
"#;

const ROWS: &[Row] = &[
    Row {
        name: "the runtime's own loopback is missing",
        damage: "mv BIN/loopback /root/",
        words: "failed to find plugin \"loopback\"",
        code: "plugin-missing",
        mend: Hand("mv /root/loopback BIN/"),
        releases: ALL,
    },
    Row {
        name: "the runtime's own loopback is not executable",
        damage: "chmod a-x BIN/loopback",
        words: "permission denied",
        code: "plugin-not-executable",
        mend: Remedy,
        releases: ALL,
    },
    Row {
        name: "a cniVersion that the runtime's libcni does not know",
        damage: "sed -i 's/\"1.0.0\"/\"1.1.0\"/' LIST",
        words: "unsupported CNI result version \"1.1.0\"",
        code: "cni-version-unsupported",
        mend: Remedy,
        releases: OF_1,
    },
    Row {
        name: "a network name with a blank",
        damage: "sed -i 's/\"own-network\"/\"own network\"/' LIST",
        words: "invalid characters",
        code: "network-name-invalid",
        mend: Remedy,
        releases: ALL,
    },
    Row {
        name: "a network name that leads out of the directory",
        damage: "sed -i 's|\"own-network\"|\"../own\"|' LIST",
        words: "invalid characters",
        code: "network-name-invalid",
        mend: Remedy,
        releases: ALL,
    },
    Row {
        name: "flannel's file with the node's subnet is not there",
        damage: "cp -a BIN/own BIN/flannel; sed -i 's/\"type\":\"own\"/\"type\":\"flannel\"/' LIST",
        words: "no subnet.env",
        code: "plugin-file-missing",
        mend: Hand("mkdir -p /run/flannel; echo FLANNEL_SUBNET=10.244.1.1/24 >/run/flannel/subnet.env"),
        releases: ALL,
    },
    Row {
        name: "the plugin that flannel delegates to is not there",
        damage: "mkdir -p /run/flannel; echo FLANNEL_SUBNET=10.244.1.1/24 >/run/flannel/subnet.env; cp -a BIN/own BIN/flannel; sed -i 's/\"type\":\"own\"/\"type\":\"flannel\"/' LIST; mv BIN/bridge /root/",
        words: "no delegate bridge",
        code: "plugin-missing",
        mend: Hand("mv /root/bridge BIN/"),
        releases: ALL,
    },
    Row {
        name: "no address is left in the range",
        damage: "sed -i 's|{\"type\":\"own\"}|{\"type\":\"ptp\",\"ipam\":{\"type\":\"host-local\",\"subnet\":\"10.91.0.0/28\"}}|' LIST; mkdir -p /var/lib/cni/networks/own-network; for i in 2 3 4 5 6 7 8 9 10 11 12 13 14; do printf 'gone\r\neth0' >/var/lib/cni/networks/own-network/10.91.0.$i; done",
        words: "no IP addresses available in range set",
        code: "addresses-exhausted",
        mend: Remedy,
        releases: ALL,
    },
    // With a single image on the node, an empty name is the beginning of that image's digest.
    Row {
        name: "no sandbox image",
        damage: "ctr -n k8s.io images export /root/pause.tar node.test/pause:1; for i in $(ctr -n k8s.io images ls -q); do ctr -n k8s.io images rm $i; done; sed -i 's|\"node.test/pause:1\"|\"\"|' CONFIG; systemctl restart containerd",
        words: "invalid reference format",
        code: "sandbox-image-invalid",
        mend: Hand(
            "sed -i 's|sandbox_image = \"\"|sandbox_image = \"node.test/pause:1\"|' CONFIG; ctr -n k8s.io images import /root/pause.tar; systemctl restart containerd",
        ),
        releases: &[Release::Trixie],
    },
    Row {
        name: "a network without a name",
        damage: "sed -i 's/\"own-network\"/\"\"/' LIST",
        words: "network name",
        code: "network-name-invalid",
        mend: Remedy,
        releases: ALL,
    },
    Row {
        name: "a script without its interpreter",
        damage: "sed -i '1s|.*|#!/usr/bin/python2|' BIN/own",
        words: "no such file or directory",
        code: "plugin-interpreter-missing",
        mend: Hand("sed -i '1s|.*|#!/bin/sh|' BIN/own"),
        releases: ALL,
    },
    Row {
        name: "a program without its loader",
        damage: "cp -a BIN/own /root/own; sed 's|/lib64/ld-linux-x86-64.so.2|/lib64/ld-linux-x86-64.so.9|' /bin/true >BIN/own",
        words: "no such file or directory",
        code: "plugin-interpreter-missing",
        mend: Hand("mv /root/own BIN/own"),
        releases: ALL,
    },
    Row {
        name: "a program of 0 bytes",
        damage: "cp -a BIN/own /root/own; : >BIN/own",
        words: "exec format error",
        code: "plugin-damaged",
        mend: Hand("mv /root/own BIN/own"),
        releases: ALL,
    },
    Row {
        name: "a program for another machine",
        damage: "cp -a BIN/own /root/own; cp /bin/true BIN/own; printf '\\267\\000' | dd of=BIN/own bs=1 seek=18 conv=notrunc",
        words: "exec format error",
        code: "plugin-wrong-architecture",
        mend: Hand("mv /root/own BIN/own"),
        releases: ALL,
    },
    Row {
        name: "a program without its x bit",
        damage: "chmod 0644 BIN/own",
        words: "permission denied",
        code: "plugin-not-executable",
        mend: Remedy,
        releases: ALL,
    },
    Row {
        name: "a plugin directory on a mount with noexec",
        damage: "mount --bind BIN BIN && mount -o remount,bind,noexec BIN",
        words: "permission denied",
        code: "plugin-on-noexec-mount",
        mend: Hand("umount BIN"),
        releases: ALL,
    },
    Row {
        name: "an IPAM that is not installed",
        damage: "mv BIN/host-local /root/; sed -i 's|{\"type\":\"own\"}|{\"type\":\"ptp\",\"ipam\":{\"type\":\"host-local\",\"subnet\":\"10.91.0.0/24\"}}|' LIST",
        words: "failed to find plugin \"host-local\"",
        code: "plugin-missing",
        mend: Hand("mv /root/host-local BIN/"),
        releases: ALL,
    },
    Row {
        name: "a kubeconfig that is not there",
        damage: "sed -i 's|{\"type\":\"own\"}|{\"type\":\"own\",\"kubeconfig\":\"/etc/cni/net.d/own-kubeconfig\"}|' LIST",
        words: "no kubeconfig",
        code: "plugin-file-missing",
        mend: Hand("echo 'kind: Config' >/etc/cni/net.d/own-kubeconfig"),
        releases: ALL,
    },
    Row {
        name: "a kubeconfig of 0 bytes",
        damage: ": >/etc/cni/net.d/own-kubeconfig; sed -i 's|{\"type\":\"own\"}|{\"type\":\"own\",\"kubeconfig\":\"/etc/cni/net.d/own-kubeconfig\"}|' LIST",
        words: "no kubeconfig",
        code: "plugin-file-missing",
        mend: Hand("echo 'kind: Config' >/etc/cni/net.d/own-kubeconfig"),
        releases: ALL,
    },
    Row {
        name: "a sandbox image with a blank at its end",
        damage: "sed -i 's|\"node.test/pause:1\"|\"node.test/pause:1 \"|' CONFIG; systemctl restart containerd",
        words: "invalid reference format",
        code: "sandbox-image-invalid",
        mend: Remedy,
        releases: ALL,
    },
    Row {
        name: "a sandbox image that is a URL",
        damage: "sed -i 's|\"node.test/pause:1\"|\"https://node.test/pause:1\"|' CONFIG; systemctl restart containerd",
        words: "invalid reference format",
        code: "sandbox-image-invalid",
        mend: Hand("sed -i 's|https://||' CONFIG; systemctl restart containerd"),
        releases: ALL,
    },
    Row {
        name: "a runtime with a short name",
        damage: "printf '%s\\n' '[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]' 'runtime_type = \"runc\"' >>CONFIG; systemctl restart containerd",
        words: "invalid runtime name runc",
        code: "runtime-type-unusable",
        mend: Remedy,
        releases: ALL,
    },
    Row {
        name: "a shim that is not installed",
        damage: "printf '%s\\n' '[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]' 'runtime_type = \"io.containerd.kata.v2\"' >>CONFIG; systemctl restart containerd",
        words: "containerd-shim-kata-v2",
        code: "runtime-shim-missing",
        mend: Remedy,
        releases: ALL,
    },
    Row {
        name: "a program of the runtime that was uninstalled",
        damage: "printf '%s\\n' '[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]' 'runtime_type = \"io.containerd.runc.v2\"' '[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]' 'BinaryName = \"/usr/local/nvidia/runtime\"' >>CONFIG; systemctl restart containerd",
        words: "executable file not found|no such file or directory",
        code: "runtime-binary-missing",
        mend: Remedy,
        releases: ALL,
    },
];

fn shell(node: &Node, line: &str) {
    node.sh(&line.replace("BIN", BIN_DIR).replace("LIST", LIST).replace("CONFIG", CONFIG));
}

/// The runtime runs the network of the list as it is on disk.
fn settle(node: &Node) {
    node.wait_for("containerd to answer", || node.cri().status().map(|_| ()));
    node.sh(&format!("echo > {CONF_DIR}/.x && rm {CONF_DIR}/.x"));
    node.wait_for("the network to be loaded", || {
        let status = node.cri().status()?;
        let (have, want) = (status.loaded_bytes(), String::from_utf8(node.read(LIST)).unwrap());
        if have == want { Ok(()) } else { Err(format!("{have}, {}", status.load_status())) }
    });
}

fn check(node: &Node) -> Run {
    run(node, Way::Host, &["check", "--output", "json"])
}

/// The errors and warnings, each with its code and remedy.
fn findings(check: &Run) -> Vec<(String, String)> {
    let report = check.report();
    let findings =
        report["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] != "info");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    findings.map(|finding| (text(&finding["code"]), text(&finding["remedy"]))).collect()
}

/// A pod starts, and `check` has nothing to say.
fn is_well(node: &Node, name: &str, row: usize) -> Result<(), String> {
    let checked = check(node);
    if !findings(&checked).is_empty() {
        return Err(format!("{name}: {:#?}", findings(&checked)));
    }
    Pod::run(node, &format!("well-{row}")).map_err(|error| format!("{name}: {error}"))?.remove();
    Ok(())
}

pub(crate) fn what_makes_every_pod_fail_is_an_error(node: &Node) {
    let config = node.read(CONFIG);
    let mut wrong = Vec::new();
    for (at, row) in ROWS.iter().enumerate().filter(|(_, row)| row.releases.contains(&node.release)) {
        node.write(&format!("{BIN_DIR}/own"), PLUGIN);
        shell(node, "chmod 0755 BIN/own");
        node.write(LIST, r#"{"cniVersion":"1.0.0","name":"own-network","plugins":[{"type":"own"}]}"#);
        settle(node);
        wait_for_networks(node, &[&["own"]]);
        // After each row the node is looked at again.
        if at == 0 {
            wrong.extend(is_well(node, "before", 0).err());
        }

        // Every row restarts the runtime, and systemd counts the starts.
        node.sh("systemctl reset-failed containerd");
        shell(node, row.damage);
        settle(node);
        let failed = Pod::run(node, &format!("fails-{at}")).err().unwrap_or_default();
        if !row.words.split('|').any(|words| failed.contains(words)) {
            wrong.push(format!("{}: the pod says {failed:?}", row.name));
        }
        let checked = check(node);
        let told = findings(&checked);
        if checked.code != 20 || told.iter().map(|(code, _)| code.as_str()).ne([row.code]) {
            wrong.push(format!("{}: {told:#?}", row.name));
        }
        node.sh("systemctl reset-failed containerd");
        match (&row.mend, told.first()) {
            (Hand(line), _) => shell(node, line),
            (Remedy, Some((_, remedy))) => drop(node.try_sh(remedy)),
            (Remedy, None) => {}
        }
        settle(node);
        wrong.extend(is_well(node, row.name, at + 1).err());
        if node.read(CONFIG) != config {
            node.sh("systemctl reset-failed containerd");
            node.write(CONFIG, &config);
            node.restart_containerd();
        }
        shell(
            node,
            &format!(
                "rm -rf {CONF_DIR}/own-kubeconfig /root/own /run/flannel BIN/flannel /var/lib/cni/networks/own-network"
            ),
        );
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}
