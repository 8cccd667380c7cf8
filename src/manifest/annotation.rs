//! Rules for every annotation that a network reads: the value is a string, and the annotation is on the pod.

use super::cluster::Cluster;
use super::go_json::yaml_line;
use super::object::Object;
use super::sink::Sink;
use super::yaml::{Node, Spot, Value};
use crate::report::codes::lint as codes;

const PREFIXES: &[&str] = &["cni.projectcalico.org/", "qos.projectcalico.org/"];
const KEYS: &[&str] = &[
    "k8s.v1.cni.cncf.io/networks",
    "v1.multus-cni.io/default-network",
    "kubernetes.io/ingress-bandwidth",
    "kubernetes.io/egress-bandwidth",
];

/// True if Calico, Multus or the runtime's CNI call reads the annotation.
pub(super) fn of_network(key: &str) -> bool {
    KEYS.contains(&key) || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

/// The value of an annotation, if it can be judged: a string without template braces.
pub(super) fn value<'a>(spot: &Spot<'a>) -> Option<&'a str> {
    match &spot.node.value {
        Value::Scalar(scalar) if scalar.other_type().is_none() && !scalar.text.contains("{{") => {
            Some(&scalar.text)
        }
        _ => None,
    }
}

pub(super) fn check(cluster: &Cluster<'_>, sink: &mut Sink) {
    for pod in cluster.pods() {
        for (key, spot) in pod.annotations() {
            check_type(pod.object, key, &spot, sink);
        }
        if pod.is_of_workload() {
            for (key, spot) in pod.object.annotations() {
                if of_network(key) && pod.annotation(key).is_none() {
                    misplaced(pod.object, key, &spot, &pod.template.path, sink);
                }
            }
        }
    }
    for namespace in cluster.of_kind("", "Namespace") {
        for (key, spot) in namespace.annotations() {
            check_type(namespace, key, &spot, sink);
        }
    }
}

fn check_type(object: &Object<'_>, key: &str, spot: &Spot<'_>, sink: &mut Sink) {
    if !of_network(key) {
        return;
    }
    let found = match &spot.node.value {
        Value::Scalar(scalar) if scalar.text.contains("{{") => {
            let message =
                format!("The value of {key} is a template ({}), so it was not judged.", scalar.text.trim());
            let remedy = "helm template RELEASE CHART | cni-bootstrap lint -".to_owned();
            sink.add(&codes::TEMPLATE, object, spot, message, remedy);
            return;
        }
        Value::Scalar(scalar) => match scalar.other_type() {
            Some(other) => other,
            None => return,
        },
        Value::Null => return,
        Value::List(_) => "list",
        Value::Map(_) => "mapping",
    };
    let json = json(spot.node);
    let message = format!(
        "{key} is a YAML {found}; annotations are strings, so the API server refuses the object. Put the JSON in \
         quotes."
    );
    sink.add(&codes::NOT_STRING, object, spot, message, yaml_line(key, &json));
}

fn misplaced(object: &Object<'_>, key: &str, spot: &Spot<'_>, template: &str, sink: &mut Sink) {
    let message = format!(
        "{key} is an annotation of the {} itself; its pods do not get the annotation, so it has no effect on \
         their network.",
        object.kind
    );
    let place = if template.is_empty() { String::new() } else { format!("{template}.") };
    let line = spot.text().map_or_else(|| key.to_owned(), |text| yaml_line(key, text));
    sink.add(&codes::MISPLACED, object, spot, message, format!("Under {place}metadata.annotations:\n{line}"));
}

/// The JSON of a node on one line. `yaml` limits the depth, and so the recursion.
fn json(node: &Node<'_>) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Scalar(scalar) if scalar.other_type().is_some() => scalar.text.to_string(),
        Value::Scalar(scalar) => serde_json::Value::from(&*scalar.text).to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            let pair =
                |key: &str, value: &Node<'_>| format!("{}:{}", serde_json::Value::from(key), json(value));
            format!(
                "{{{}}}",
                entries.iter().map(|entry| pair(&entry.key, &entry.value)).collect::<Vec<_>>().join(",")
            )
        }
    }
}
