//! All objects of all documents, so that a rule can look up other objects.

use std::collections::HashSet;

use super::net::{Cidr, Family};
use super::object::Object;
use super::pods::Pod;
use super::yaml::Spot;

/// All objects of all inputs.
pub(super) struct Cluster<'a> {
    objects: Vec<Object<'a>>,
    /// The kind, namespace and name of each object.
    known: HashSet<(&'a str, &'a str, &'a str)>,
}

/// A Calico IPPool.
pub(super) struct Pool<'a> {
    pub(super) name: &'a str,
    pub(super) cidr: &'a str,
    pub(super) disabled: bool,
}

impl Pool<'_> {
    /// The family of its CIDR, if the CIDR is valid.
    pub(super) fn family(&self) -> Option<Family> {
        Cidr::parse(self.cidr).map(Cidr::family)
    }
}

impl<'a> Cluster<'a> {
    pub(super) fn new(objects: Vec<Object<'a>>) -> Self {
        let known = objects.iter().map(|object| (object.kind, object.namespace, object.name)).collect();
        Self { objects, known }
    }

    /// Every pod and pod template, except pods of a workload that is among the documents: findings are about the
    /// workload then.
    pub(super) fn pods(&self) -> impl Iterator<Item = Pod<'_>> {
        self.objects.iter().filter(|object| !self.has_owner(object)).filter_map(Pod::of)
    }

    fn has_owner(&self, object: &Object<'_>) -> bool {
        let owners = object.spot.find(&["metadata", "ownerReferences"]);
        owners.map_or_else(Vec::new, |owners| owners.items()).iter().any(|owner| {
            let (kind, name) = (owner.text_of("kind").unwrap_or(""), owner.text_of("name").unwrap_or(""));
            self.known.contains(&(kind, object.namespace, name))
        })
    }

    /// The IPPools of both API groups of Calico.
    pub(super) fn pools(&self) -> Vec<Pool<'_>> {
        let groups = ["crd.projectcalico.org", "projectcalico.org"];
        let pools =
            self.objects.iter().filter(|object| groups.iter().any(|group| object.is(group, "IPPool")));
        pools
            .map(|object| {
                let spec = object.spot.get("spec");
                Pool {
                    name: object.name,
                    cidr: spec.as_ref().and_then(|spec| spec.text_of("cidr")).unwrap_or(""),
                    disabled: spec.is_some_and(|spec| spec.is_true("disabled")),
                }
            })
            .collect()
    }

    /// The network definitions that Multus attaches.
    pub(super) fn network_definitions(&self) -> impl Iterator<Item = &Object<'a>> {
        self.objects.iter().filter(|object| object.is("k8s.cni.cncf.io", "NetworkAttachmentDefinition"))
    }

    /// The objects of a kind.
    pub(super) fn of_kind(
        &self,
        group: &'static str,
        kind: &'static str,
    ) -> impl Iterator<Item = &Object<'a>> {
        self.objects.iter().filter(move |object| object.is(group, kind))
    }

    /// The labels of a namespace: those of its document, and the one that the API server sets on each.
    pub(super) fn namespace_labels<'s>(&'s self, name: &'s str) -> Vec<(&'s str, &'s str)> {
        let mut labels = vec![("kubernetes.io/metadata.name", name)];
        let document = self.of_kind("", "Namespace").find(|namespace| namespace.name == name);
        labels.extend(document.map_or_else(Vec::new, Object::labels));
        labels
    }
}

/// Compares two values of `metadata.namespace`. A missing one counts as `default`.
pub(super) fn same_namespace(one: &str, other: &str) -> bool {
    let real = |name| if str::is_empty(name) { "default" } else { name };
    real(one) == real(other)
}

/// The JSON text of a network definition.
pub(super) fn config_of<'a>(definition: &Object<'a>) -> Option<Spot<'a>> {
    definition.spot.find(&["spec", "config"])
}
