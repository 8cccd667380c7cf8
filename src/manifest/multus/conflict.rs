//! Annotations of Multus and Calico on one pod that contradict each other.

use super::super::cluster::Cluster;
use super::super::pods::Pod;
use super::super::sink::Sink;
use super::super::yaml::Spot;
use super::element::Element;
use super::nad_conf;
use super::names::{DEFAULT_NETWORK, MULTUS_NAMESPACE};
use crate::report::codes::lint as codes;

/// Calico's annotations for a fixed address.
const ADDRESSES: &[&str] = &["cni.projectcalico.org/ipAddrs", "cni.projectcalico.org/ipAddrsNoIpam"];

pub(super) fn check(
    cluster: &Cluster<'_>,
    pod: &Pod<'_>,
    networks: &[(Spot<'_>, Element)],
    default: &[(Spot<'_>, Element)],
    sink: &mut Sink,
) {
    let calico: Vec<_> =
        pod.annotations().into_iter().filter(|(key, _)| key.starts_with("cni.projectcalico.org/")).collect();
    if calico.is_empty() {
        return;
    }
    for (_, element) in default {
        let namespace = element.namespace.as_deref().unwrap_or(MULTUS_NAMESPACE);
        let types = types_of(cluster, namespace, &element.name);
        if types.is_empty() || types.iter().any(|kind| kind == "calico") {
            continue;
        }
        for (key, spot) in &calico {
            let message = format!(
                "{key} has no effect: {DEFAULT_NETWORK} replaces Calico by {:?} ({}) for this pod.",
                element.name,
                types.join(", ")
            );
            let remedy = format!("Remove {key}, or remove {DEFAULT_NETWORK}.");
            sink.add(&codes::MULTUS_CALICO, pod.object, spot, message, remedy);
        }
    }
    for (spot, element) in networks {
        let namespace = element.namespace.as_deref().unwrap_or(pod.object.namespace);
        if !types_of(cluster, namespace, &element.name).iter().any(|kind| kind == "calico") {
            continue;
        }
        let Some((key, _)) = calico.iter().find(|(key, _)| ADDRESSES.contains(key)) else { continue };
        let message = format!(
            "The network {:?} is Calico's too, and Calico reads {key} for each interface: the second interface \
             requests an address that the first one has.",
            element.name
        );
        let remedy = format!("Remove {key}, or attach a network of another type.");
        sink.add(&codes::MULTUS_CALICO, pod.object, spot, message, remedy);
    }
}

/// The plugin types of a definition among the documents; empty if it is missing or cannot be parsed.
fn types_of(cluster: &Cluster<'_>, namespace: &str, name: &str) -> Vec<String> {
    cluster.network(namespace, name).map_or_else(Vec::new, nad_conf::types)
}
