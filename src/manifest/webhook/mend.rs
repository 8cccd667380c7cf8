//! Remedies: unblock the network now, and later make the webhook fail closed again.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::hook::{EXCLUDES, Hook};
use super::request::{Request, distinct};
use super::subjects::Subject;
use crate::report::{quoted, word};

/// Both steps: let pods pass now; after the backend runs, fail closed again, except in the network's namespaces.
pub(super) fn both_halves(hook: &Hook<'_>, asked: &[&Subject<'_>]) -> String {
    let policy = |value: &str| json!({"op": "add", "path": path(hook, "failurePolicy"), "value": value});
    let now = patch(hook, &[policy("Ignore")]);
    let again = patch(hook, &[exclude(hook, asked), policy("Fail")]);
    format!("{now}   # now\n{again}   # when its pods run again")
}

/// Both steps for requests of nodes and agents: a condition excludes them, because a namespaceSelector cannot.
pub(super) fn exclude_requests(hook: &Hook<'_>, asked: &[&Request<'_>]) -> String {
    let policy = |value: &str| json!({"op": "add", "path": path(hook, "failurePolicy"), "value": value});
    let resources = distinct(asked.iter().map(|request| format!("{:?}", request.path())));
    let expression = format!("{EXCLUDES}[{}])", resources.join(", "));
    let condition = json!({"name": "not-of-nodes-and-networks", "expression": expression});
    let (at, value) = match hook.spot.get("matchConditions") {
        Some(list) if list.is_list() => ("matchConditions/-", condition),
        _ => ("matchConditions", json!([condition])),
    };
    let exclude = json!({"op": "add", "path": path(hook, at), "value": value});
    let (now, again) = (patch(hook, &[policy("Ignore")]), patch(hook, &[exclude, policy("Fail")]));
    format!("{now}   # now\n{again}   # when its pods run again")
}

/// The remedy that gives all webhooks the same short time limit.
pub(super) fn shorter(hooks: &[&Hook<'_>], seconds: u64) -> String {
    let limit = |hook: &&Hook<'_>| {
        let value = json!({"op": "add", "path": path(hook, "timeoutSeconds"), "value": seconds.clamp(1, 5)});
        patch(hook, &[value])
    };
    hooks.iter().map(limit).collect::<Vec<_>>().join("\n")
}

/// The remedy with a short time limit.
pub(super) fn timeout(hook: &Hook<'_>) -> String {
    patch(hook, &[json!({"op": "add", "path": path(hook, "timeoutSeconds"), "value": 5})])
}

/// The selector of the webhook, extended so that it excludes the network's namespaces.
fn exclude(hook: &Hook<'_>, asked: &[&Subject<'_>]) -> Value {
    let namespaces: BTreeSet<_> = asked.iter().map(|subject| subject.namespace).collect();
    let expression = json!({"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": namespaces});
    let selector = hook.spot.get("namespaceSelector");
    let expressions = selector.as_ref().and_then(|selector| selector.get("matchExpressions"));
    let labels = selector.as_ref().map_or_else(Vec::new, |selector| selector.pairs_of("matchLabels"));
    let (at, value) = match expressions {
        Some(list) if list.is_list() => ("namespaceSelector/matchExpressions/-", expression),
        _ if !labels.is_empty() => ("namespaceSelector/matchExpressions", json!([expression])),
        _ => ("namespaceSelector", json!({"matchExpressions": [expression]})),
    };
    json!({"op": "add", "path": path(hook, at), "value": value})
}

fn path(hook: &Hook<'_>, field: &str) -> String {
    format!("/webhooks/{}/{field}", hook.index)
}

fn patch(hook: &Hook<'_>, operations: &[Value]) -> String {
    let (resource, name) = (hook.resource(), hook.object.name);
    let patch = quoted(&Value::from(operations).to_string());
    format!("kubectl patch {resource} {} --type=json -p {patch}", word(name))
}
