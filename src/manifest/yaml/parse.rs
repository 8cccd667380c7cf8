//! Trees from tokens (libyaml `parser.c`, and its leniency).

use super::build::{Builder, Entries};
use super::cursor::Stopped;
use super::limits::{MAX_DEPTH, Size};
use super::scan::Scanner;
use super::token::Kind;
use super::{Node, Place, Scalar, Style, Value};

/// The documents of a text, and why parsing stopped before its end.
#[derive(Default)]
pub(super) struct Parsed<'t> {
    pub(super) trees: Vec<Tree<'t>>,
    pub(super) stopped: Option<Stopped>,
    /// The complete items of the list in the document that is not complete.
    pub(super) partial: Option<Partial<'t>>,
}

/// The root of a document, and the keys that stand twice in one of its mappings.
pub(super) struct Tree<'t> {
    pub(super) root: Node<'t>,
    pub(super) doubled: Vec<(String, Place)>,
}

/// The items of a list before the one that is broken.
pub(super) struct Partial<'t> {
    pub(super) at: Place,
    pub(super) items: Vec<Node<'t>>,
}

/// The list of a `kind: List` is the second level of a document; an array of objects the first.
const LISTS_OF_OBJECTS: usize = 2;

/// Parses all documents of `text`, which is at `begin` in its file; `progress` gets the bytes that were read.
pub(super) fn parse<'t>(text: &'t str, begin: Place, progress: &dyn Fn(usize)) -> Parsed<'t> {
    let mut parser = Parser {
        scanner: Scanner::new(text, begin),
        builder: Builder::default(),
        depth: 0,
        partial: None,
        progress,
    };
    let mut parsed = Parsed::default();
    loop {
        match parser.document() {
            Ok(Some(tree)) => parsed.trees.push(tree),
            Ok(None) => return parsed,
            Err(stopped) => {
                parsed.stopped = Some(stopped);
                parsed.partial = parser.partial.take();
                return parsed;
            }
        }
    }
}

struct Parser<'t, 'p> {
    scanner: Scanner<'t>,
    builder: Builder<'t>,
    depth: usize,
    partial: Option<Partial<'t>>,
    progress: &'p dyn Fn(usize),
}

type Sized<'t> = (Node<'t>, Size);

