//! The monitoring component: its alerts, and that the `PodMonitor` finds the metrics of each form.

use serde_json::{Value, json};

use crate::manifest::{STAYING, combined, copy, list, ours, pod};
use crate::tools::{good, tools, top, yaml};

fn kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    let found = documents.iter().find(|document| document["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind}"))
}

#[test]
fn each_alert_fires_on_its_fault_and_on_nothing_else() {
    let Some(tools) = tools() else { return };
    let rendered = combined(tools, copy().path(), "bases/node-bootstrapper", &["watch", "monitoring"]);
    let documents = yaml(tools, &rendered);
    let rules = &kind(&documents, "PrometheusRule")["spec"];
    let dir = tempfile::tempdir().unwrap();
    // JSON is YAML.
    std::fs::write(dir.path().join("alerts.yaml"), rules.to_string()).unwrap();
    let unit = dir.path().join("alerts_test.yaml");
    std::fs::copy(top().join("tests/deploy/fixtures/alerts_test.yaml"), &unit).unwrap();
    let promtool = tools.join("bin/promtool");
    good(&promtool, &["check", "rules", dir.path().join("alerts.yaml").to_str().unwrap()]);
    good(&promtool, &["test", "rules", unit.to_str().unwrap()]);
    // Each alert has its case.
    let cases = std::fs::read_to_string(unit).unwrap();
    for rule in list(&rules["groups"][0], "rules") {
        let name = rule["alert"].as_str().unwrap();
        assert!(cases.contains(name), "{name} has no case");
    }
}

#[test]
fn the_chart_s_pod_monitor_finds_the_metrics_and_is_only_there_for_them() {
    let Some(tools) = tools() else { return };
    let chart = |more: &[&str]| yaml(tools, &crate::manifest::chart(tools, more));
    let with = ["--set", "form=watch,metrics.enabled=true,metrics.podMonitor=true"];
    let documents = chart(&with);
    let (monitor, set) = (&kind(&documents, "PodMonitor")["spec"], kind(&documents, "DaemonSet"));
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    for (label, value) in monitor["selector"]["matchLabels"].as_object().unwrap() {
        assert_eq!(labels[label], *value);
    }
    assert_eq!(monitor["podMetricsEndpoints"][0]["port"], ours(set)["ports"][0]["name"]);
    for without in
        ["form=init,metrics.enabled=true,metrics.podMonitor=true", "form=watch,metrics.podMonitor=true"]
    {
        assert!(
            chart(&["--set", without]).iter().all(|document| document["kind"] != "PodMonitor"),
            "{without}"
        );
    }
}

#[test]
fn the_pod_monitor_finds_the_metrics_of_each_form() {
    let Some(tools) = tools() else { return };
    let copy = copy();
    for (name, directory, form) in STAYING {
        let documents = yaml(tools, &combined(tools, copy.path(), directory, &[form, "monitoring"]));
        let monitor = &kind(&documents, "PodMonitor")["spec"];
        let set = documents
            .iter()
            .find(|document| {
                document["kind"] == "DaemonSet" && document.to_string().contains("cni-bootstrap:")
            })
            .unwrap();
        let labels = &set["spec"]["template"]["metadata"]["labels"];
        for (label, value) in monitor["selector"]["matchLabels"].as_object().unwrap() {
            assert_eq!(labels[label], *value, "{name}: {labels}");
        }
        let port = &monitor["podMetricsEndpoints"][0]["port"];
        let container = ours(set);
        assert_eq!(container["ports"], json!([{"name": port, "containerPort": 10391}]), "{name}");
        let listens: Vec<&Value> =
            list(container, "env").iter().filter(|e| e["name"] == "CNI_BOOTSTRAP_LISTEN").collect();
        assert_eq!(listens.len(), 1, "{name}");
        assert_eq!(listens[0]["value"], "127.0.0.1:10390\n0.0.0.0:10391", "{name}");
        assert!(!list(pod(set), "volumes").is_empty());
    }
}
