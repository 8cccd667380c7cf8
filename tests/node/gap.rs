//! Pods that were made before the chain, and run without its plugins.

use crate::network::{PRIMARY, primary, wait_for_networks};
use crate::node::Node;
use crate::pod::Pod;
use crate::program::{Way, install, run};

const CODE: &str = "pods-older-than-chain";

pub(crate) fn a_pod_made_before_the_chain_is_told_and_no_other(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let older = Pod::run(node, "older").unwrap();
    let _agent = Pod::host_network(node, "agent");
    run(node, Way::Host, &install(&[])).ended("ready");
    let _younger = Pod::run(node, "younger").unwrap();
    for kept in ["by what attached it", "by its age"] {
        let run = run(node, Way::Host, &["check", "--output", "json"]);
        assert_eq!(run.code, 0, "{run}");
        let report = run.report();
        let findings = report["findings"].as_array().unwrap();
        let found: Vec<_> = findings.iter().filter(|finding| finding["code"] == CODE).collect();
        assert_eq!(found.len(), 1, "{kept}: {run}");
        assert_eq!(found[0]["subject"], "pod test/older", "{kept}: {run}");
        let message = found[0]["message"].as_str().unwrap();
        assert!(!message.contains("younger") && !message.contains("agent"), "{kept}: {message}");
        node.sh("rm -r /var/lib/cni/results");
        node.sh("mkdir /var/lib/cni/results");
    }
    // `watch` counts them, and lists the pods anew at each look of its own.
    let watch = ["watch", "--plugin", crate::network::TUNING, "--listen", crate::watch::PROBES];
    let running = crate::program::start(node, Way::Host, &watch);
    let metric = r#"cni_bootstrap_pods_without_chain{owner="tuning",network="primary"} 1"#;
    node.wait_for("the metric", || match crate::watch::probe(node, "/metrics")? {
        (200, metrics) if metrics.contains(&format!("{metric}\n")) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    running.kill();
    // Published again, the chain makes no pod older.
    node.sh(&format!("rm {}", crate::network::CHAIN));
    run(node, Way::Host, &install(&[])).ended("ready");
    let run_again = run(node, Way::Host, &["check", "--output", "json"]);
    let text = run_again.to_string();
    assert!(text.contains("test/older") && !text.contains("test/younger"), "{text}");
    older.remove();
    assert!(!run(node, Way::Host, &["check", "--output", "json"]).has_finding(CODE));
}
