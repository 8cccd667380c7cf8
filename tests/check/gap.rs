//! Pods that run without the chain's plugins, by what attached them and by their age.

use std::os::unix::fs::MetadataExt as _;

use cni_bootstrap::cli::{self, Job};
use cni_bootstrap::diagnose::gap;
use cni_bootstrap::judgement::pods_without_chain;
use cni_bootstrap::node::PodSandbox;
use serde_json::{Value, json};

use crate::check::chain::{CHAIN, RECORD, cached, chained};
use crate::check::conf::LIST;
use crate::check::kinds;
use crate::check::tree::Tree;

/// When the record says that the chain was first published, in milliseconds since the epoch.
fn first_published(tree: &Tree) -> i64 {
    let record: Value = serde_json::from_str(&tree.read(RECORD)).unwrap();
    record["paths"][CHAIN]["firstPublished"]["wallMs"].as_i64().unwrap()
}

/// A pod with its own network, made this many milliseconds after the first publication.
fn pod(tree: &Tree, name: &str, after_ms: i64) -> PodSandbox {
    PodSandbox {
        id: name.to_owned(),
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        created: i128::from(first_published(tree) + after_ms) * 1_000_000,
        ..PodSandbox::default()
    }
}

fn names(tree: &Tree) -> Vec<String> {
    tree.view(|view| gap(view).expect("something tells the pods").into_iter().map(|pod| pod.name).collect())
}

/// (what attached the pod, if that is kept; its age against the publication; on the host's network) -> in the gap.
#[test]
fn what_attached_a_pod_counts_and_else_its_age() {
    for (attached_by, after_ms, on_host_network, is_told) in [
        (None, -1, false, true),
        (None, 0, false, false),
        (None, 1, false, false),
        (None, -1, true, false),
        (Some(LIST), -1, false, true),
        // The start of this pod was under way when the chain was published.
        (Some(LIST), 1, false, true),
        (Some(CHAIN), 1, false, false),
        // The clock was set back, or the chain was published before this record was begun.
        (Some(CHAIN), -1, false, false),
    ] {
        let mut tree = chained();
        let pod = PodSandbox { on_host_network, ..pod(&tree, "cart", after_ms) };
        if let Some(list) = attached_by {
            cached(&tree, "cart", list);
        }
        tree.runs("1.7.24", CHAIN).pods(vec![pod]);
        let expected: &[&str] = if is_told { &["cart"] } else { &[] };
        assert_eq!(names(&tree), expected, "{attached_by:?} {after_ms} {on_host_network}");
        let codes: Vec<&str> = tree.findings().iter().map(|located| located.finding.code).collect();
        let expected: &[&str] = if is_told { &["pods-older-than-chain"] } else { &[] };
        assert_eq!(codes, expected, "{attached_by:?} {after_ms} {on_host_network}");
    }
}

/// A meta-plugin attaches a pod several times; one of the lists is the chain's.
#[test]
fn a_pod_with_several_networks_has_the_chain_if_one_of_them_has_it() {
    let mut tree = chained();
    cached(&tree, "cart", CHAIN);
    let more = "/var/lib/cni/results/k8s-pod-network-cart-eth0";
    tree.file("/var/lib/cni/results/macvlan-cart-net1", tree.read(more));
    cached(&tree, "cart", LIST);
    let cart = pod(&tree, "cart", -1);
    tree.runs("1.7.24", CHAIN).pods(vec![cart]);
    assert_eq!(names(&tree), [""; 0]);
}

/// The cache may keep what attached a pod that is gone.
#[test]
fn only_pods_that_run_are_told() {
    let mut tree = chained();
    cached(&tree, "gone", LIST);
    tree.runs("1.7.24", CHAIN).pods(Vec::new());
    assert_eq!(names(&tree), [""; 0]);
}

#[test]
fn a_chain_that_is_published_again_makes_no_pod_older() {
    let tree = chained();
    let first = first_published(&tree);
    tree.remove(CHAIN);
    chain_again(&tree);
    assert_eq!(first_published(&tree), first, "published again with the same plugins");
    tree.edit(LIST, "\"snat\": true", "\"snat\": false");
    chain_again(&tree);
    assert_eq!(first_published(&tree), first, "composed again from another primary");
}

