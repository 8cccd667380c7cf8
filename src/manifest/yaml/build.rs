//! Makes nodes: anchors and aliases, mappings with merged and repeated keys.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::cursor::Stopped;
use super::limits::{Budget, Size};
use super::{Entry, Node, Place, Style, Text, Value};

/// The keys that stand twice in one mapping are noted up to this number in each document.
const MAX_DOUBLED: usize = 20;
/// Up to this number of keys, comparing all is faster than hashing.
const FEW_KEYS: usize = 12;

/// What is known of the document that is being read.
#[derive(Default)]
pub(super) struct Builder<'t> {
    /// The value of each anchor; `None` while it is still being read.
    anchors: HashMap<&'t str, Option<(Node<'t>, Size)>>,
    pub(super) budget: Budget,
    /// Keys that stand twice in one mapping.
    pub(super) doubled: Vec<(String, Place)>,
}

/// The entries of a mapping that is being read.
#[derive(Default)]
pub(super) struct Entries<'t> {
    all: Vec<Entry<'t>>,
    /// The numbers of the entries whose key is `<<`.
    merges: Vec<usize>,
    pub(super) size: Size,
}

impl<'t> Entries<'t> {
    /// Adds an entry and its size.
    pub(super) fn add(&mut self, key: (Node<'t>, Size), value: (Node<'t>, Size)) -> Result<(), Stopped> {
        self.size.add(key.1);
        self.size.add(value.1);
        self.push(key.0, value.0)
    }

    /// Adds an entry. kubectl refuses keys other than texts, numbers and booleans.
    pub(super) fn push(&mut self, key: Node<'t>, value: Node<'t>) -> Result<(), Stopped> {
        let text = match key.value {
            Value::Scalar(scalar) => {
                if scalar.style == Style::Plain && &*scalar.text == "<<" {
                    self.merges.push(self.all.len());
                }
                match scalar.boolean() {
                    Some(true) => Text::Slice("true"),
                    Some(false) => Text::Slice("false"),
                    None => scalar.text,
                }
            }
            Value::Null => return Err((key.at, "a key has no text (null)".to_owned())),
            Value::List(_) | Value::Map(_) => {
                return Err((key.at, "a mapping or list is used as a key".to_owned()));
            }
        };
        let value = Node { at: value.at, value: needed(&text, value.value) };
        self.all.push(Entry { key: text, at: key.at, value });
        Ok(())
    }
}

/// The value without what the API server writes about an object. No rule reads below it, and in a cluster's dump it is
/// half of the text, and more than half of the nodes.
fn needed<'t>(key: &str, value: Value<'t>) -> Value<'t> {
    match value {
        Value::Map(_) if key == "status" => Value::Map(Rc::from([])),
        Value::List(_) if key == "managedFields" => Value::List(Rc::from([])),
        value => value,
    }
}

impl<'t> Builder<'t> {
    /// Notes that the value of an anchor begins.
    pub(super) fn open_anchor(&mut self, name: &'t str) {
        self.anchors.insert(name, None);
    }

    /// Notes the value of an anchor.
    pub(super) fn close_anchor(&mut self, name: &'t str, node: &Node<'t>, size: Size) {
        self.anchors.insert(name, Some((node.clone(), size)));
    }

    /// The value of an alias at `at`, `depth` levels below the root.
    pub(super) fn alias(&mut self, name: &str, at: Place, depth: usize) -> Result<(Node<'t>, Size), Stopped> {
        let stop = |why: String| Err((at, why));
        let (node, size) = match self.anchors.get(name) {
            None => return stop(format!("the alias *{name} has no anchor &{name} before it")),
            Some(None) => return stop(format!("the alias *{name} stands inside the value of &{name}")),
            Some(Some((node, size))) => (node.clone(), *size),
        };
        match self.budget.alias(size, depth) {
            Ok(()) => Ok((node, size)),
            Err(limit) => stop(format!("the alias *{name} makes the document too large: {limit}")),
        }
    }

    /// The value of a mapping. Merged keys count in the order in which they stand, as in kubectl's parser: `<<` wins
    /// over a key before it.
    pub(super) fn map(&mut self, entries: Entries<'t>) -> Result<Value<'t>, Stopped> {
        self.note_doubled(&entries);
        if entries.merges.is_empty() {
            return Ok(Value::Map(entries.all.into()));
        }
        let mut merged = Merged::default();
        let at: HashSet<usize> = entries.merges.into_iter().collect();
        for (number, entry) in entries.all.into_iter().enumerate() {
            if at.contains(&number) {
                merged.merge(&entry)?;
            } else {
                merged.set(entry);
            }
        }
        Ok(Value::Map(merged.entries.into()))
    }

    fn note_doubled(&mut self, entries: &Entries<'t>) {
        let all = &entries.all;
        let mut seen = HashSet::new();
        for (number, entry) in all.iter().enumerate() {
            let doubled = if all.len() <= FEW_KEYS {
                all[..number].iter().any(|other| other.key == entry.key)
            } else {
                !seen.insert(&*entry.key)
            };
            if doubled && self.doubled.len() < MAX_DOUBLED {
                self.doubled.push((entry.key.to_string(), entry.at));
            }
        }
    }
}

/// A mapping in which each key stands once.
#[derive(Default)]
struct Merged<'t> {
    entries: Vec<Entry<'t>>,
    numbers: HashMap<String, usize>,
}

impl<'t> Merged<'t> {
    fn set(&mut self, entry: Entry<'t>) {
        let number = *self.numbers.entry(entry.key.to_string()).or_insert(self.entries.len());
        match self.entries.get_mut(number) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// Adds the keys of a mapping, or of a list of mappings, of which the first counts most.
    fn merge(&mut self, merge: &Entry<'t>) -> Result<(), Stopped> {
        let bases = match &merge.value.value {
            Value::List(bases) => bases.iter().rev().collect(),
            _ => vec![&merge.value],
        };
        for base in bases {
            let Value::Map(entries) = &base.value else {
                return Err((merge.at, "'<<' needs a mapping, or a list of mappings".to_owned()));
            };
            for entry in entries.iter() {
                self.set(entry.clone());
            }
        }
        Ok(())
    }
}
