//! Multus: its pod annotations, the definitions that they name, and its configuration (`multus-cni
//! pkg/k8sclient/k8sclient.go`).

mod conflict;
mod element;
mod fields;
mod nad;
mod nad_conf;
mod names;
mod problem;
mod selection;
mod wrap;

#[cfg(test)]
mod tests;

use super::annotation::value;
use super::cluster::Cluster;
use super::go_json::yaml_line;
use super::nearest::nearest;
use super::pods::Pod;
use super::sink::Sink;
use super::yaml::Spot;
use crate::report::codes::lint as codes;
use crate::report::join_truncated;
use crate::report::word;
use element::Element;
use names::MULTUS_NAMESPACE;
pub(super) use names::{DEFAULT_NETWORK, NETWORKS};
use problem::Problem;
pub(super) use wrap::wraps;

pub(super) fn check(cluster: &Cluster<'_>, sink: &mut Sink) {
    for pod in cluster.pods() {
        let networks = elements(&pod, NETWORKS, sink);
        let default = elements(&pod, DEFAULT_NETWORK, sink);
        for (spot, element) in &networks {
            known(cluster, &pod, spot, element, pod.object.namespace, sink);
        }
        for (spot, element) in &default {
            known(cluster, &pod, spot, element, MULTUS_NAMESPACE, sink);
        }
        for (spot, element) in virtual_machine(&pod) {
            known(cluster, &pod, &spot, &element, pod.object.namespace, sink);
        }
        conflict::check(cluster, &pod, &networks, &default, sink);
    }
    nad::check(cluster, sink);
    wrap::check(cluster, sink);
}

/// The networks in an annotation of `pod`, after findings about its value.
fn elements<'a>(pod: &Pod<'a>, key: &str, sink: &mut Sink) -> Vec<(Spot<'a>, Element)> {
    let Some(spot) = pod.annotation(key) else { return Vec::new() };
    let Some(text) = value(&spot) else { return Vec::new() };
    // Multus ignores an empty list of networks, but tries to parse an empty default network (k8sclient.go).
    if text.is_empty() && key == NETWORKS {
        return Vec::new();
    }
    let (elements, mut problems) = selection::read(text, key == DEFAULT_NETWORK);
    if key == DEFAULT_NETWORK && elements.len() != 1 && problems.is_empty() {
        let message =
            format!("selects {} networks, but there is exactly one default network", elements.len());
        let first = elements.first().map(Element::short);
        problems.push(Problem::new(codes::NETWORKS, message).with(first));
    }
    for problem in problems {
        let message = format!("{key} {}.", problem.message);
        let remedy = problem.corrected.map_or(problem.hint, |corrected| yaml_line(key, &corrected));
        sink.add(&problem.code, pod.object, &spot, message, remedy);
    }
    elements.into_iter().map(|element| (spot.clone(), element)).collect()
}

/// The networks that a virtual machine names: its pod gets them as annotation (kubevirt
/// `pkg/network/multus/annotation.go`).
fn virtual_machine<'a>(pod: &Pod<'a>) -> Vec<(Spot<'a>, Element)> {
    let networks = pod.template.find(&["spec", "networks"]).map_or_else(Vec::new, |list| list.items());
    let named = networks.iter().filter_map(|network| network.find(&["multus", "networkName"]));
    named.filter_map(|spot| Some((spot.clone(), element::from_item(value(&spot)?).ok()?))).collect()
}

/// A finding if a name has no definition. It needs other definitions of that namespace among the documents: without
/// them the definition may exist elsewhere.
fn known(
    cluster: &Cluster<'_>,
    pod: &Pod<'_>,
    spot: &Spot<'_>,
    element: &Element,
    otherwise: &str,
    sink: &mut Sink,
) {
    let namespace = element.namespace.as_deref().unwrap_or(otherwise);
    let there = cluster.network_names(namespace);
    let exists = || cluster.network(namespace, &element.name).is_some();
    if there.is_empty() || element.name.is_empty() || exists() || cluster.unread.may_define(&element.name) {
        return;
    }
    let shown = if namespace.is_empty() { "default" } else { namespace };
    let message = format!(
        "The network {:?} is not among the NetworkAttachmentDefinitions of namespace {shown} in the documents ({}); if \
         the cluster has none either, Multus fails the pod (\"cannot find a network-attachment-definition\").",
        element.name,
        join_truncated(there)
    );
    let meant = nearest(&element.name, there.iter().copied()).unwrap_or_default();
    let remedy = format!(
        "kubectl -n {} get network-attachment-definitions\nNearest name among the documents: {meant}",
        word(shown)
    );
    sink.add(&codes::NETWORK_UNKNOWN, pod.object, spot, message, remedy);
}
