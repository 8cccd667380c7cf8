//! Requests that a node and its network make of the API server before any pod has a network.

use super::super::cluster::Cluster;
use super::super::yaml::Spot;
use super::subjects::Subject;

/// A request of the API server, with what a webhook's rules and selectors look at.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    pub(super) group: &'a str,
    pub(super) version: &'a str,
    pub(super) resource: &'a str,
    pub(super) subresource: &'a str,
    pub(super) operation: &'a str,
    /// The labels of the namespace; `None` for an object that has no namespace.
    pub(super) namespace_labels: Option<Vec<(&'a str, &'a str)>>,
    pub(super) labels: Vec<(&'a str, &'a str)>,
    /// What stops without it: completes "while the webhook does not answer, ...".
    pub(super) consequence: &'a str,
}

const NO_NODE: &str = "no node can join";
const NOT_READY: &str = "nodes become NotReady";
const NO_TOKEN: &str = "the kubelet gets no token for a pod, so none starts";
const NO_BINDING: &str = "no pod is bound to a node";
const NO_AGENT: &str = "the network's agents cannot store addresses and routes";

/// What kubelets write: group, version, resource, operation, consequence. A node's lease is in `kube-node-lease`.
const KUBELET: &[(&str, &str, &str, &str)] = &[
    ("", "nodes", "CREATE", NO_NODE),
    ("", "nodes/status", "UPDATE", NOT_READY),
    ("coordination.k8s.io", "leases", "CREATE", NOT_READY),
    ("coordination.k8s.io", "leases", "UPDATE", NOT_READY),
];

/// What is written for each pod, in the pod's namespace.
const FOR_PODS: &[(&str, &str)] = &[("serviceaccounts/token", NO_TOKEN), ("pods/binding", NO_BINDING)];

/// What the agents of networks write into objects without a namespace: group, version, resource.
const AGENTS: &[(&str, &str, &str)] = &[
    ("crd.projectcalico.org", "v1", "ipamblocks"),
    ("crd.projectcalico.org", "v1", "blockaffinities"),
    ("crd.projectcalico.org", "v1", "ipamhandles"),
    ("cilium.io", "v2", "ciliumnodes"),
    ("cilium.io", "v2", "ciliumidentities"),
    ("crd.antrea.io", "v1beta1", "antreaagentinfos"),
    ("kubeovn.io", "v1", "ips"),
    ("kubeovn.io", "v1", "subnets"),
    ("spiderpool.spidernet.io", "v2beta1", "spiderippools"),
    ("vpcresources.k8s.aws", "v1alpha1", "cninodes"),
];

/// The requests of nodes and of the network of `subjects`.
pub(super) fn requests<'a>(cluster: &'a Cluster<'_>, subjects: &[Subject<'a>]) -> Vec<Request<'a>> {
    let lease_labels = cluster.namespace_labels("kube-node-lease");
    let node =
        vec![("kubernetes.io/os", "linux"), ("kubernetes.io/hostname", ""), ("kubernetes.io/arch", "")];
    let of = |group, version, path: &'a str, operation, consequence| {
        let (resource, subresource) = path.split_once('/').unwrap_or((path, ""));
        let (namespace_labels, labels) = (None, Vec::new());
        Request { group, version, resource, subresource, operation, namespace_labels, labels, consequence }
    };
    let mut requests = Vec::new();
    for (group, path, operation, consequence) in KUBELET {
        let request = of(group, "v1", path, operation, consequence);
        requests.push(if group.is_empty() {
            Request { labels: node.clone(), ..request }
        } else {
            Request { namespace_labels: Some(lease_labels.clone()), ..request }
        });
    }
    let mut known = Vec::new();
    for subject in subjects {
        if !known.contains(&subject.namespace) {
            known.push(subject.namespace);
            for (path, consequence) in FOR_PODS {
                let namespace_labels = Some(subject.namespace_labels.clone());
                requests.push(Request { namespace_labels, ..of("", "v1", path, "CREATE", consequence) });
            }
        }
    }
    for (group, version, resource) in AGENTS {
        for operation in ["CREATE", "UPDATE"] {
            requests.push(of(group, version, resource, operation, NO_AGENT));
        }
    }
    requests
}

impl<'a> Request<'a> {
    /// The creation of a pod of the network.
    pub(super) fn new_pod(subject: &Subject<'a>) -> Self {
        Self {
            group: "",
            version: "v1",
            resource: "pods",
            subresource: "",
            operation: "CREATE",
            namespace_labels: Some(subject.namespace_labels.clone()),
            labels: subject.labels.clone(),
            consequence: "",
        }
    }

    /// `nodes/status`
    pub(super) fn path(&self) -> String {
        match self.subresource {
            "" => self.resource.to_owned(),
            subresource => format!("{}/{subresource}", self.resource),
        }
    }

    /// True if a rule of a webhook matches (apiserver `webhook/predicates/rules/rules.go`).
    pub(super) fn matches_rule(&self, rule: &Spot<'_>) -> bool {
        let any = |key: &str, desired: &str| {
            rule.texts_of(key).iter().any(|text| *text == "*" || text.eq_ignore_ascii_case(desired))
        };
        let resource = |text: &&str| {
            let (resource, subresource) = text.split_once('/').unwrap_or((text, ""));
            (resource == "*" || resource == self.resource)
                && (subresource == "*" || subresource == self.subresource)
        };
        let scope = match rule.text_of("scope") {
            Some("Cluster") => self.namespace_labels.is_none(),
            Some("Namespaced") => self.namespace_labels.is_some(),
            _ => true,
        };
        scope
            && any("operations", self.operation)
            && any("apiGroups", self.group)
            && any("apiVersions", self.version)
            && rule.texts_of("resources").iter().any(resource)
    }
}

/// Each value once, in the order in which it came first.
pub(super) fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}
