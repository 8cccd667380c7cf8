//! Pods and pod templates, whatever brings them.

use super::object::Object;
use super::yaml::Spot;

/// A pod, or the template of pods that a workload makes.
#[derive(Clone, Debug)]
pub(super) struct Pod<'a> {
    pub(super) object: &'a Object<'a>,
    /// Where the pod's own `metadata` and `spec` are.
    pub(super) template: Spot<'a>,
}

/// Where a workload keeps its pod template. A kind that is not listed (Argo's `Rollout`, Kruise's `CloneSet`) counts
/// as a workload if it has containers in the usual place.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("Pod", &[]),
    ("PodTemplate", &["template"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("", &["spec", "template"]),
];

impl<'a> Pod<'a> {
    /// The pod or pod template of `object`, if it has one.
    pub(super) fn of(object: &'a Object<'a>) -> Option<Self> {
        let (kind, path) = TEMPLATES.iter().find(|(kind, _)| kind.is_empty() || *kind == object.kind)?;
        let template = object.spot.find(path)?;
        let known = matches!(
            object.kind,
            "Deployment" | "DaemonSet" | "StatefulSet" | "ReplicaSet" | "ReplicationController" | "Job"
        );
        if kind.is_empty() && !known && template.find(&["spec", "containers"]).is_none() {
            return None;
        }
        Some(Self { object, template })
    }

    /// Whether it is a template, so that the workload has annotations of its own.
    pub(super) fn is_template(&self) -> bool {
        self.object.kind != "Pod"
    }

    /// The annotations that the pods get.
    pub(super) fn annotations(&self) -> Vec<(&'a str, Spot<'a>)> {
        self.template.find(&["metadata", "annotations"]).map_or_else(Vec::new, |map| map.entries())
    }

    /// One of them.
    pub(super) fn annotation(&self, key: &str) -> Option<Spot<'a>> {
        self.template.find(&["metadata", "annotations", key])
    }

    /// The labels that the pods get, those included that the DaemonSet controller adds.
    pub(super) fn labels(&self) -> Vec<(&'a str, &'a str)> {
        let mut labels = self.template.get("metadata").map_or_else(Vec::new, |meta| meta.pairs_of("labels"));
        if self.object.kind == "DaemonSet" {
            labels.extend([("controller-revision-hash", ""), ("pod-template-generation", "")]);
        }
        labels
    }

    /// Whether the pods use the node's network and so need no CNI plugin.
    pub(super) fn host_network(&self) -> bool {
        self.template.get("spec").is_some_and(|spec| spec.is_true("hostNetwork"))
    }

    /// The paths on the host that the pods mount.
    pub(super) fn host_paths(&self) -> Vec<&'a str> {
        let volumes = self.template.find(&["spec", "volumes"]);
        let volumes = volumes.map_or_else(Vec::new, |volumes| volumes.items());
        volumes.iter().filter_map(|volume| volume.find(&["hostPath", "path"])?.text()).collect()
    }
}
