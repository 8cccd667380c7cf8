//! Names of Multus' annotations and its namespace.

/// The annotation for the additional networks of a pod.
pub(in crate::manifest) const NETWORKS: &str = "k8s.v1.cni.cncf.io/networks";
/// The annotation that replaces the cluster's default network for a pod.
pub(in crate::manifest) const DEFAULT_NETWORK: &str = "v1.multus-cni.io/default-network";
/// The namespace of definitions for default networks, unless `multusNamespace` is set.
pub(super) const MULTUS_NAMESPACE: &str = "kube-system";
