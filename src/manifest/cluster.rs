//! All objects of all documents, so that a rule can look up other objects. A look-up takes the same time however many
//! objects there are.

use std::collections::{HashMap, HashSet};

use super::networks::{Networks, real_namespace};
use super::object::Object;
use super::pods::Pod;
use super::templates::templates;
use super::unread::Unread;
use super::yaml::Spot;

/// The objects of all inputs that rules read.
pub(super) struct Cluster<'a> {
    objects: Vec<Object<'a>>,
    /// The numbers of the objects of each kind.
    kinds: HashMap<&'a str, Vec<usize>>,
    /// The pod templates, each with the number of its object.
    templates: Vec<(usize, Spot<'a>)>,
    /// The numbers of the templates of each namespace.
    pods_of: HashMap<&'a str, Vec<usize>>,
    networks: Networks<'a>,
    /// What could not be read.
    pub(super) unread: Unread,
}

impl<'a> Cluster<'a> {
    /// `others` are kind, namespace and name of the objects that no rule reads.
    pub(super) fn new(
        objects: Vec<Object<'a>>,
        others: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
        unread: Unread,
    ) -> Self {
        let known = objects.iter().map(|object| (object.kind, object.namespace, object.name));
        let known: HashSet<_> = known.chain(others).collect();
        let mut kinds: HashMap<_, Vec<_>> = HashMap::new();
        let (mut all, mut pods_of, mut networks) = (Vec::new(), HashMap::new(), Networks::default());
        for (number, object) in objects.iter().enumerate() {
            kinds.entry(object.kind).or_default().push(number);
            if object.is("k8s.cni.cncf.io", "NetworkAttachmentDefinition") {
                networks.add(object, number);
            }
            // Of a workload and its pods, findings are about the workload.
            if !has_owner(object, &known) {
                for template in templates(object) {
                    let of: &mut Vec<usize> = pods_of.entry(real_namespace(object.namespace)).or_default();
                    of.push(all.len());
                    all.push((number, template));
                }
            }
        }
        Self { objects, kinds, templates: all, pods_of, networks, unread }
    }

    /// Every pod and pod template, except pods of a workload that is among the documents.
    pub(super) fn pods(&self) -> impl Iterator<Item = Pod<'_>> {
        (0..self.templates.len()).map(|number| self.pod(number))
    }

    /// The pods and pod templates of a namespace.
    pub(super) fn pods_in(&self, namespace: &str) -> impl Iterator<Item = Pod<'_>> {
        let numbers = self.pods_of.get(real_namespace(namespace)).map_or(&[][..], Vec::as_slice);
        numbers.iter().map(|number| self.pod(*number))
    }

    fn pod(&self, number: usize) -> Pod<'_> {
        let (object, template) = &self.templates[number];
        Pod { object: &self.objects[*object], template: template.clone() }
    }

    /// The network definitions that Multus attaches.
    pub(super) fn network_definitions(&self) -> impl Iterator<Item = &Object<'a>> {
        self.of_kind("k8s.cni.cncf.io", "NetworkAttachmentDefinition")
    }

    /// The names of the network definitions of a namespace.
    pub(super) fn network_names(&self, namespace: &str) -> &[&'a str] {
        self.networks.names(namespace)
    }

    /// A network definition.
    pub(super) fn network(&self, namespace: &str, name: &str) -> Option<&Object<'a>> {
        self.networks.find(namespace, name).map(|number| &self.objects[number])
    }

    /// The objects of a kind.
    pub(super) fn of_kind(
        &self,
        group: &'static str,
        kind: &'static str,
    ) -> impl Iterator<Item = &Object<'a>> {
        let numbers = self.kinds.get(kind).map_or(&[][..], Vec::as_slice);
        numbers.iter().map(|number| &self.objects[*number]).filter(move |object| object.is(group, kind))
    }

    /// The labels of a namespace: those of its document, and the one that the API server sets on each.
    pub(super) fn namespace_labels<'s>(&'s self, name: &'s str) -> Vec<(&'s str, &'s str)> {
        let mut labels = vec![("kubernetes.io/metadata.name", name)];
        let document = self.of_kind("", "Namespace").find(|namespace| namespace.name == name);
        labels.extend(document.map_or_else(Vec::new, Object::labels));
        labels
    }
}

fn has_owner(object: &Object<'_>, known: &HashSet<(&str, &str, &str)>) -> bool {
    let owners = object.spot.find(&["metadata", "ownerReferences"]);
    owners.map_or_else(Vec::new, |owners| owners.items()).iter().any(|owner| {
        let (kind, name) = (owner.text_of("kind").unwrap_or(""), owner.text_of("name").unwrap_or(""));
        known.contains(&(kind, object.namespace, name))
    })
}

/// Compares two values of `metadata.namespace`.
pub(super) fn same_namespace(one: &str, other: &str) -> bool {
    real_namespace(one) == real_namespace(other)
}

/// The JSON text of a network definition.
pub(super) fn config_of<'a>(definition: &Object<'a>) -> Option<Spot<'a>> {
    definition.spot.find(&["spec", "config"])
}
