//! Pods, and pod templates of all workloads.

use super::object::Object;
use super::yaml::Spot;

/// A pod, or the pod template of a workload.
#[derive(Clone, Debug)]
pub(super) struct Pod<'a> {
    pub(super) object: &'a Object<'a>,
    /// The object with the pod's own `metadata` and `spec`.
    pub(super) template: Spot<'a>,
}

impl<'a> Pod<'a> {
    /// True if the template is where workloads have it, so that the workload's own annotations are not the pods'. What
    /// the controller of another kind does with annotations is not known.
    pub(super) fn is_of_workload(&self) -> bool {
        self.object.kind == "PodTemplate"
            || matches!(self.template.path.as_str(), "spec.template" | "spec.jobTemplate.spec.template")
    }

    /// The annotations of the pods.
    pub(super) fn annotations(&self) -> Vec<(&'a str, Spot<'a>)> {
        self.template.find(&["metadata", "annotations"]).map_or_else(Vec::new, |map| map.entries())
    }

    /// One annotation of the pods.
    pub(super) fn annotation(&self, key: &str) -> Option<Spot<'a>> {
        self.template.find(&["metadata", "annotations", key])
    }

    /// The labels of the pods, with those that the DaemonSet controller adds.
    pub(super) fn labels(&self) -> Vec<(&'a str, &'a str)> {
        let mut labels = self.template.get("metadata").map_or_else(Vec::new, |meta| meta.pairs_of("labels"));
        if self.object.kind == "DaemonSet" {
            labels.extend([("controller-revision-hash", ""), ("pod-template-generation", "")]);
        }
        labels
    }

    /// True if the pods use the node's network and so need no CNI plugin.
    pub(super) fn host_network(&self) -> bool {
        self.template.get("spec").is_some_and(|spec| spec.is_true("hostNetwork"))
    }

    /// The host paths that the pods mount.
    pub(super) fn host_paths(&self) -> Vec<&'a str> {
        let volumes = self.template.find(&["spec", "volumes"]);
        let volumes = volumes.map_or_else(Vec::new, |volumes| volumes.items());
        volumes.iter().filter_map(|volume| volume.find(&["hostPath", "path"])?.text()).collect()
    }
}
