//! The component for the node readiness controller: its rule holds against the rules of the CRD, every pod of the
//! network tolerates the taint, and the grants are the reporter's alone.

use serde_json::{Value, json};

use crate::manifest::{STAYING, combined, copy, list, ours, pod};
use crate::tools::{good, tools, yaml};

/// The rendered documents of a form that stays, with the component.
fn rendered(tools: &std::path::Path, directory: &str, form: &str) -> Vec<Value> {
    yaml(tools, &combined(tools, copy().path(), directory, &[form, "node-readiness"]))
}

fn named<'a>(documents: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = documents.iter().find(|d| d["kind"] == kind && d["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// What the API server refuses in a rule (`api/v1alpha1/nodereadinessrule_types.go` of v0.5.0): unknown and missing
/// fields, values out of their lists, a taint outside the controller's domain, and what its webhook refuses.
fn faults(rule: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
    };
    let within = |value: &Value, known: &[&str]| keys(value).iter().all(|key| known.contains(&key.as_str()));
    let spec = &rule["spec"];
    must(rule["apiVersion"] == "readiness.node.x-k8s.io/v1alpha1", "the version");
    must(rule["metadata"].get("namespace").is_none(), "it is an object of the cluster");
    let fields = ["conditions", "enforcementMode", "taint", "nodeSelector", "conditionPolicy", "dryRun"];
    must(within(spec, &fields), "an unknown field");
    must(fields[..4].iter().all(|field| spec.get(field).is_some()), "a missing field");
    let mode = spec["enforcementMode"].as_str().unwrap_or_default();
    must(["bootstrap-only", "continuous"].contains(&mode), "the mode");
    let conditions = list(spec, "conditions");
    must((1..=32).contains(&conditions.len()), "the number of conditions");
    for condition in conditions {
        must(within(condition, &["type", "requiredStatus", "defaultStatus"]), "a field of a condition");
        must((1..=316).contains(&condition["type"].as_str().unwrap_or_default().len()), "the type");
        let status = condition["requiredStatus"].as_str().unwrap_or_default();
        must(["True", "False", "Unknown"].contains(&status), "the status is a string");
        must(mode != "bootstrap-only" || condition.get("defaultStatus").is_none(), "a default status");
    }
    must(mode != "bootstrap-only" || spec["conditionPolicy"] != "anyOf", "anyOf");
    let taint = &spec["taint"];
    must(within(taint, &["key", "value", "effect"]), "a field of the taint");
    let name =
        taint["key"].as_str().and_then(|key| key.strip_prefix("readiness.k8s.io/")).unwrap_or_default();
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    must((1..=63).contains(&name.len()) && plain, "the taint's key");
    let effect = taint["effect"].as_str().unwrap_or_default();
    must(["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect), "the effect");
    must(within(&spec["nodeSelector"], &["matchLabels", "matchExpressions"]), "the selector");
    faults
}

#[test]
fn the_rule_is_one_that_the_api_server_takes() {
    let Some(tools) = tools() else { return };
    let documents = rendered(tools, "bases/node-bootstrapper", "watch");
    let rule = named(&documents, "NodeReadinessRule", "cni-bootstrap");
    assert_eq!(faults(rule), [""; 0]);
    // The check works.
    for (path, value) in [
        ("/spec/enforcementMode", json!("bootstrap")),
        ("/spec/taint/key", json!("cni-bootstrap/pending")),
        ("/spec/taint/effect", json!("NoStart")),
        ("/spec/conditions/0/requiredStatus", json!(true)),
        ("/spec/conditions", json!([])),
        ("/apiVersion", json!("readiness.node.x-k8s.io/v1")),
    ] {
        let mut wrong = rule.clone();
        *wrong.pointer_mut(path).unwrap() = value;
        assert_eq!(faults(&wrong).len(), 1, "{path}: {:?}", faults(&wrong));
    }
}

#[test]
fn the_condition_the_taint_and_the_endpoint_are_the_same_everywhere() {
    let Some(tools) = tools() else { return };
    let text = std::fs::read_to_string(crate::tools::top().join("docs/node-readiness.md")).unwrap();
    for (name, directory, form) in STAYING {
        let documents = rendered(tools, directory, form);
        let rule = &named(&documents, "NodeReadinessRule", "cni-bootstrap")["spec"];
        let reporter = named(&documents, "DaemonSet", "cni-bootstrap-reporter");
        let container = &list(pod(reporter), "containers")[0];
        let value = |variable: &str| {
            let found = list(container, "env").iter().find(|e| e["name"] == variable);
            found.map(|e| e["value"].clone()).unwrap_or_default()
        };
        assert_eq!(value("CONDITION_TYPE"), rule["conditions"][0]["type"], "{name}");
        let set = documents
            .iter()
            .find(|d| d["kind"] == "DaemonSet" && d.to_string().contains("cni-bootstrap:"))
            .unwrap();
        let listens = list(ours(set), "env").iter().find(|e| e["name"] == "CNI_BOOTSTRAP_LISTEN").unwrap();
        let address = listens["value"].as_str().unwrap().lines().next().unwrap();
        assert_eq!(value("CHECK_ENDPOINT"), format!("http://{address}/readyz"), "{name}");
        // Both are on the network of the node, or the loopback is another one.
        for set in [reporter, set] {
            assert_eq!(pod(set)["hostNetwork"], true, "{name}");
            let tolerates = |t: &Value| t["operator"] == "Exists" && t.get("key").is_none();
            let of_taint =
                |t: &&Value| tolerates(t) && (t.get("effect").is_none() || t["effect"] == "NoSchedule");
            assert!(
                list(pod(set), "tolerations").iter().find(of_taint).is_some(),
                "{name}: it would not start"
            );
        }
        let taint = &rule["taint"];
        let word = |key: &str| taint[key].as_str().unwrap();
        let spelled = format!("{}={}:{}", word("key"), word("value"), word("effect"));
        assert!(text.contains(&spelled), "docs/node-readiness.md: {spelled}");
    }
}

#[test]
fn only_the_reporter_has_grants_and_few() {
    let Some(tools) = tools() else { return };
    let documents = rendered(tools, "bases/node-bootstrapper", "watch");
    let role = named(&documents, "ClusterRole", "cni-bootstrap-reporter");
    assert_eq!(
        role["rules"],
        json!([
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["nodes/status"], "verbs": ["update", "patch"]},
        ])
    );
    let binding = named(&documents, "ClusterRoleBinding", "cni-bootstrap-reporter");
    assert_eq!(binding["roleRef"]["name"], role["metadata"]["name"]);
    let reporter = pod(named(&documents, "DaemonSet", "cni-bootstrap-reporter"));
    assert_eq!(binding["subjects"][0]["name"], reporter["serviceAccountName"]);
    assert_eq!(reporter["securityContext"]["runAsNonRoot"], true);
    assert!(list(reporter, "volumes").is_empty());
    let of_ours = pod(named(&documents, "DaemonSet", "cni-bootstrap"));
    assert_eq!(of_ours["automountServiceAccountToken"], false);
    assert!(of_ours.get("serviceAccountName").is_none());
}

