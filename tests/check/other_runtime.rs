//! A node whose runtime is not containerd: its files are judged by what all runtimes have in common, and its config is
//! not judged. A containerd that another program installed there does not count.

use std::collections::BTreeMap;

use cni_bootstrap::diagnose::{PodSeen, View};
use cni_bootstrap::node::{Condition, RawStatus};

use crate::check::conf::LIST;
use crate::check::kinds::calico;
use crate::check::tree::{CONFIG, Tree};

const OTHER: &str = r#"{"name":"other","cniVersion":"1.0.0","plugins":[{"type":"bridge"}]}"#;

/// A runtime with this name in CRI, on a node with a containerd that nobody uses and that would not start.
fn runs(mut tree: Tree, name: &str) -> Tree {
    tree.file("/run/systemd/system/x", "")
        .file(CONFIG, "version = 2\nimports = [\"/nowhere.toml\"]\n[broken\n");
    tree.answers(RawStatus {
        runtime_name: name.into(),
        runtime_version: "1.36.3".into(),
        conditions: vec![Condition { kind: "NetworkReady".into(), status: true, ..Condition::default() }],
        info: BTreeMap::from([("config".into(), r#"{"sandboxImage":"x","crio":{}}"#.into())]),
    });
    tree
}

const NAMES: [(&str, &str); 3] = [("cri-o", "CRI-O 1.36.3"), ("docker", "docker 1.36.3"), ("x", "x 1.36.3")];

fn codes(tree: &Tree) -> Vec<&'static str> {
    tree.findings().iter().map(|located| located.finding.code).collect()
}

/// All that `check` says of the node.
fn words(tree: &Tree) -> String {
    let found: Vec<String> = tree
        .findings()
        .into_iter()
        .flat_map(|located| [located.finding.subject, located.finding.message, located.finding.remedy])
        .collect();
    let more = tree.view(|view: &View<'_>| {
        format!("{}\n{}", view.verdict(&[], PodSeen::No).message, view.unseen().join("\n"))
    });
    format!("{}\n{more}", found.join("\n"))
}

#[test]
fn its_config_is_not_judged_and_containerds_is_not_mentioned() {
    for (name, title) in NAMES {
        let tree = runs(calico(), name);
        assert_eq!(codes(&tree), [""; 0], "{name}");
        let words = words(&tree);
        assert!(words.contains(title) && words.contains("not judged"), "{words}");
        assert!(!words.contains("containerd") && !words.contains("healthy"), "{words}");
        assert!(words.contains("\"k8s-pod-network\" from /etc/cni/net.d/10-calico.conflist"), "{words}");
    }
}

/// The socket alone tells it as well, if nothing answers on it.
#[test]
fn cri_o_is_known_by_its_socket() {
    let tree = calico();
    tree.file("/run/systemd/system/x", "").file("/run/crio/crio.sock", "").file(CONFIG, "[broken\n");
    let words = words(&tree);
    assert!(words.contains("CRI-O") && !words.contains("containerd"), "{words}");
}

/// The answer decides, and not the socket.
#[test]
fn a_containerd_that_answers_is_judged_also_beside_the_socket_of_cri_o() {
    let mut tree = calico();
    tree.runs("1.7.24", LIST).file("/run/crio/crio.sock", "").file(CONFIG, "[broken\n");
    assert_eq!(codes(&tree), ["runtime-will-not-come-up"]);
}

#[test]
fn what_every_runtime_needs_is_judged() {
    for (name, title) in NAMES {
        let missing = runs(calico(), name);
        missing.remove("/opt/cni/bin/calico");
        assert_eq!(codes(&missing), ["plugin-missing"], "{name}");
        let empty = runs(calico(), name);
        empty.remove(LIST);
        assert_eq!(codes(&empty), ["conf-dir-empty"], "{name}");
        let broken = runs(calico(), name);
        broken.conf("10-calico.conflist", "{");
        assert_eq!(codes(&broken), ["conf-file-invalid"], "{name}");
        let mut unready = runs(calico(), name);
        unready.says(|raw| raw.conditions[0].status = false);
        assert_eq!(codes(&unready), ["network-not-ready"], "{name}");
        for tree in [missing, empty, broken, unready] {
            let words = words(&tree);
            assert!(words.contains(title) && !words.contains("containerd"), "{words}");
        }
    }
}

/// CRI-O and cri-dockerd take the next file. Pods then get another network than the first file's.
#[test]
fn a_file_that_does_not_load_is_passed_over() {
    for (name, _) in NAMES {
        for (text, code) in [("", "conf-file-empty"), ("{", "conf-file-invalid")] {
            let tree = runs(calico(), name);
            tree.conf("05-antrea.conflist", text);
            assert_eq!(codes(&tree), [code], "{name}");
            let words = words(&tree);
            assert!(words.contains("but \"k8s-pod-network\" from"), "{words}");
            assert!(!words.contains("no network at all"), "{words}");
        }
        let later = runs(calico(), name);
        later.conf("20-x.conflist", "{");
        assert_eq!(codes(&later), ["conf-file-invalid-later"], "{name}");
        // One network for each pod, whatever containerd's config says.
        let two = runs(calico(), name);
        two.conf("87-podman-bridge.conflist", OTHER);
        assert_eq!(codes(&two), [""; 0], "{name}");
    }
}

#[test]
fn the_bridge_of_cri_o_itself_is_a_warning_there_and_an_error_elsewhere() {
    for file in ["100-crio-bridge.conflist", "11-crio-ipv4-bridge.conflist", "10-crio-bridge.conflist"] {
        let bridged = || {
            let tree = calico();
            tree.remove(LIST).conf(file, OTHER).plugins("/opt/cni/bin", &["bridge"]);
            tree
        };
        let own = runs(bridged(), "cri-o").findings();
        let foreign = runs(bridged(), "docker").findings();
        let of = |found: &[cni_bootstrap::report::Located]| {
            found.iter().map(|one| (one.finding.code, one.finding.severity)).collect::<Vec<_>>()
        };
        let code = "conf-package-default";
        assert_eq!(of(&own), [(code, cni_bootstrap::report::Severity::Warning)], "{file}");
        assert_eq!(of(&foreign), [(code, cni_bootstrap::report::Severity::Error)], "{file}");
    }
}
