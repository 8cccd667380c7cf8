//! The network definitions among the documents, by namespace and name.

use std::collections::HashMap;

use super::object::Object;

/// The definitions of a namespace: each name with the number of its object, in order.
#[derive(Default)]
pub(super) struct Networks<'a> {
    namespaces: HashMap<&'a str, Vec<&'a str>>,
    objects: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Networks<'a> {
    /// Adds a definition.
    pub(super) fn add(&mut self, object: &Object<'a>, number: usize) {
        let namespace = real_namespace(object.namespace);
        self.namespaces.entry(namespace).or_default().push(object.name);
        self.objects.entry((namespace, object.name)).or_insert(number);
    }

    /// The names in a namespace.
    pub(super) fn names(&self, namespace: &str) -> &[&'a str] {
        self.namespaces.get(real_namespace(namespace)).map_or(&[], Vec::as_slice)
    }

    /// The number of the object of a definition.
    pub(super) fn find(&self, namespace: &str, name: &str) -> Option<usize> {
        self.objects.get(&(real_namespace(namespace), name)).copied()
    }
}

/// The value of `metadata.namespace`, of which a missing one counts as `default`.
pub(super) fn real_namespace(name: &str) -> &str {
    if name.is_empty() { "default" } else { name }
}
