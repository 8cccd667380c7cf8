//! The backend that must answer a webhook.

use super::super::cluster::{Cluster, same_namespace};
use super::super::object::Object;
use super::super::pods::Pod;
use super::super::selector;
use super::super::sink::Sink;
use super::hook::Hook;
use crate::report::codes::lint as codes;
use crate::report::word;

/// What controller-gen writes for kustomize to replace (controller-tools `pkg/webhook/parser.go`): namespace and name.
const PLACEHOLDER: (&str, &str) = ("system", "webhook-service");

/// The Service of a webhook, and its pods that are among the documents.
pub(super) struct Backend<'a> {
    service: (&'a str, &'a str),
    pods: Vec<Pod<'a>>,
}

impl<'a> Backend<'a> {
    /// The backend of `hook`; `None` if it is outside the pod network (a URL that is not a Service's),
    /// or a placeholder.
    pub(super) fn of(cluster: &'a Cluster<'a>, hook: &Hook<'a>) -> Option<Self> {
        let config = hook.spot.get("clientConfig")?;
        let service = match config.get("service") {
            Some(service) => (service.text_of("namespace").unwrap_or("default"), service.text_of("name")?),
            None => service_of_url(config.text_of("url")?)?,
        };
        if service == PLACEHOLDER {
            return None;
        }
        let document = cluster
            .of_kind("", "Service")
            .find(|object| object.name == service.1 && same_namespace(object.namespace, service.0));
        let labels =
            document.and_then(|document| document.spot.get("spec")).map(|spec| spec.pairs_of("selector"));
        let pods = labels.map_or_else(Vec::new, |labels| {
            cluster.pods_in(service.0).filter(|pod| selector::map_matches(&labels, &pod.labels())).collect()
        });
        Some(Self { service, pods })
    }

    /// `namespace/name` of the Service.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.service.0, self.service.1)
    }

    /// True if its pods are among the documents.
    pub(super) fn is_known(&self) -> bool {
        !self.pods.is_empty()
    }

    /// True if all its pods are known and use the host's network.
    pub(super) fn has_host_network(&self) -> bool {
        self.is_known() && self.pods.iter().all(Pod::host_network)
    }

    /// A finding if all pods of the backend can disappear with one node.
    pub(super) fn fragile(&self, cluster: &Cluster<'_>, hook: &Hook<'_>, sink: &mut Sink) {
        let scaled = |pod: &&Pod<'_>| matches!(pod.object.kind, "Deployment" | "StatefulSet");
        for pod in self.pods.iter().filter(scaled) {
            let replicas =
                pod.object.spot.find(&["spec", "replicas"]).and_then(|spot| spot.text()?.parse().ok());
            let replicas: u64 = replicas.unwrap_or(1);
            let (why, remedy) = if replicas <= 1 {
                (format!("has {replicas} replica: it is gone whenever its node is"), scale(pod.object))
            } else if !self.has_budget(cluster, pod) {
                (
                    "has no PodDisruptionBudget among the documents: a drain may evict all of it at once"
                        .to_owned(),
                    budget(pod.object),
                )
            } else {
                continue;
            };
            let message = format!(
                "{}, which answers the webhook {:?}, {why}; the webhook blocks until the backend is back.",
                pod.object,
                hook.name()
            );
            let spot = pod.object.spot.find(&["spec", "replicas"]).unwrap_or_else(|| pod.object.spot.clone());
            sink.add(&codes::WEBHOOK_BACKEND, pod.object, &spot, message, remedy);
        }
    }

    fn has_budget(&self, cluster: &Cluster<'_>, pod: &Pod<'_>) -> bool {
        cluster.of_kind("policy", "PodDisruptionBudget").any(|budget| {
            let selector = budget.spot.find(&["spec", "selector"]);
            same_namespace(budget.namespace, self.service.0)
                && selector::matches(selector.as_ref(), &pod.labels())
        })
    }
}

/// `namespace` and `name` in the URL of a Service (`https://name.namespace.svc:443/path`).
fn service_of_url(url: &str) -> Option<(&str, &str)> {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', ':', '?']).next()?;
    let mut parts = host.split('.');
    let (name, namespace, svc) = (parts.next()?, parts.next()?, parts.next()?);
    (svc == "svc").then_some((namespace, name))
}

fn namespace_flag(object: &Object<'_>) -> String {
    if object.namespace.is_empty() { String::new() } else { format!("-n {} ", word(object.namespace)) }
}

fn scale(object: &Object<'_>) -> String {
    format!(
        "kubectl {}scale {} --replicas=2",
        namespace_flag(object),
        word(&format!("{}/{}", object.kind.to_lowercase(), object.name))
    )
}

fn budget(object: &Object<'_>) -> String {
    let labels = object
        .spot
        .find(&["spec", "selector"])
        .map_or_else(Vec::new, |selector| selector.pairs_of("matchLabels"));
    let selector: Vec<_> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!(
        "kubectl {}create poddisruptionbudget {} --selector={} --min-available=1",
        namespace_flag(object),
        word(object.name),
        word(&selector.join(","))
    )
}
