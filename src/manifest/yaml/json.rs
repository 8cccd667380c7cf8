//! JSON values with places. kubectl reads a file that begins with `{` as JSON first; so a dump needs no YAML scanner.

use super::super::go_json::string;
use super::build::{Builder, Entries};
use super::cursor::{Cursor, Stopped};
use super::limits::MAX_DEPTH;
use super::{Node, Place, Scalar, Style, Text, Value};

/// A JSON value, or the part of it before an error.
pub(super) struct Json<'t> {
    pub(super) root: Option<Node<'t>>,
    pub(super) doubled: Vec<(String, Place)>,
    pub(super) stopped: Option<Stopped>,
}

/// Reads the value at the position.
pub(super) fn read<'t>(cursor: &mut Cursor<'t>, progress: &dyn Fn(usize)) -> Json<'t> {
    let mut reader = Reader { builder: Builder::default(), depth: 0, stopped: None, progress };
    let root = reader.value(cursor);
    Json { root, doubled: reader.builder.doubled, stopped: reader.stopped }
}

struct Reader<'t, 'p> {
    builder: Builder<'t>,
    depth: usize,
    stopped: Option<Stopped>,
    progress: &'p dyn Fn(usize),
}

/// Moves behind white space.
pub(super) fn skip_white(cursor: &mut Cursor<'_>) {
    loop {
        match cursor.byte(0) {
            b' ' | b'\t' => cursor.skip(),
            b'\n' | b'\r' => cursor.skip_break(),
            _ => return,
        }
    }
}

impl<'t> Reader<'t, '_> {
    /// The value at the position. After an error, `None`; of a list the items before it, and of the root all lists.
    fn value(&mut self, cursor: &mut Cursor<'t>) -> Option<Node<'t>> {
        (self.progress)(cursor.offset());
        skip_white(cursor);
        let at = cursor.place();
        let value = match cursor.byte(0) {
            b'{' => self.nested(cursor, Self::map)?,
            b'[' => self.nested(cursor, |reader, cursor| Some(reader.list(cursor)))?,
            b'"' => Value::Scalar(Scalar { text: self.string(cursor)?, style: Style::Quoted }),
            _ => self.literal(cursor)?,
        };
        Some(Node { at, value })
    }

    fn stop<T>(&mut self, cursor: &Cursor<'_>, why: &str) -> Option<T> {
        let place = cursor.place();
        self.stopped.get_or_insert_with(|| (place, why.to_owned()));
        None
    }

    fn nested(
        &mut self,
        cursor: &mut Cursor<'t>,
        read: impl FnOnce(&mut Self, &mut Cursor<'t>) -> Option<Value<'t>>,
    ) -> Option<Value<'t>> {
        if self.depth >= MAX_DEPTH {
            return self.stop(cursor, &format!("more than {MAX_DEPTH} levels"));
        }
        self.depth += 1;
        let value = read(self, cursor);
        self.depth -= 1;
        value
    }

    fn list(&mut self, cursor: &mut Cursor<'t>) -> Value<'t> {
        cursor.skip();
        let mut items = Vec::new();
        skip_white(cursor);
        if cursor.byte(0) == b']' {
            cursor.skip();
            return Value::List(items.into());
        }
        while let Some(item) = self.value(cursor) {
            items.push(item);
            if self.stopped.is_some() || !self.goes_on(cursor, b']', "',' or ']' is expected here") {
                break;
            }
        }
        Value::List(items.into())
    }

    fn map(&mut self, cursor: &mut Cursor<'t>) -> Option<Value<'t>> {
        cursor.skip();
        let mut entries = Entries::default();
        skip_white(cursor);
        if cursor.byte(0) == b'}' {
            cursor.skip();
        } else {
            while let Some((key, value)) = self.pair(cursor) {
                if let Err((at, why)) = entries.push(key, value) {
                    self.stopped.get_or_insert((at, why));
                }
                if self.stopped.is_some() || !self.goes_on(cursor, b'}', "',' or '}' is expected here") {
                    break;
                }
            }
        }
        // Half an object is judged by nothing; the outermost one may be a List.
        if self.stopped.is_some() && self.depth > 1 {
            return None;
        }
        match self.builder.map(entries) {
            Ok(value) => Some(value),
            Err((at, why)) => {
                self.stopped.get_or_insert((at, why));
                None
            }
        }
    }

    /// A key and its value. After an error in a list, the value has the items before it.
    fn pair(&mut self, cursor: &mut Cursor<'t>) -> Option<(Node<'t>, Node<'t>)> {
        skip_white(cursor);
        let at = cursor.place();
        if cursor.byte(0) != b'"' {
            return self.stop(cursor, "a key in double quotes is expected here");
        }
        let key = Scalar { text: self.string(cursor)?, style: Style::Quoted };
        skip_white(cursor);
        if cursor.byte(0) != b':' {
            return self.stop(cursor, "':' is expected here");
        }
        cursor.skip();
        Some((Node { at, value: Value::Scalar(key) }, self.value(cursor)?))
    }

    /// True after a comma; false after the end, and after an error.
    fn goes_on(&mut self, cursor: &mut Cursor<'t>, end: u8, why: &str) -> bool {
        skip_white(cursor);
        match cursor.byte(0) {
            b',' => {
                cursor.skip();
                true
            }
            byte if byte == end => {
                cursor.skip();
                false
            }
            _ => self.stop::<()>(cursor, why).is_some(),
        }
    }

    fn literal(&mut self, cursor: &mut Cursor<'t>) -> Option<Value<'t>> {
        let start = cursor.offset();
        while cursor.byte(0).is_ascii_alphanumeric() || matches!(cursor.byte(0), b'-' | b'+' | b'.') {
            cursor.skip();
        }
        let text = cursor.since(start);
        match text {
            "null" => Some(Value::Null),
            "true" | "false" => Some(plain(text)),
            _ if is_number(text) => Some(plain(text)),
            _ => self.stop(cursor, "a value is expected here"),
        }
    }

    fn string(&mut self, cursor: &mut Cursor<'t>) -> Option<Text<'t>> {
        cursor.skip();
        let start = cursor.offset();
        let mut escaped = false;
        loop {
            match cursor.byte(0) {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    cursor.skip();
                    if cursor.byte(0).is_ascii_control() {
                        return self.stop(cursor, "a text is not closed");
                    }
                    cursor.skip();
                }
                byte if byte < b' ' => {
                    return self.stop(cursor, "a text is not closed, or has a control character");
                }
                _ => cursor.skip(),
            }
        }
        let text = cursor.since(start);
        cursor.skip();
        if !escaped {
            return Some(Text::Slice(text));
        }
        match string(text) {
            Some(text) => Some(Text::from(text)),
            None => self.stop(cursor, "a text before this place has an unknown escape"),
        }
    }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(a, b)| (a, Some(b)));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(a, b)| (a, Some(b)));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

fn plain(text: &str) -> Value<'_> {
    Value::Scalar(Scalar { text: Text::Slice(text), style: Style::Plain })
}
