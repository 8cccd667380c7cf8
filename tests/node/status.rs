//! `status` on a node with a runtime: from a fresh node to a chained one, and with a runtime that is down.

use serde_json::Value;

use crate::network::{CHAIN, PRIMARY, primary, wait_for_networks};
use crate::node::{CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Way, install, run};
use crate::stamps::Stamps;

/// Runs `status`, which changes nothing and judges nothing.
fn status(node: &Node, way: Way) -> Value {
    let stamps = Stamps::of(node);
    let run = run(node, way, &["status", "--output", "json"]);
    stamps.assert_same(&Stamps::of(node));
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stderr.is_empty(), "{run}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

fn value<'s>(status: &'s Value, key: &str) -> &'s Value {
    let values = status["config"]["values"].as_array().unwrap();
    values.iter().find(|value| value["key"] == key).unwrap()
}

pub(crate) fn what_runs_is_shown_from_start_to_end(node: &Node) {
    let fresh = status(node, Way::Host);
    assert_eq!(fresh["runtime"]["answers"], true, "{fresh:#}");
    assert_eq!(fresh["runtime"]["loaded"], serde_json::json!([]), "{fresh:#}");
    assert_eq!(fresh["owners"], serde_json::json!([]), "{fresh:#}");
    assert!(fresh.get("podsWithoutChain").is_none(), "without a chain no pod lacks one: {fresh:#}");

    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let _older = Pod::run(node, "older").unwrap();
    run(node, Way::Host, &install(&[])).ended("ready");
    let chained = status(node, Way::Host);
    let runtime = &chained["runtime"];
    assert_eq!((&runtime["name"], &runtime["unit"]), (&"containerd".into(), &"containerd.service".into()));
    assert_eq!((&runtime["networkReady"], &runtime["loadStatus"]), (&true.into(), &"OK".into()));
    assert_eq!(runtime["loaded"][0]["file"], CHAIN, "{chained:#}");
    assert_eq!(runtime["loaded"][0]["types"], serde_json::json!(["ptp", "tuning"]), "{chained:#}");
    assert!(runtime["startedAt"].as_str().unwrap() <= runtime["loaded"][0]["since"].as_str().unwrap());
    let verdicts: Vec<&Value> =
        chained["confDir"]["files"].as_array().unwrap().iter().map(|file| &file["verdict"]).collect();
    assert_eq!(verdicts, ["loads", "shadowed"], "{chained:#}");
    for plugin in chained["network"]["plugins"].as_array().unwrap() {
        assert!(plugin["binary"].is_string(), "{plugin:#}");
        assert!(!plugin["versions"].as_array().unwrap().is_empty(), "{plugin:#}");
    }
    assert_eq!(value(&chained, "max_conf_num")["live"], "1", "{chained:#}");
    assert_eq!(chained["owners"][0]["state"], "as written", "{chained:#}");
    let pods = &chained["podsWithoutChain"];
    assert_eq!((&pods["byTheRuntime"], &pods["pods"][0]["name"]), (&true.into(), &"older".into()));
    assert_eq!(pods["pods"].as_array().unwrap().len(), 1, "{chained:#}");
    let created = pods["pods"][0]["createdAt"].as_str().unwrap();
    assert!(created <= chained["owners"][0]["firstPublishedAt"].as_str().unwrap(), "{chained:#}");

    // A value that the runtime has not read yet stands beside the live one.
    let config = String::from_utf8_lossy(&node.read(CONFIG)).into_owned();
    node.write(CONFIG, config.replace("max_conf_num = 1", "max_conf_num = 3"));
    if config.contains("max_conf_num = 1") {
        let edited = status(node, Way::Host);
        let value = value(&edited, "max_conf_num");
        assert_eq!(
            (&value["file"], &value["live"], &value["differs"]),
            (&"3".into(), &"1".into(), &true.into())
        );
        assert!(value["place"].as_str().unwrap().starts_with(CONFIG), "{value:#}");
    }
    node.write(CONFIG, config);

    node.try_sh("systemctl stop containerd");
    let down = status(node, Way::Host);
    assert_eq!(down["runtime"]["answers"], false, "{down:#}");
    assert!(down["runtime"]["reason"].is_string(), "{down:#}");
    assert_eq!(down["network"]["file"], CHAIN, "the files are shown all the same: {down:#}");
}
