//! The documents of a file. Each one between `---` lines is read on its own, so that a broken one hides no other.

use std::borrow::Cow;

use super::cursor::{Cursor, Stopped};
use super::json;
use super::parse::{Partial, parse};
use super::part::{parts, place_of};
use super::{Entry, Node, Place, Text, Value};

/// One document of a file.
pub(in crate::manifest) struct Document<'t> {
    /// The number in the file, from 1; empty documents do not count.
    pub(in crate::manifest) number: usize,
    pub(in crate::manifest) outcome: Outcome<'t>,
}

/// The result of reading a document.
pub(in crate::manifest) enum Outcome<'t> {
    /// The tree, and the keys that stand twice in one mapping. Of a broken list, the items that could be read.
    Read(Node<'t>, Vec<(String, Place)>),
    /// The document is a template (Helm, Go), which must be rendered first.
    Template(Place),
    /// The document, or one item of its list, is neither YAML nor JSON: the place, the reason and the text.
    Broken(Place, String, &'t [u8]),
}

/// The number of broken items that are told of one list, and of broken objects of one part of a file.
const MAX_BROKEN: usize = 20;

/// The bytes of a file as UTF-8. As in go-yaml, a byte order mark says that it is UTF-16: PowerShell writes such files.
pub(in crate::manifest) fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xFF, 0xFE, ..] => u16::from_le_bytes,
        [0xFE, 0xFF, ..] => u16::from_be_bytes,
        _ => return Cow::Borrowed(bytes),
    };
    let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

/// All documents of a text.
pub(in crate::manifest) fn read(text: &str) -> Vec<Document<'_>> {
    let mut all = Vec::new();
    read_each(text.as_bytes(), &|_| {}, &mut |document| all.push(document));
    all
}

/// Gives each document of a file to `each`, before the next part of the file is read; `progress` gets the number of bytes
/// that were read.
pub(in crate::manifest) fn read_each<'t>(
    bytes: &'t [u8],
    progress: &dyn Fn(usize),
    each: &mut dyn FnMut(Document<'t>),
) {
    let mut documents = Documents { all: Vec::new(), number: 0 };
    for part in parts(bytes) {
        let within = |offset: usize| progress(part.offset + offset);
        match part.text() {
            Ok(text) => documents.part(text, part.begin, &within),
            Err((at, why)) => documents.add(Outcome::Broken(at, why, part.bytes)),
        }
        documents.all.drain(..).for_each(&mut *each);
    }
}

struct Documents<'t> {
    all: Vec<Document<'t>>,
    number: usize,
}

impl<'t> Documents<'t> {
    /// Adds a document, unless it is empty.
    fn add(&mut self, outcome: Outcome<'t>) {
        if !matches!(&outcome, Outcome::Read(Node { value: Value::Null, .. }, _)) {
            self.number += 1;
            self.all.push(Document { number: self.number, outcome });
        }
    }

    /// Adds another part of the last document.
    fn more(&mut self, outcome: Outcome<'t>) {
        self.all.push(Document { number: self.number, outcome });
    }

    fn part(&mut self, text: &'t str, begin: Place, progress: &dyn Fn(usize)) {
        let mut cursor = Cursor::new(text, begin);
        skip_to_value(&mut cursor);
        if !matches!(cursor.byte(0), b'{' | b'[') {
            self.yaml(text, begin, None, progress);
            return;
        }
        let mut broken = 0;
        while matches!(cursor.byte(0), b'{' | b'[') {
            let (start, at) = (cursor.offset(), cursor.place());
            // Each failure costs a look at all that is left.
            if broken == MAX_BROKEN {
                let why = format!(
                    "{MAX_BROKEN} objects before this one cannot be read, so the rest was not looked at"
                );
                self.add(Outcome::Broken(at, why, &text.as_bytes()[start..]));
                return;
            }
            let value = json::read(&mut cursor, progress);
            match (value.root, value.stopped) {
                (Some(root), None) => self.add(Outcome::Read(root, value.doubled)),
                (root, stopped) => {
                    let rest = &text[start..];
                    let quoted = rest[1..].trim_start().starts_with(['"', '{', '[']);
                    if self.yaml(rest, at, stopped.filter(|_| quoted), progress) {
                        return;
                    }
                    if let Some(root) = root.filter(|_| quoted && !rest.contains("{{")) {
                        self.more(Outcome::Read(root, Vec::new()));
                    }
                    skip_to_line(&mut cursor, '{');
                    broken += 1;
                }
            }
            json::skip_white(&mut cursor);
        }
        if !cursor.at_end() {
            self.yaml(cursor.rest(), cursor.place(), None, progress);
        }
    }

