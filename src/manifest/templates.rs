//! The pod templates of an object of any kind: a mapping with `spec.containers`, wherever it is. So a Rollout of Argo, a
//! `LeaderWorkerSet`, a `JobSet` or a workload that another object wraps needs no rule of its own.

use super::object::Object;
use super::yaml::{Node, Spot, Value};

/// The places of templates that have no containers: the template of a workload without any, and virtual machines,
/// whose pods get the template's annotations (kubevirt `pkg/virt-controller/services/template.go`).
pub(super) const PLACES: &[(&[&str], &[&str])] = &[
    (&["Pod", "VirtualMachineInstance"], &[]),
    (&["PodTemplate"], &["template"]),
    (&["CronJob"], &["spec", "jobTemplate", "spec", "template"]),
    (
        &["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Job"],
        &["spec", "template"],
    ),
    (&["VirtualMachine", "VirtualMachineInstanceReplicaSet"], &["spec", "template"]),
    (&["VirtualMachinePool"], &["spec", "virtualMachineTemplate", "spec", "template"]),
];

/// Kinds that have no pods, but may be large.
pub(super) const NONE: &[&str] =
    &["CustomResourceDefinition", "ConfigMap", "Secret", "Event", "Node", "Lease", "EndpointSlice"];

/// The depth down to which templates are looked for.
pub(super) const DEPTH: usize = 12;

/// The pods of an object: itself, or its templates.
pub(super) fn templates<'a>(object: &Object<'a>) -> Vec<Spot<'a>> {
    if let Some((_, path)) = PLACES.iter().find(|(kinds, _)| kinds.contains(&object.kind)) {
        return object.spot.find(path).into_iter().collect();
    }
    let mut found = Vec::new();
    if !NONE.contains(&object.kind) {
        search(&object.spot, DEPTH, &mut found);
    }
    found
}

/// True for a mapping with a list of containers in its `spec`.
pub(super) fn is_template(node: &Node<'_>) -> bool {
    let containers = node.get("spec").and_then(|spec| spec.value.get("containers"));
    containers.is_some_and(|containers| matches!(containers.value.value, Value::List(_)))
}

fn search<'a>(spot: &Spot<'a>, depth: usize, found: &mut Vec<Spot<'a>>) {
    if is_template(spot.node) {
        found.push(spot.clone());
        return;
    }
    if depth == 0 {
        return;
    }
    for (key, child) in spot.entries() {
        if !matches!(key, "status" | "metadata") {
            search(&child, depth - 1, found);
        }
    }
    for child in spot.items() {
        search(&child, depth - 1, found);
    }
}
