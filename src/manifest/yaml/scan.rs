//! Splits a text into tokens (libyaml `scanner.c`: `yaml_parser_fetch_next_token`).

use std::collections::VecDeque;

use super::cursor::{Cursor, Stopped};
use super::simple_key::SimpleKey;
use super::token::{Kind, Token};
use super::{Place, Style, Text, block_scalar, double_quoted, plain, quoted, tag};

/// The column of a document's root: all others are larger.
const OUTSIDE: i64 = -1;

/// Reads tokens on demand. A token is given out when it is certain that no `Key` belongs before it.
pub(super) struct Scanner<'t> {
    pub(super) cursor: Cursor<'t>,
    tokens: VecDeque<Token<'t>>,
    /// The number of tokens that were given out.
    given: usize,
    ended: bool,
    indent: i64,
    indents: Vec<i64>,
    key_allowed: bool,
    /// One for each open flow collection, and one for the block.
    keys: Vec<Option<SimpleKey>>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str, begin: Place) -> Self {
        Self {
            cursor: Cursor::new(text, begin),
            tokens: VecDeque::new(),
            given: 0,
            ended: false,
            indent: OUTSIDE,
            indents: Vec::new(),
            key_allowed: true,
            keys: vec![None],
        }
    }

    /// The next token.
    pub(super) fn peek(&mut self) -> Result<&Token<'t>, Stopped> {
        while !self.ended && (self.tokens.is_empty() || self.may_be_key()?) {
            self.fetch()?;
        }
        // The end of the stream is never given out, so there is always a token.
        self.tokens.front().ok_or_else(|| (self.cursor.place(), "unexpected end".to_owned()))
    }

    /// Moves behind the token that was peeked at, and returns it.
    pub(super) fn next(&mut self) -> Result<Token<'t>, Stopped> {
        self.peek()?;
        let place = self.cursor.place();
        if self.tokens.len() == 1 && self.ended {
            return Ok(Token { at: place, kind: Kind::StreamEnd });
        }
        self.given += 1;
        self.tokens.pop_front().ok_or_else(|| (place, "unexpected end".to_owned()))
    }

    fn may_be_key(&mut self) -> Result<bool, Stopped> {
        self.drop_stale_keys()?;
        Ok(self.keys.iter().flatten().any(|key| key.token == self.given))
    }

    fn drop_stale_keys(&mut self) -> Result<(), Stopped> {
        for slot in &mut self.keys {
            if let Some(key) = slot
                && !key.is_possible(&self.cursor)?
            {
                *slot = None;
            }
        }
        Ok(())
    }

    fn in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    fn column(&self) -> i64 {
        i64::from(self.cursor.column())
    }

    fn fetch(&mut self) -> Result<(), Stopped> {
        self.skip_to_token();
        self.drop_stale_keys()?;
        self.unroll(self.column());
        if self.cursor.at_end() {
            return self.end();
        }
        if self.cursor.column() == 0 && self.cursor.byte(0) == b'%' {
            return self.directive();
        }
        for (marker, kind) in [("---", Kind::DocumentStart), ("...", Kind::DocumentEnd)] {
            if self.cursor.is_document_marker(marker) {
                self.unroll(OUTSIDE);
                self.forget_key()?;
                self.key_allowed = false;
                self.indicator(kind, 3);
                return Ok(());
            }
        }
        match self.cursor.byte(0) {
            b'[' => self.flow_start(Kind::FlowListStart),
            b'{' => self.flow_start(Kind::FlowMapStart),
            b']' => self.flow_end(Kind::FlowListEnd),
            b'}' => self.flow_end(Kind::FlowMapEnd),
            b',' => self.flow_entry(),
            b'-' if self.cursor.is_white_or_end(1) => self.block_entry(),
            b'?' if self.in_flow() || self.cursor.is_white_or_end(1) => self.key(),
            b':' if self.in_flow() || self.cursor.is_white_or_end(1) => self.value(),
            b'*' | b'&' => self.anchor(),
            b'!' => self.tag(),
            b'|' | b'>' if !self.in_flow() => self.block_scalar(),
            b'\'' | b'"' => self.quoted(),
            _ if plain::starts(&self.cursor, self.in_flow()) => self.plain(),
            _ => self.cursor.stop(self.no_token()),
        }
    }

    fn no_token(&self) -> String {
        match self.cursor.char() {
            Some('\t') => "a tab stands where an indentation of spaces is expected".to_owned(),
            Some(c) => format!("{c:?} cannot begin a value; quote the text"),
            None => "unexpected end".to_owned(),
        }
    }

    /// Moves behind white space and comments. A byte order mark may begin any line (go-yaml `scannerc.go`).
    fn skip_to_token(&mut self) {
        loop {
            self.cursor.skip_mark();
            let tabs = self.in_flow() || !self.key_allowed;
            while self.cursor.byte(0) == b' ' || tabs && self.cursor.byte(0) == b'\t' {
                self.cursor.skip();
            }
            if self.cursor.byte(0) == b'#' {
                self.cursor.skip_line();
            }
            if self.cursor.break_length(0) == 0 {
                return;
            }
            self.cursor.skip_break();
            self.key_allowed |= !self.in_flow();
        }
    }

    fn push(&mut self, at: Place, kind: Kind<'t>) {
        self.tokens.push_back(Token { at, kind });
    }

    /// Adds a token of `length` characters.
    fn indicator(&mut self, kind: Kind<'t>, length: usize) {
        self.push(self.cursor.place(), kind);
        self.cursor.skip_ascii(length);
    }

    fn end(&mut self) -> Result<(), Stopped> {
        self.unroll(OUTSIDE);
        self.forget_key()?;
        self.push(self.cursor.place(), Kind::StreamEnd);
        self.ended = true;
        Ok(())
    }

    /// `%YAML` and `%TAG` have no meaning here.
    fn directive(&mut self) -> Result<(), Stopped> {
        self.unroll(OUTSIDE);
        self.forget_key()?;
        self.key_allowed = false;
        self.push(self.cursor.place(), Kind::Directive);
        self.cursor.skip_line();
        Ok(())
    }

    /// Opens a block collection if the column is deeper than the indentation; its token becomes number `token`.
    fn roll(&mut self, column: i64, token: usize, at: Place, kind: Kind<'t>) {
        if self.in_flow() || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        self.tokens.insert(token - self.given, Token { at, kind });
    }

    fn unroll(&mut self, column: i64) {
        if self.in_flow() {
            return;
        }
        while self.indent > column {
            self.push(self.cursor.place(), Kind::BlockEnd);
            self.indent = self.indents.pop().unwrap_or(OUTSIDE);
        }
    }

    fn next_number(&self) -> usize {
        self.given + self.tokens.len()
    }

    /// Notes that the next token may be a key.
    fn note_key(&mut self) -> Result<(), Stopped> {
        if self.key_allowed {
            let required = !self.in_flow() && self.indent == self.column();
            self.forget_key()?;
            let key = SimpleKey::new(self.next_number(), &self.cursor, required);
            if let Some(slot) = self.keys.last_mut() {
                *slot = Some(key);
            }
        }
        Ok(())
    }

    fn forget_key(&mut self) -> Result<(), Stopped> {
        self.keys.last_mut().and_then(Option::take).map_or(Ok(()), |key| key.give_up())
    }

    fn flow_start(&mut self, kind: Kind<'t>) -> Result<(), Stopped> {
        self.note_key()?;
        self.keys.push(None);
        self.key_allowed = true;
        self.indicator(kind, 1);
        Ok(())
    }

    fn flow_end(&mut self, kind: Kind<'t>) -> Result<(), Stopped> {
        self.forget_key()?;
        if self.in_flow() {
            self.keys.pop();
        }
        self.key_allowed = false;
        self.indicator(kind, 1);
        Ok(())
    }

    fn flow_entry(&mut self) -> Result<(), Stopped> {
        self.forget_key()?;
        self.key_allowed = true;
        self.indicator(Kind::FlowEntry, 1);
        Ok(())
    }

    fn block_entry(&mut self) -> Result<(), Stopped> {
        if !self.in_flow() {
            if !self.key_allowed {
                return self.cursor.stop("a list cannot begin here, behind something else in the same line");
            }
            self.roll(self.column(), self.next_number(), self.cursor.place(), Kind::BlockListStart);
        }
        self.forget_key()?;
        self.key_allowed = true;
        self.indicator(Kind::BlockEntry, 1);
        Ok(())
    }

    fn key(&mut self) -> Result<(), Stopped> {
        if !self.in_flow() {
            if !self.key_allowed {
                return self.cursor.stop("a key cannot stand here");
            }
            self.roll(self.column(), self.next_number(), self.cursor.place(), Kind::BlockMapStart);
        }
        self.forget_key()?;
        self.key_allowed = !self.in_flow();
        self.indicator(Kind::Key, 1);
        Ok(())
    }

    fn value(&mut self) -> Result<(), Stopped> {
        let key = self.keys.last_mut().and_then(Option::take);
        if let Some(key) = key
            && key.is_possible(&self.cursor)?
        {
            self.tokens.insert(key.token - self.given, Token { at: key.at, kind: Kind::Key });
            self.roll(i64::from(key.column), key.token, key.at, Kind::BlockMapStart);
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return self.cursor.stop("a second ': ' stands in the value of a key; quote the value");
                }
                self.roll(self.column(), self.next_number(), self.cursor.place(), Kind::BlockMapStart);
            }
            self.key_allowed = !self.in_flow();
        }
        self.indicator(Kind::Value, 1);
        Ok(())
    }

    fn anchor(&mut self) -> Result<(), Stopped> {
        self.note_key()?;
        self.key_allowed = false;
        let (at, alias) = (self.cursor.place(), self.cursor.byte(0) == b'*');
        let name = tag::anchor(&mut self.cursor)?;
        self.push(at, if alias { Kind::Alias(name) } else { Kind::Anchor(name) });
        Ok(())
    }

    fn tag(&mut self) -> Result<(), Stopped> {
        self.note_key()?;
        self.key_allowed = false;
        let at = self.cursor.place();
        let in_flow = self.in_flow();
        let name = tag::tag(&mut self.cursor, in_flow);
        self.push(at, Kind::Tag(name));
        Ok(())
    }

    fn block_scalar(&mut self) -> Result<(), Stopped> {
        self.forget_key()?;
        self.key_allowed = true;
        let (at, text) = block_scalar::read(&mut self.cursor, self.indent)?;
        self.push(at, Kind::Scalar(Text::from(text), Style::Block));
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), Stopped> {
        self.note_key()?;
        self.key_allowed = false;
        let at = self.cursor.place();
        let text = if self.cursor.byte(0) == b'"' {
            double_quoted::read(&mut self.cursor)?
        } else {
            quoted::read(&mut self.cursor)?
        };
        self.push(at, Kind::Scalar(text, Style::Quoted));
        Ok(())
    }

    fn plain(&mut self) -> Result<(), Stopped> {
        self.note_key()?;
        self.key_allowed = false;
        let at = self.cursor.place();
        let in_flow = self.in_flow();
        let (text, lines) = plain::read(&mut self.cursor, in_flow, self.indent)?;
        self.key_allowed |= lines;
        self.push(at, Kind::Scalar(text, Style::Plain));
        Ok(())
    }
}
