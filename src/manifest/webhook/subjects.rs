//! The pods of a node's network.

use super::super::cluster::Cluster;
use super::super::pods::Pod;

/// A pod that must be created before a node has a network.
pub(super) struct Subject<'a> {
    /// `DaemonSet kube-system/calico-node`.
    pub(super) name: String,
    pub(super) namespace: &'a str,
    pub(super) labels: Vec<(&'a str, &'a str)>,
    pub(super) namespace_labels: Vec<(&'a str, &'a str)>,
}

/// Workloads of a network that mount no CNI directory.
const KNOWN: &[&str] =
    &["kube-proxy", "tigera-operator", "calico-typha", "cilium-operator", "antrea-controller"];

/// The usual workloads, used if the documents have none.
const USUAL: &[(&str, &[(&str, &str)])] = &[
    ("calico-node", &[("k8s-app", "calico-node")]),
    ("antrea-agent", &[("app", "antrea"), ("component", "antrea-agent")]),
    ("cni-bootstrap", &[("app.kubernetes.io/name", "cni-bootstrap")]),
    ("kube-proxy", &[("k8s-app", "kube-proxy")]),
];

/// The network's workloads among the documents; if there are none, the usual ones in `kube-system`.
pub(super) fn subjects<'a>(cluster: &'a Cluster<'_>) -> Vec<Subject<'a>> {
    let found: Vec<_> = cluster.pods().filter(brings_network).collect();
    if found.is_empty() {
        return USUAL
            .iter()
            .map(|(name, labels)| Subject {
                name: (*name).to_owned(),
                namespace: "kube-system",
                labels: labels.to_vec(),
                namespace_labels: cluster.namespace_labels("kube-system"),
            })
            .collect();
    }
    found
        .iter()
        .map(|pod| {
            let namespace = if pod.object.namespace.is_empty() { "default" } else { pod.object.namespace };
            Subject {
                name: pod.object.to_string(),
                namespace,
                labels: pod.labels(),
                namespace_labels: cluster.namespace_labels(namespace),
            }
        })
        .collect()
}

/// True if a workload installs or runs a CNI plugin: by its name, or because it mounts the host's CNI directories.
fn brings_network(pod: &Pod<'_>) -> bool {
    let mounts = || pod.host_paths().iter().any(|path| path.split('/').any(|part| part == "cni"));
    KNOWN.contains(&pod.object.name) || mounts()
}

/// The names, at most three.
pub(super) fn names(subjects: &[&Subject<'_>]) -> String {
    let mut names: Vec<_> = subjects.iter().take(3).map(|subject| subject.name.as_str()).collect();
    let more = subjects.len().saturating_sub(names.len());
    let rest = format!("{more} more");
    if more > 0 {
        names.push(&rest);
    }
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