impl<'t> Parser<'t, '_> {
    /// The next document that is not empty.
    fn document(&mut self) -> Result<Option<Tree<'t>>, Stopped> {
        let mut directive = false;
        loop {
            let token = self.scanner.peek()?;
            match token.kind {
                Kind::DocumentStart | Kind::DocumentEnd => directive = false,
                Kind::Directive => directive = true,
                _ if directive => {
                    return Err((token.at, "'---' is expected after a line with '%'".to_owned()));
                }
                Kind::StreamEnd => return Ok(None),
                _ => break,
            }
            self.scanner.next()?;
        }
        self.builder = Builder::default();
        let (root, _) = self.node(true, false)?;
        let token = self.scanner.peek()?;
        match token.kind {
            Kind::StreamEnd | Kind::DocumentStart | Kind::DocumentEnd | Kind::Directive => {
                Ok(Some(Tree { root, doubled: std::mem::take(&mut self.builder.doubled) }))
            }
            _ => {
                Err((token.at, "the document has ended, but more follows; check the indentation".to_owned()))
            }
        }
    }

    /// A node with its anchor and tag. `indentless` allows a list at the column of its key.
    fn node(&mut self, block: bool, indentless: bool) -> Result<Sized<'t>, Stopped> {
        (self.progress)(self.scanner.cursor.offset());
        let (mut anchor, mut tag) = (None, None);
        loop {
            let token = self.scanner.peek()?;
            let at = token.at;
            match token.kind {
                Kind::Alias(name) if anchor.is_none() && tag.is_none() => {
                    self.scanner.next()?;
                    return self.builder.alias(name, at, self.depth);
                }
                Kind::Anchor(name) if anchor.is_none() => anchor = Some(name),
                Kind::Tag(name) if tag.is_none() => tag = Some(name),
                _ => break,
            }
            self.scanner.next()?;
        }
        if let Some(name) = anchor {
            self.builder.open_anchor(name);
        }
        self.builder.budget.written();
        let (node, size) = self.content(block, indentless, anchor.or(tag).is_some(), tag)?;
        if let Some(name) = anchor {
            self.builder.close_anchor(name, &node, size);
        }
        Ok((node, size))
    }

    fn content(
        &mut self,
        block: bool,
        indentless: bool,
        has_properties: bool,
        tag: Option<&str>,
    ) -> Result<Sized<'t>, Stopped> {
        let token = self.scanner.peek()?;
        let at = token.at;
        match token.kind {
            Kind::Scalar(..) => self.scalar(tag),
            Kind::BlockEntry if indentless => self.nested(at, |parser| parser.block_list(at, true)),
            Kind::BlockListStart if block => self.nested(at, |parser| parser.block_list(at, false)),
            Kind::BlockMapStart if block => self.nested(at, Self::block_map),
            Kind::FlowListStart => self.nested(at, |parser| parser.flow_list(at)),
            Kind::FlowMapStart => self.nested(at, Self::flow_map),
            _ if has_properties => Ok(null(at)),
            _ => Err((at, "a value is expected here; check the indentation and the brackets".to_owned())),
        }
    }

    fn scalar(&mut self, tag: Option<&str>) -> Result<Sized<'t>, Stopped> {
        let token = self.scanner.next()?;
        let Kind::Scalar(text, style) = token.kind else { return Ok(null(token.at)) };
        let size = Size::of_text(text.len());
        let scalar = Scalar { text, style }.tagged(tag);
        let value = if scalar.is_null() { Value::Null } else { Value::Scalar(scalar) };
        Ok((Node { at: token.at, value }, size))
    }

    fn nested(
        &mut self,
        at: Place,
        read: impl FnOnce(&mut Self) -> Result<(Value<'t>, Size), Stopped>,
    ) -> Result<Sized<'t>, Stopped> {
        if self.depth >= MAX_DEPTH {
            return Err((at, format!("more than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read.map(|(value, size)| (Node { at, value }, size))
    }

    /// Takes the next token if `is` is true for it.
    fn take(&mut self, is: impl Fn(&Kind<'t>) -> bool) -> Result<bool, Stopped> {
        let found = is(&self.scanner.peek()?.kind);
        if found {
            self.scanner.next()?;
        }
        Ok(found)
    }

    /// A node, or null if a token of another part follows (`ends` is true for it).
    fn node_or_null(
        &mut self,
        block: bool,
        indentless: bool,
        ends: impl Fn(&Kind<'t>) -> bool,
    ) -> Result<Sized<'t>, Stopped> {
        let token = self.scanner.peek()?;
        if ends(&token.kind) { Ok(null(token.at)) } else { self.node(block, indentless) }
    }

    /// Reads a list. The items before an error are noted, if they are likely objects.
    fn list(
        &mut self,
        at: Place,
        read: impl FnOnce(&mut Self, &mut List<'t>) -> Result<(), Stopped>,
    ) -> Result<(Value<'t>, Size), Stopped> {
        let mut list = List::default();
        match read(self, &mut list) {
            Ok(()) => Ok((Value::List(list.items.into()), list.size)),
            Err(stopped) => {
                if self.depth <= LISTS_OF_OBJECTS && self.partial.is_none() {
                    self.partial = Some(Partial { at, items: list.items });
                }
                Err(stopped)
            }
        }
    }

    fn block_list(&mut self, at: Place, indentless: bool) -> Result<(Value<'t>, Size), Stopped> {
        if !indentless {
            self.scanner.next()?;
        }
        self.list(at, |parser, list| {
            while parser.take(|kind| matches!(kind, Kind::BlockEntry))? {
                list.add(parser.node_or_null(true, false, |kind| match kind {
                    Kind::BlockEntry | Kind::BlockEnd => true,
                    Kind::Key | Kind::Value => indentless,
                    _ => false,
                })?);
            }
            if !indentless && !parser.take(|kind| matches!(kind, Kind::BlockEnd))? {
                return parser.unexpected("the list goes on with something other than '- '");
            }
            Ok(())
        })
    }

    fn block_map(&mut self) -> Result<(Value<'t>, Size), Stopped> {
        self.scanner.next()?;
        let mut entries = Entries::default();
        let ends = |kind: &Kind<'t>| matches!(kind, Kind::Key | Kind::Value | Kind::BlockEnd);
        while self.take(|kind| matches!(kind, Kind::Key))? {
            let key = self.node_or_null(true, true, ends)?;
            let value = if self.take(|kind| matches!(kind, Kind::Value))? {
                self.node_or_null(true, true, ends)?
            } else {
                null(key.0.at)
            };
            entries.add(key, value)?;
        }
        if !self.take(|kind| matches!(kind, Kind::BlockEnd))? {
            self.unexpected("a key is expected here; check the indentation")?;
        }
        self.finish(entries)
    }

    fn flow_list(&mut self, at: Place) -> Result<(Value<'t>, Size), Stopped> {
        self.scanner.next()?;
        self.list(at, |parser, list| {
            while !parser.take(|kind| matches!(kind, Kind::FlowListEnd))? {
                if !list.items.is_empty() && !parser.take(|kind| matches!(kind, Kind::FlowEntry))? {
                    return parser.unexpected("',' or ']' is expected here");
                }
                if matches!(parser.scanner.peek()?.kind, Kind::FlowListEnd) {
                    continue;
                }
                list.add(if parser.take(|kind| matches!(kind, Kind::Key))? {
                    parser.nested(at, Self::single_pair)?
                } else {
                    parser.node(false, false)?
                });
            }
            Ok(())
        })
    }

    /// `[a: b]` is a list with a mapping.
    fn single_pair(&mut self) -> Result<(Value<'t>, Size), Stopped> {
        let mut entries = Entries::default();
        let ends = |kind: &Kind<'t>| matches!(kind, Kind::Value | Kind::FlowEntry | Kind::FlowListEnd);
        let key = self.node_or_null(false, false, ends)?;
        let value = if self.take(|kind| matches!(kind, Kind::Value))? {
            self.node_or_null(false, false, |kind| matches!(kind, Kind::FlowEntry | Kind::FlowListEnd))?
        } else {
            null(key.0.at)
        };
        entries.add(key, value)?;
        self.finish(entries)
    }

    fn flow_map(&mut self) -> Result<(Value<'t>, Size), Stopped> {
        self.scanner.next()?;
        let mut entries = Entries::default();
        let mut first = true;
        while !self.take(|kind| matches!(kind, Kind::FlowMapEnd))? {
            if !first && !self.take(|kind| matches!(kind, Kind::FlowEntry))? {
                self.unexpected("',' or '}' is expected here")?;
            }
            first = false;
            if matches!(self.scanner.peek()?.kind, Kind::FlowMapEnd) {
                continue;
            }
            let explicit = self.take(|kind| matches!(kind, Kind::Key))?;
            let ends = |kind: &Kind<'t>| {
                explicit && matches!(kind, Kind::Value | Kind::FlowEntry | Kind::FlowMapEnd)
            };
            let key = self.node_or_null(false, false, ends)?;
            let value = if explicit && self.take(|kind| matches!(kind, Kind::Value))? {
                self.node_or_null(false, false, |kind| matches!(kind, Kind::FlowEntry | Kind::FlowMapEnd))?
            } else {
                null(key.0.at)
            };
            entries.add(key, value)?;
        }
        self.finish(entries)
    }

    fn finish(&mut self, entries: Entries<'t>) -> Result<(Value<'t>, Size), Stopped> {
        let size = entries.size;
        Ok((self.builder.map(entries)?, size))
    }

    /// An error at the next token.
    fn unexpected<T>(&mut self, why: &str) -> Result<T, Stopped> {
        Err((self.scanner.peek()?.at, why.to_owned()))
    }
}

#[derive(Default)]
struct List<'t> {
    items: Vec<Node<'t>>,
    size: Size,
}

impl<'t> List<'t> {
    fn add(&mut self, (node, size): Sized<'t>) {
        self.items.push(node);
        self.size.add(size);
    }
}

fn null<'t>(at: Place) -> Sized<'t> {
    (Node { at, value: Value::Null }, Size::of_text(0))
}

impl Scalar<'_> {
    /// True for a plain text that means null.
    fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }
}
