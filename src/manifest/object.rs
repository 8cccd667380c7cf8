//! Kubernetes objects in documents, with Lists flattened.

use std::fmt;

use super::yaml::{Node, Spot};

/// The limit for Lists inside Lists. No tool writes deeper ones, so they are not followed.
const MAX_NESTING: usize = 4;

/// An object: a document, or an item of a `List` in a document.
#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    pub(super) file: &'a str,
    pub(super) document: usize,
    pub(super) spot: Spot<'a>,
    /// `apps/v1`; empty if it is missing.
    pub(super) api_version: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    /// Empty if it is missing: then it is the namespace that is passed to kubectl, the same for all such objects.
    pub(super) namespace: &'a str,
}

impl<'a> Object<'a> {
    fn new(file: &'a str, document: usize, spot: Spot<'a>, list: Option<List<'a>>) -> Option<Self> {
        let kind = spot.text_of("kind").or_else(|| Some(list?.item))?;
        let api_version = spot.text_of("apiVersion").or_else(|| Some(list?.api_version)).unwrap_or("");
        let meta = spot.get("metadata");
        let meta = |key: &str| meta.as_ref().and_then(|meta| meta.text_of(key));
        let name = meta("name").or_else(|| meta("generateName")).unwrap_or("");
        let namespace = meta("namespace").unwrap_or("");
        Some(Self { file, document, spot, api_version, kind, name, namespace })
    }

    /// The API group; empty for the core group.
    pub(super) fn group(&self) -> &'a str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// True if it is a `kind` of the API `group`.
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group() == group
    }

    /// The entries of `metadata.annotations`.
    pub(super) fn annotations(&self) -> Vec<(&'a str, Spot<'a>)> {
        self.spot.find(&["metadata", "annotations"]).map_or_else(Vec::new, |map| map.entries())
    }

    /// The labels of the object itself.
    pub(super) fn labels(&self) -> Vec<(&'a str, &'a str)> {
        self.spot.get("metadata").map_or_else(Vec::new, |meta| meta.pairs_of("labels"))
    }
}

impl fmt::Display for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "(no name)" } else { self.name };
        match self.namespace {
            "" => write!(f, "{} {name}", self.kind),
            namespace => write!(f, "{} {namespace}/{name}", self.kind),
        }
    }
}

/// The kind and version that a typed list (`PodList`, as in the API's answers) states for its items, which lack them.
#[derive(Clone, Copy)]
struct List<'a> {
    item: &'a str,
    api_version: &'a str,
}

/// Adds the objects of a document to `all`.
pub(super) fn objects<'a>(file: &'a str, document: usize, root: &'a Node<'a>, all: &mut Vec<Object<'a>>) {
    flatten(file, document, Spot::root(root), MAX_NESTING, None, all);
}

fn flatten<'a>(
    file: &'a str,
    document: usize,
    spot: Spot<'a>,
    nesting: usize,
    list: Option<List<'a>>,
    all: &mut Vec<Object<'a>>,
) {
    let items = spot.get("items").filter(Spot::is_list);
    let kind = spot.text_of("kind");
    let is_list = kind.is_none_or(|kind| kind.ends_with("List"));
    match items {
        Some(items) if is_list => {
            if nesting > 0 {
                let item = kind.and_then(|kind| kind.strip_suffix("List"));
                let api_version = spot.text_of("apiVersion").unwrap_or("");
                let list = item.filter(|item| !item.is_empty()).map(|item| List { item, api_version });
                for item in items.items() {
                    flatten(file, document, item, nesting - 1, list, all);
                }
            }
        }
        // `jq .items` prints a bare array of objects.
        _ if spot.is_list() && nesting > 0 => {
            for item in spot.items() {
                flatten(file, document, item, nesting - 1, None, all);
            }
        }
        _ => all.extend(Object::new(file, document, spot, list)),
    }
}