/// The custom plugin of node-problem-detector, on a DaemonSet of upstream's shape.
#[test]
fn the_custom_plugin_of_node_problem_detector_is_mounted_and_named() {
    let Some(tools) = tools() else { return };
    let copy = copy();
    let mine = copy.path().join("deploy/kustomize/overlays/npd");
    std::fs::create_dir(&mine).unwrap();
    let upstream = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "node-problem-detector", "namespace": "kube-system"},
        "spec": {
            "selector": {"matchLabels": {"app": "node-problem-detector"}},
            "template": {
                "metadata": {"labels": {"app": "node-problem-detector"}},
                "spec": {
                    "containers": [{
                        "name": "node-problem-detector", "image": "node-problem-detector:v1",
                        "command": ["/node-problem-detector", "--logtostderr"],
                        "volumeMounts": [{"name": "log", "mountPath": "/var/log", "readOnly": true}],
                    }],
                    "volumes": [{"name": "log", "hostPath": {"path": "/var/log/"}}],
                },
            },
        },
    });
    std::fs::write(mine.join("upstream.yaml"), upstream.to_string()).unwrap();
    let kustomization = "resources: [upstream.yaml]\ncomponents: [../../components/node-problem-detector]\n";
    std::fs::write(mine.join("kustomization.yaml"), kustomization).unwrap();
    let text = good(tools.join("bin/kubectl"), &["kustomize", mine.to_str().unwrap()]);
    let documents = yaml(tools, &text);
    let set = documents.iter().find(|document| document["kind"] == "DaemonSet").unwrap();
    let map = documents.iter().find(|document| document["kind"] == "ConfigMap").unwrap();
    let container = &list(pod(set), "containers")[0];
    let named = list(container, "command").last().unwrap().as_str().unwrap();
    let file = named.strip_prefix("--config.custom-plugin-monitor=/cni-bootstrap/").unwrap();
    let config: Value = serde_json::from_str(map["data"][file].as_str().unwrap()).unwrap();
    assert_eq!(config["pluginConfig"]["max_output_length"], 80);
    assert_eq!(config["rules"][0]["type"], "permanent");
    // The rule's program and its root are mounted.
    let mounted = |name: &str| list(container, "volumeMounts").iter().find(|m| m["name"] == name).unwrap();
    let volume = |name: &str| list(pod(set), "volumes").iter().find(|v| v["name"] == name).unwrap();
    let host = mounted("cni-bootstrap-host");
    assert_eq!((&host["mountPath"], &host["readOnly"]), (&json!("/host"), &json!(true)));
    assert_eq!(volume("cni-bootstrap-host")["hostPath"]["path"], "/");
    let (rule, root) = (&config["rules"][0], "/host");
    assert!(rule["path"].as_str().unwrap().starts_with(root));
    assert_eq!(rule["args"].as_array().unwrap().last().unwrap(), root);
    assert_eq!(mounted("cni-bootstrap")["mountPath"], "/cni-bootstrap");
    assert_eq!(volume("cni-bootstrap")["configMap"]["name"], map["metadata"]["name"]);
}
