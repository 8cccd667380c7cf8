//! Copies what is needed of a tree, so that the text of its file can be dropped.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::keep::{Needed, Way};
use super::yaml::{Entry, Node, Scalar, Text, Value};

/// Texts up to this length are looked up: keys, kinds and namespaces are the same in most objects.
const SHORT: usize = 64;

/// Short texts, each once.
#[derive(Default)]
pub(super) struct Texts {
    known: HashSet<Rc<str>>,
}

impl Texts {
    /// The text as one that needs no file.
    pub(super) fn shared(&mut self, text: &str) -> Rc<str> {
        if text.len() > SHORT {
            return text.into();
        }
        if let Some(known) = self.known.get(text) {
            return Rc::clone(known);
        }
        let new: Rc<str> = text.into();
        self.known.insert(Rc::clone(&new));
        new
    }
}

/// The copy of a value, and if it has a pod template or another part that makes its object one that rules read.
type Copied = (Option<Value<'static>>, bool);

/// Copies the parts of one document.
pub(super) struct Copier<'k> {
    texts: &'k mut Texts,
    /// Collections that several aliases share, by their address and what was needed of them.
    shared: HashMap<(usize, Needed), Copied>,
    /// Long texts by their address and length: an alias has the same slice of the file as its anchor.
    long: HashMap<(usize, usize), Rc<str>>,
    /// True once something was found for which rules read the object.
    found: bool,
}

impl<'k> Copier<'k> {
    pub(super) fn new(texts: &'k mut Texts) -> Self {
        Self { texts, shared: HashMap::new(), long: HashMap::new(), found: false }
    }

    /// What is needed of the root of an object; `None` if rules read it only with a pod template, and it has none.
    pub(super) fn object(&mut self, root: &Node<'_>, needed: Needed, is_read: bool) -> Option<Node<'static>> {
        self.found = is_read;
        let copy = self.node(root, needed);
        copy.filter(|_| self.found)
    }

    /// A text that is the object's own.
    pub(super) fn text(&mut self, text: &str) -> Rc<str> {
        self.texts.shared(text)
    }

    fn node(&mut self, node: &Node<'_>, needed: Needed) -> Option<Node<'static>> {
        let needed = needed.at(node);
        self.found |= matches!(needed, Needed::Keys(_, Way::Here));
        let value = match &node.value {
            Value::Null | Value::Scalar(_) if needed.is_way_only() => None,
            Value::Null => Some(Value::Null),
            Value::Scalar(scalar) => {
                Some(Value::Scalar(Scalar { text: self.owned(&scalar.text), style: scalar.style }))
            }
            Value::List(items) => self.once(items, needed, |copier| copier.list(items, needed)),
            Value::Map(entries) => self.once(entries, needed, |copier| copier.map(entries, needed)),
        };
        value.map(|value| Node { at: node.at, value })
    }

    /// Copies a collection that has aliases only once.
    fn once<T>(
        &mut self,
        part: &Rc<[T]>,
        needed: Needed,
        copy: impl FnOnce(&mut Self) -> Option<Value<'static>>,
    ) -> Option<Value<'static>> {
        if Rc::strong_count(part) == 1 {
            return copy(self);
        }
        let key = (Rc::as_ptr(part).cast::<T>().addr(), needed);
        let before = std::mem::take(&mut self.found);
        let known = self.shared.get(&key).cloned();
        let (value, found) = known.unwrap_or_else(|| {
            let copied = (copy(self), self.found);
            self.shared.insert(key, copied.clone());
            copied
        });
        self.found = before || found;
        value
    }

    /// The items keep their numbers, of which paths are made.
    fn list(&mut self, items: &[Node<'_>], needed: Needed) -> Option<Value<'static>> {
        let all: Vec<_> = items.iter().map(|item| self.node(item, needed.of_item())).collect();
        if needed.is_way_only() && all.iter().all(Option::is_none) {
            return None;
        }
        let item = |(copy, item): (Option<Node<'static>>, &Node<'_>)| {
            copy.unwrap_or(Node { at: item.at, value: Value::Null })
        };
        Some(Value::List(all.into_iter().zip(items).map(item).collect()))
    }

    fn map(&mut self, entries: &[Entry<'_>], needed: Needed) -> Option<Value<'static>> {
        let mut all = Vec::new();
        for entry in entries {
            let Some(of_entry) = needed.of_entry(&entry.key, &entry.value) else { continue };
            self.found |= needed == Needed::Wraps;
            if let Some(value) = self.node(&entry.value, of_entry) {
                all.push(Entry { key: self.owned(&entry.key), at: entry.at, value });
            }
        }
        (!all.is_empty() || !needed.is_way_only()).then(|| Value::Map(all.into()))
    }

    fn owned(&mut self, text: &Text<'_>) -> Text<'static> {
        Text::Made(match text {
            Text::Made(text) => Rc::clone(text),
            Text::Slice(text) if text.len() <= SHORT => self.texts.shared(text),
            Text::Slice(text) => {
                let key = (text.as_ptr().addr(), text.len());
                Rc::clone(self.long.entry(key).or_insert_with(|| (*text).into()))
            }
        })
    }
}
