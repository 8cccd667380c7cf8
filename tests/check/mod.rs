//! `check`: one damaged node for each code, and healthy nodes without findings. Each node is a directory tree; rules
//! that need a live runtime are also tested on the real node (`tests/node/check.rs`).

mod chain;
mod command;
mod conf;
mod gap;
mod install;
mod kinds;
mod npd;
mod other_runtime;
mod plugins;
mod remedies;
mod runtime;
mod spelling;
mod status;
mod testdata;
mod tree;
mod variations;

use std::collections::BTreeSet;

use cni_bootstrap::diagnose::CODES;
use tree::Tree;

/// A damaged node: its codes, the diagnosis first, and the function that makes it.
type Damaged = (&'static [&'static str], fn() -> Tree);

fn damaged() -> impl Iterator<Item = &'static Damaged> {
    conf::DAMAGED.iter().chain(plugins::DAMAGED).chain(runtime::DAMAGED).chain(chain::DAMAGED)
}

#[test]
fn a_damaged_node_yields_its_codes_and_no_other() {
    let mut wrong = Vec::new();
    for (at, (codes, make)) in damaged().enumerate() {
        let findings = make().findings();
        let found: Vec<&str> = findings.iter().map(|located| located.finding.code).collect();
        if found != *codes {
            let messages: Vec<&str> =
                findings.iter().map(|located| located.finding.message.as_str()).collect();
            wrong.push(format!("node {at} of {codes:?}: {found:?} {messages:#?}"));
        }
        for located in &findings {
            let finding = &located.finding;
            assert!(!finding.subject.is_empty() && !finding.message.is_empty(), "{finding:?}");
            assert!(!finding.remedy.is_empty() || finding.code == "runtime-config-elsewhere", "{finding:?}");
            assert!(!finding.message.contains("  "), "{finding:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The possible first words of a remedy: a shell runs them, or ignores them.
const COMMANDS: &[&str] = &[
    "#",
    "cat",
    "chmod",
    "chown",
    "cni-bootstrap",
    "command",
    "containerd",
    "cp",
    "crictl",
    "ctr",
    "echo",
    "grep",
    "helm",
    "install",
    "journalctl",
    "kubectl",
    "ls",
    "mkdir",
    "mount",
    "mv",
    "printf",
    "restorecon",
    "rm",
    "sed",
    "sudo",
    "systemctl",
];

#[test]
fn every_remedy_can_be_pasted() {
    for (codes, make) in damaged() {
        for located in make().findings() {
            let remedy = located.finding.remedy;
            for line in remedy.lines() {
                let first = line.split(' ').next().unwrap_or_default();
                assert!(COMMANDS.contains(&first), "{codes:?}: {line}");
            }
            let read = std::process::Command::new("sh").args(["-n", "-c", &remedy]).status().unwrap();
            assert!(read.success(), "{codes:?}: {remedy}");
        }
    }
}

#[test]
fn every_code_has_a_damaged_node() {
    // Only a pod that is started shows these (`tests/node/probe.rs`).
    let of_a_pod = ["pod-does-not-start", "pod-left-behind"];
    let shown: BTreeSet<&str> =
        damaged().flat_map(|(codes, _)| codes.iter().copied()).chain(of_a_pod).collect();
    let all: BTreeSet<&str> = CODES.iter().map(|code| code.name).collect();
    assert_eq!(shown, all);
    assert_eq!(all.len(), CODES.len(), "a code is there twice");
}

#[test]
fn a_healthy_node_of_each_kind_yields_nothing() {
    for (kind, make) in kinds::ALL {
        let findings = make().findings();
        assert!(findings.is_empty(), "{kind}: {findings:#?}");
    }
}

#[test]
fn a_healthy_node_whose_runtime_speaks_yields_nothing() {
    for version in ["1.6.20~ds1", "1.7.24", "2.1.9"] {
        let mut tree = kinds::calico();
        tree.runs(version, "/etc/cni/net.d/10-calico.conflist").kubelet("Kubernetes v1.30.2");
        assert!(tree.findings().is_empty(), "{version}: {:#?}", tree.findings());
    }
}
