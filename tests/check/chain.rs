//! A chain that this program published.

use std::process::Command;

use base64::Engine as _;
use serde_json::json;

use crate::check::Damaged;
use crate::check::conf::LIST;
use crate::check::kinds::calico;
use crate::check::tree::{CONFIG, Tree};
use cni_bootstrap::node::Digest;

pub(crate) const CHAIN: &str = "/etc/cni/net.d/05-tuning.conflist";
pub(crate) const RECORD: &str = "/var/lib/cni-bootstrap/tuning.json";

/// Calico with the tuning plugin, chained by `install`.
pub(crate) fn chained() -> Tree {
    chained_by(calico(), &[])
}

fn chained_by(tree: Tree, more: &[&str]) -> Tree {
    tree.program("/opt/cni/bin/tuning");
    let out = Command::new(env!("CARGO_BIN_EXE_cni-bootstrap"))
        .args([
            "install",
            "--host-root",
            tree.root(),
            "--runtime",
            "none",
            "--plugin",
            r#"{"type":"tuning"}"#,
            "--no-wait",
        ])
        .args(more)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    tree
}

/// Writes libcni's cache of a pod that was attached by a conflist.
pub(crate) fn cached(tree: &Tree, pod: &str, conflist: &str) {
    let config = base64::engine::general_purpose::STANDARD.encode(tree.read(conflist));
    let cached = json!({
        "kind": "cniCacheV1", "containerId": pod, "config": config, "ifName": "eth0", "networkName": "k8s-pod-network",
        "cniArgs": [["IgnoreUnknown", "1"], ["K8S_POD_NAMESPACE", "shop"], ["K8S_POD_NAME", pod]],
    });
    tree.file(&format!("/var/lib/cni/results/k8s-pod-network-{pod}-eth0"), cached.to_string());
}

pub(crate) const DAMAGED: &[Damaged] = &[
    (&["chain-missing"], || {
        let tree = chained();
        tree.remove(CHAIN);
        tree
    }),
    (&["chain-altered"], || {
        let tree = chained();
        tree.edit(CHAIN, "\"snat\": true", "\"snat\": false");
        tree
    }),
    (&["chain-shadowed"], || {
        let tree = chained();
        tree.conf(
            "00-first.conflist",
            tree.read(LIST).replace("\"calico\"", "\"tuning\"").replace("portmap", "calico"),
        );
        tree.conf("00-first.conflist", tree.read(CHAIN));
        tree
    }),
    (&["chain-stale"], || {
        let tree = chained();
        tree.edit(LIST, "\"snat\": true", "\"snat\": false");
        tree
    }),
    (&["chain-not-loaded"], || {
        let mut tree = chained();
        tree.runs("1.7.24", LIST);
        tree
    }),
    (&["record-unreadable"], || {
        let tree = chained();
        tree.file(RECORD, "{");
        tree
    }),
    (&["config-unverified"], || {
        let tree = chained();
        let config = tree.read(CONFIG);
        let attempt = json!({
            "cause": {"kind": "values", "wanted": "max_conf_num = 1", "files": "0"}, "incarnation": null,
            "phase": "asked", "askedMs": 1, "timeoutMs": 1,
            "changed": [{"path": CONFIG, "before": {"text": "version = 2\n"}, "after": Digest::of(config.as_bytes())}],
        });
        let mark = json!({"schema": "cni-bootstrap.unproven/1", "owner": "tuning", "attempt": attempt});
        tree.file("/var/lib/cni-bootstrap/unproven", mark.to_string());
        tree
    }),
    (&["restart-rolled-back"], || {
        let tree = chained();
        let attempt = json!({
            "cause": {"kind": "values", "wanted": "max_conf_num = 1", "files": "0"}, "incarnation": null,
            "phase": "failed", "askedMs": 1, "timeoutMs": 1,
        });
        tree.file("/run/cni-bootstrap/attempt.json", attempt.to_string());
        tree
    }),
    (&["pods-older-than-chain"], || {
        let tree = chained();
        cached(&tree, "cart", LIST);
        cached(&tree, "front", CHAIN);
        tree
    }),
];

#[test]
fn a_chain_that_is_whole_and_loaded_yields_nothing() {
    let mut tree = chained();
    assert!(tree.findings().is_empty(), "{:#?}", tree.findings());
    cached(&tree, "front", CHAIN);
    tree.runs("2.1.9", CHAIN);
    assert!(tree.findings().is_empty(), "{:#?}", tree.findings());
}

#[test]
fn only_the_pods_of_before_are_told() {
    let tree = chained();
    cached(&tree, "cart", LIST);
    cached(&tree, "front", CHAIN);
    let finding = &tree.findings()[0].finding;
    let evicts = concat!(
        r#"printf %s '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"namespace":"shop","name":"cart"}}' "#,
        "| kubectl create --raw /api/v1/namespaces/shop/pods/cart/eviction -f -"
    );
    assert_eq!((finding.subject.as_str(), finding.remedy.as_str()), ("pod shop/cart", evicts));
}

/// The record keeps `--primary`. The default rule would make the chain from the first file.
#[test]
fn a_missing_chain_is_made_again_from_the_primary_that_was_named() {
    let tree = calico();
    tree.conf("06-other.conflist", tree.read(LIST).replace("k8s-pod-network", "other"));
    let tree = chained_by(tree, &["--primary", "10-calico.conflist"]);
    let before = tree.read(CHAIN);
    tree.remove(CHAIN);
    let found = tree.findings();
    let missing = found.iter().find(|located| located.finding.code == "chain-missing").unwrap();
    let remedy = &missing.finding.remedy;
    assert!(remedy.contains(" --primary 10-calico.conflist"), "{remedy}");
    let command = remedy.split("   #").next().unwrap().strip_prefix("cni-bootstrap install ").unwrap();
    let command = format!(
        "{} install --host-root {} --runtime none --no-wait {command}",
        env!("CARGO_BIN_EXE_cni-bootstrap"),
        tree.root()
    );
    let out = Command::new("sh").args(["-c", &command]).output().unwrap();
    assert!(out.status.success(), "{command}\n{out:?}");
    assert_eq!(tree.read(CHAIN), before);
}