    /// Reads YAML; false after an error. `json` is the error to tell if the text is likelier JSON.
    fn yaml(&mut self, text: &'t str, at: Place, json: Option<Stopped>, progress: &dyn Fn(usize)) -> bool {
        let parsed = parse(text, at, progress);
        for tree in parsed.trees {
            self.add(Outcome::Read(tree.root, tree.doubled));
        }
        let Some(stopped) = parsed.stopped else { return true };
        if let Some(braces) = text.find("{{") {
            self.add(Outcome::Template(place_of(text.as_bytes(), braces, at)));
            return false;
        }
        let is_json = json.is_some();
        let (place, why) = json.unwrap_or(stopped);
        self.add(Outcome::Broken(place, why, text.as_bytes()));
        if let Some(partial) = parsed.partial.filter(|_| !is_json) {
            self.rest_of_list(text, at, partial, place);
        }
        false
    }

    /// Adds the items of a list before and after those that are broken.
    fn rest_of_list(&mut self, text: &'t str, begin: Place, partial: Partial<'t>, broken: Place) {
        let indent = partial.at.column.saturating_sub(1) as usize;
        self.items(partial);
        let (mut text, mut begin, mut broken) = (text, begin, broken);
        for _ in 0..MAX_BROKEN {
            let lines = (broken.line - begin.line) as usize + 1;
            let Some((region, line)) = region(text, lines, indent) else { return };
            (text, begin) = (region, Place { line: begin.line + line, column: 1 });
            let parsed = parse(text, begin, &|_| {});
            for tree in parsed.trees {
                if let Value::List(items) = &tree.root.value {
                    self.items(Partial { at: tree.root.at, items: items.to_vec() });
                }
            }
            let Some((place, why)) = parsed.stopped else { return };
            self.more(Outcome::Broken(place, why, &[]));
            if let Some(partial) = parsed.partial {
                self.items(partial);
            }
            broken = place;
        }
    }

    /// Adds the items of a list whose other keys are not known.
    fn items(&mut self, list: Partial<'t>) {
        if list.items.is_empty() {
            return;
        }
        let value = Node { at: list.at, value: Value::List(list.items.into()) };
        let entry = Entry { key: Text::Slice("items"), at: list.at, value };
        self.more(Outcome::Read(Node { at: list.at, value: Value::Map([entry].into()) }, Vec::new()));
    }
}

/// The items of a list from the first one behind `lines` lines, and the line in which they begin, from 0.
fn region(text: &str, lines: usize, indent: usize) -> Option<(&str, u32)> {
    let is_item = |line: &str| spaces(line) == indent && line[indent..].starts_with("- ");
    let (mut start, mut end, mut first) = (None, text.len(), 0);
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let empty = line.trim().is_empty() || line.trim_start_matches(' ').starts_with(['#', '\t']);
        if start.is_none() && number >= lines && is_item(line) {
            (start, first) = (Some(offset), u32::try_from(number).ok()?);
        } else if start.is_some() && !empty && spaces(line) <= indent && !is_item(line) {
            end = offset;
            break;
        }
        offset += line.len();
    }
    start.map(|start| (&text[start..end], first))
}

fn spaces(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Moves behind comments and the line that separates documents.
fn skip_to_value(cursor: &mut Cursor<'_>) {
    loop {
        json::skip_white(cursor);
        cursor.skip_mark();
        match cursor.char() {
            Some('#') => cursor.skip_line(),
            Some('-') if cursor.is_document_marker("---") => cursor.skip_ascii(3),
            _ => return,
        }
    }
}

/// Moves to the next line that begins with a character.
fn skip_to_line(cursor: &mut Cursor<'_>, c: char) {
    loop {
        cursor.skip_line();
        if cursor.at_end() {
            return;
        }
        cursor.skip_break();
        if cursor.char() == Some(c) {
            return;
        }
    }
}
