//! The pods that the runtime runs, as it tells them over CRI.

use std::collections::BTreeMap;

/// A pod that runs: its sandbox is ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSandbox {
    /// The id of the sandbox.
    pub id: String,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The pod's uid; for a static pod the hash of its manifest.
    pub uid: String,
    /// When the sandbox was made, in nanoseconds since the epoch.
    pub created: i128,
    /// The labels of [`PodSandbox::OF_OWNERS`] that the pod has.
    pub labels: BTreeMap<String, String>,
    /// True for a static pod: the kubelet made it from a file of the node, so nobody can evict it.
    pub is_static: bool,
    /// True if the pod has the node's network.
    pub on_host_network: bool,
}

/// The object that makes a pod anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodOwner {
    /// `ReplicaSet`, `StatefulSet`, `DaemonSet`, `Job`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

const OF_STATEFUL_SET: &str = "statefulset.kubernetes.io/pod-name";
const OF_JOB: &str = "batch.kubernetes.io/job-name";
const OF_JOB_BEFORE_1_27: &str = "job-name";
const OF_REPLICA_SET: &str = "pod-template-hash";
const OF_DAEMON_SET: &str = "pod-template-generation";

impl PodSandbox {
    /// The labels by which Kubernetes' own controllers know their pods.
    pub const OF_OWNERS: [&str; 5] =
        [OF_STATEFUL_SET, OF_JOB, OF_JOB_BEFORE_1_27, OF_REPLICA_SET, OF_DAEMON_SET];

    /// The owner, as far as the pod's labels tell it. The runtime does not know `ownerReferences`.
    pub fn owner(&self) -> Option<PodOwner> {
        let label = |key: &str| self.labels.get(key).filter(|value| !value.is_empty());
        let stem = || self.name.rsplit_once('-').map(|(stem, _)| stem.to_owned());
        let owner = |kind: &'static str, name: String| Some(PodOwner { kind, name });
        if label(OF_STATEFUL_SET).is_some_and(|name| *name == self.name) {
            return owner("StatefulSet", stem()?);
        }
        if let Some(job) = label(OF_JOB).or_else(|| label(OF_JOB_BEFORE_1_27)) {
            return owner("Job", job.clone());
        }
        if let Some(hash) = label(OF_REPLICA_SET) {
            // The API server cuts a long name, and then the name of the set is not in it (`names.SimpleNameGenerator`).
            let name = stem().filter(|stem| stem.ends_with(&format!("-{hash}")))?;
            return owner("ReplicaSet", name);
        }
        label(OF_DAEMON_SET).and_then(|_| owner("DaemonSet", stem()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_what_the_labels_tell() {
        let of = |name: &str, labels: &[(&str, &str)]| {
            let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let pod = PodSandbox { name: name.to_owned(), labels, ..PodSandbox::default() };
            pod.owner().map(|owner| format!("{} {}", owner.kind, owner.name))
        };
        let told = |name, labels, owner: &str| assert_eq!(of(name, labels).as_deref(), Some(owner));
        told("cart-6d4cf56db6-x7x2p", &[(OF_REPLICA_SET, "6d4cf56db6")], "ReplicaSet cart-6d4cf56db6");
        told("db-0", &[(OF_STATEFUL_SET, "db-0"), ("controller-revision-hash", "db-1")], "StatefulSet db");
        told("log-x7x2p", &[(OF_DAEMON_SET, "1")], "DaemonSet log");
        told("b-x7x2p", &[(OF_JOB, "b"), (OF_JOB_BEFORE_1_27, "b")], "Job b");
        told("b-x7x2p", &[(OF_JOB_BEFORE_1_27, "b")], "Job b");
        assert_eq!(of("bare", &[]), None);
        assert_eq!(of("copy-of-db", &[(OF_STATEFUL_SET, "db-0")]), None);
        assert_eq!(of("a-name-that-was-cut-6d4c-x7x2p", &[(OF_REPLICA_SET, "6d4cf56db6")]), None);
    }
}