/// Release 0.1.0 did not store the time.
#[test]
fn a_record_without_the_time_takes_that_of_the_file() {
    let mut tree = chained();
    let older = pod(&tree, "older", -60_000);
    let mut record: Value = serde_json::from_str(&tree.read(RECORD)).unwrap();
    record["paths"][CHAIN].as_object_mut().unwrap().remove("firstPublished").unwrap();
    tree.file(RECORD, record.to_string());
    let younger =
        PodSandbox { id: "younger".into(), name: "younger".into(), created: i128::MAX, ..older.clone() };
    tree.runs("1.7.24", CHAIN).pods(vec![younger, older]);
    assert_eq!(names(&tree), ["older"]);
    // The next publication stores the same time.
    let file = std::fs::metadata(tree.path(CHAIN)).unwrap();
    let then = file.ctime() * 1000 + file.ctime_nsec() / 1_000_000;
    tree.edit(LIST, "\"snat\": true", "\"snat\": false");
    chain_again(&tree);
    assert_eq!(first_published(&tree), then);
}

#[test]
fn many_pods_are_one_line_with_their_number_and_a_static_one_is_not_deleted() {
    let mut tree = chained();
    let mut pods: Vec<PodSandbox> = (10..40).map(|n| pod(&tree, &format!("p{n}"), -1)).collect();
    pods[0].is_static = true;
    pods[2].name = "p12/../../nodes/n1'; reboot #".to_owned();
    pods[3].uid = r#"x"}}, "y": {"z": {"#.to_owned();
    tree.runs("1.7.24", CHAIN).pods(pods);
    let finding = tree.findings()[0].finding.clone();
    assert!(finding.message.starts_with("shop/p10, shop/p11, "), "{finding:?}");
    assert!(finding.message.contains(" and 22 more run without tuning"), "{finding:?}");
    let lines: Vec<&str> = finding.remedy.lines().collect();
    assert_eq!(lines.len(), 10);
    assert!(lines[0].starts_with("# shop/p10 is a static pod"), "{lines:?}");
    // An eviction respects disruption budgets, and the uid names this pod and none of the same name.
    for (line, name, options) in
        [(lines[1], "p11", r#","deleteOptions":{"preconditions":{"uid":"uid-p11"}}"#), (lines[3], "p13", "")]
    {
        let eviction = format!(
            r#"{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"namespace":"shop","name":"{name}"}}{options}}}"#
        );
        let to = format!("/api/v1/namespaces/shop/pods/{name}/eviction");
        assert_eq!(line, format!("printf %s '{eviction}' | kubectl create --raw {to} -f -"));
        assert_eq!(serde_json::from_str::<Value>(&eviction).unwrap()["metadata"]["name"], name);
    }
    assert!(lines[2].starts_with("# shop/") && lines[2].contains("was not made by Kubernetes"), "{lines:?}");
}

/// No remedy helps a pod while the chain itself is not there.
#[test]
fn without_a_chain_that_counts_the_pods_are_not_a_finding() {
    let mut tree = chained();
    let cart = pod(&tree, "cart", -1);
    tree.remove(CHAIN);
    tree.runs("1.7.24", LIST).pods(vec![cart]);
    let codes: Vec<&str> = tree.findings().iter().map(|located| located.finding.code).collect();
    assert_eq!(codes, ["chain-missing"]);
    assert_eq!(names(&tree), ["cart"], "watch and status count it");
}

/// What `watch` counts: an answer of the runtime that is up, and nothing else. What libcni keeps survives a reboot.
#[test]
fn what_the_runtime_does_not_tell_is_not_counted() {
    let mut tree = chained();
    cached(&tree, "gone", LIST);
    let Job::Check { settings, .. } = cli::parse(["cni-bootstrap", "check"].map(Into::into)).unwrap().job
    else {
        panic!("another job")
    };
    let counted = |tree: &Tree, is_up: bool| {
        tree.view(|view| {
            let mut node = view.node().clone();
            let now = node.incarnation().filter(|_| is_up);
            node.answers.running_pods.iter_mut().for_each(|asked| asked.incarnation.clone_from(&now));
            pods_without_chain(&node, &settings)
        })
    };
    let count = |tree: &Tree| counted(tree, true);
    assert_eq!(count(&tree), None, "only the cache tells a pod");
    let older = pod(&tree, "older", -1);
    tree.runs("1.7.24", CHAIN);
    assert_eq!(count(&tree), None, "it was not asked for pods");
    tree.pods(vec![older]);
    assert_eq!(count(&tree), Some(1));
    assert_eq!(counted(&tree, false), None, "the runtime that answered was another start of it");
    tree.pods(Vec::new());
    assert_eq!(count(&tree), Some(0));
    let unchained = kinds::calico();
    assert_eq!(count(&unchained), Some(0), "no pod lacks a chain that is not there");
}

fn chain_again(tree: &Tree) {
    let plugin = json!({"type": "tuning"}).to_string();
    let args = ["install", "--host-root", tree.root(), "--runtime", "none", "--plugin", &plugin, "--no-wait"];
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_cni-bootstrap")).args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(tree.path(CHAIN).exists());
}
