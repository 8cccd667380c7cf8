//! The objects of all files, without the files: of each what rules read, and of the others only who they are.

use std::collections::HashSet;
use std::rc::Rc;

use super::copy::{Copier, Texts};
use super::keep::{Needed, is_read};
use super::object::{Object, objects};
use super::yaml::{Node, Place, Spot};

#[cfg(test)]
mod tests;

/// The parts of an object that rules read.
pub(super) struct KeptObject {
    file: Rc<str>,
    document: usize,
    path: Rc<str>,
    at: Place,
    node: Node<'static>,
    identity: Identity,
    api_version: Rc<str>,
}

/// Kind, namespace and name: all that is known of the owner of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Identity {
    kind: Rc<str>,
    namespace: Rc<str>,
    name: Rc<str>,
}

/// What is kept of all files.
#[derive(Default)]
pub(super) struct Kept {
    objects: Vec<KeptObject>,
    /// The objects that no rule reads.
    others: HashSet<Identity>,
    texts: Texts,
    /// The number of all objects.
    pub(super) count: usize,
    /// True if all is kept: the tests compare what is found then, so that no rule reads what `keep` does not name.
    pub(super) is_whole: bool,
}

impl Kept {
    /// Adds the objects of a document.
    pub(super) fn add(&mut self, file: &Rc<str>, document: usize, root: &Node<'_>) {
        let mut all = Vec::new();
        objects(file, document, root, &mut all);
        self.count += all.len();
        let mut texts = std::mem::take(&mut self.texts);
        let mut copier = Copier::new(&mut texts);
        for object in &all {
            let mut text = |text: &str| copier.text(text);
            let identity = Identity {
                kind: text(object.kind),
                namespace: text(object.namespace),
                name: text(object.name),
            };
            let api_version = text(object.api_version);
            let Some(node) = self.needed(object, &mut copier) else {
                self.others.insert(identity);
                continue;
            };
            let (path, at) = (object.spot.path.as_str().into(), object.spot.at);
            let file = Rc::clone(file);
            self.objects.push(KeptObject { file, document, path, at, node, identity, api_version });
        }
        self.texts = texts;
    }

    fn needed(&self, object: &Object<'_>, copier: &mut Copier<'_>) -> Option<Node<'static>> {
        if self.is_whole {
            return copier.object(object.spot.node, Needed::All, true);
        }
        copier.object(object.spot.node, Needed::of_kind(object.kind)?, is_read(object.kind))
    }

    /// The objects that rules read.
    pub(super) fn objects(&self) -> Vec<Object<'_>> {
        self.objects.iter().map(KeptObject::object).collect()
    }

    /// Kind, namespace and name of the other objects.
    pub(super) fn others(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.others.iter().map(|other| (&*other.kind, &*other.namespace, &*other.name))
    }
}

impl KeptObject {
    fn object(&self) -> Object<'_> {
        Object {
            file: &self.file,
            document: self.document,
            spot: Spot { node: &self.node, path: self.path.to_string(), at: self.at },
            api_version: &self.api_version,
            kind: &self.identity.kind,
            name: &self.identity.name,
            namespace: &self.identity.namespace,
        }
    }
}
