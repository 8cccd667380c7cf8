//! Builds trees from the parser's events, within limits.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::{Entry, Node, Place, Scalar, Style, Value};

/// The number of nodes that anchors and aliases may copy in one document: far more than people write, far less than a
/// chain of aliases that doubles at each step.
const MAX_COPIED: usize = 100_000;
/// The limit for the depth of a tree, aliases included. It limits every recursion over the tree, also its drop.
const MAX_DEPTH: usize = 400;

/// The documents of one text, and the place and reason if parsing stopped.
#[derive(Default)]
pub(super) struct Built {
    pub(super) documents: Vec<Tree>,
    pub(super) stopped: Option<(Place, String)>,
}

/// The root of a document, and the oddities in it.
pub(super) struct Tree {
    pub(super) root: Node,
    /// Keys that occur twice in one mapping.
    pub(super) doubled: Vec<(String, Place)>,
    /// The place of a mapping or list that is used as a key: YAML reads `{{ .Values.x }}` like this.
    pub(super) odd_key: Option<Place>,
}

/// Parses all documents of `text`; `place` maps the parser's line (from 1) and column (from 0) to the file's.
pub(super) fn build(text: &str, place: impl Fn(usize, usize) -> Place) -> Built {
    let mut built = Built::default();
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = place(error.marker().line(), error.marker().col());
                built.stopped = Some((at, error.info()));
                return built;
            }
        };
        if matches!(event, Event::DocumentEnd) {
            built.documents.extend(std::mem::take(&mut builder).finish());
        } else if let Err(why) = builder.take(event, start(&span, &place)) {
            built.stopped = Some((start(&span, &place), why));
            return built;
        }
    }
    built
}

fn start(span: &Span, place: &impl Fn(usize, usize) -> Place) -> Place {
    place(span.start.line(), span.start.col())
}

#[derive(Default)]
struct Builder {
    open: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    copied: usize,
    root: Option<Node>,
    doubled: Vec<(String, Place)>,
    odd_key: Option<Place>,
}

struct Frame {
    at: Place,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(String, Place)> },
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Place) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tagged_string = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
                self.put(Node { at, value: scalar(text.into_owned(), style, tagged_string) }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.open(at, anchor, Inside::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                self.open(at, anchor, Inside::Map { entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => {
                let node = self.anchors.get(&id).cloned();
                // An alias inside its own anchor has no value yet.
                let node = node.ok_or("an alias refers to the value that contains it")?;
                self.copy(&node)?;
                self.put(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, at: Place, anchor: usize, inside: Inside) -> Result<(), String> {
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} levels"));
        }
        self.open.push(Frame { at, anchor, inside });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let value = match frame.inside {
            Inside::List(items) => Value::List(items),
            Inside::Map { entries, .. } => {
                self.note_doubled(&entries);
                Value::Map(self.merge(entries)?)
            }
        };
        self.put(Node { at: frame.at, value }, frame.anchor)
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if anchor != 0 {
            self.copy(&node)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|frame| &mut frame.inside) {
            None => self.root = Some(node),
            Some(Inside::List(items)) => items.push(node),
            Some(Inside::Map { entries, key }) => {
                if let Some((key, at)) = key.take() {
                    entries.push(Entry { key, at, value: node });
                } else {
                    *key = Some((key_text(&node), node.at));
                    if matches!(node.value, Value::List(_) | Value::Map(_)) {
                        self.odd_key.get_or_insert(node.at);
                    }
                }
            }
        }
        Ok(())
    }

    /// Counts a copy of `node` against the limits.
    fn copy(&mut self, node: &Node) -> Result<(), String> {
        let (size, depth) = measure(node);
        self.copied += size;
        if self.copied > MAX_COPIED || self.open.len() + depth > MAX_DEPTH {
            return Err(format!("aliases make it larger than {MAX_COPIED} nodes or {MAX_DEPTH} levels"));
        }
        Ok(())
    }

    /// `<<: *base` adds the keys of `base` that the mapping itself lacks.
    fn merge(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, String> {
        let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.key == "<<");
        for merge in merges {
            let bases = match merge.value.value {
                Value::List(bases) => bases,
                _ => vec![merge.value],
            };
            for base in bases {
                let Value::Map(entries) = base.value else { continue };
                let known: HashSet<String> = own.iter().map(|entry| entry.key.clone()).collect();
                self.copied += entries.len();
                if self.copied > MAX_COPIED {
                    return Err(format!("aliases make it larger than {MAX_COPIED} nodes"));
                }
                own.extend(entries.into_iter().filter(|entry| !known.contains(&entry.key)));
            }
        }
        Ok(own)
    }

    fn note_doubled(&mut self, entries: &[Entry]) {
        let mut seen = HashSet::new();
        for entry in entries {
            if !seen.insert(&entry.key) && entry.key != "?" {
                self.doubled.push((entry.key.clone(), entry.at));
            }
        }
    }

    fn finish(self) -> Option<Tree> {
        let (doubled, odd_key) = (self.doubled, self.odd_key);
        self.root.map(|root| Tree { root, doubled, odd_key })
    }
}

fn scalar(text: String, style: ScalarStyle, tagged_string: bool) -> Value {
    let style = match style {
        ScalarStyle::Plain if tagged_string => Style::Quoted,
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        _ => Style::Quoted,
    };
    if style == Style::Plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    Value::Scalar(Scalar { text, style })
}

fn key_text(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.clone(),
        Value::Null => "null".to_owned(),
        Value::List(_) | Value::Map(_) => "?".to_owned(),
    }
}

/// The number of nodes and levels. The recursion is limited: no tree is deeper than `MAX_DEPTH`.
fn measure(node: &Node) -> (usize, usize) {
    let (mut size, mut depth) = (1, 0);
    let mut add = |node: &Node| {
        let (s, d) = measure(node);
        size += s;
        depth = depth.max(d);
    };
    match &node.value {
        Value::List(items) => items.iter().for_each(&mut add),
        Value::Map(entries) => entries.iter().for_each(|entry| add(&entry.value)),
        Value::Null | Value::Scalar(_) => {}
    }
    (size, depth + 1)
}
