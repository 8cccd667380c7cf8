//! Texts in quotes. As in libyaml, their lines may stand at any column.

use super::cursor::{Cursor, Stopped};
use super::line_fold::Gap;
use super::{Place, Text};

/// A text in quotes while it is read: a slice of the file, until it differs from what stands there.
pub(super) struct Quoted {
    opened: Place,
    /// The offset of the first byte behind the opening quote.
    start: usize,
    /// The text so far, if it differs from the file's bytes.
    made: Option<String>,
    gap: Gap,
}

impl Quoted {
    /// Moves behind the opening quote.
    pub(super) fn begin(cursor: &mut Cursor<'_>) -> Self {
        let opened = cursor.place();
        cursor.skip();
        Self { opened, start: cursor.offset(), made: None, gap: Gap::default() }
    }

    /// Reads up to white space, or to a byte for which `ends` is true.
    pub(super) fn word(&mut self, cursor: &mut Cursor<'_>, ends: impl Fn(u8) -> bool) -> Result<(), Stopped> {
        if cursor.at_end() || cursor.is_document_marker("---") || cursor.is_document_marker("...") {
            return cursor.stop(format!("the quotes of line {} are not closed", self.opened.line));
        }
        let word = cursor.offset();
        while !cursor.is_white_or_end(0) && !ends(cursor.byte(0)) {
            cursor.skip();
        }
        if let Some(text) = &mut self.made {
            self.gap.join(text);
            text.push_str(cursor.since(word));
        }
        Ok(())
    }

    /// The text so far, from here on other than the file's bytes.
    pub(super) fn made(&mut self, cursor: &Cursor<'_>) -> &mut String {
        self.made.get_or_insert_with(|| cursor.since(self.start).to_owned())
    }

    /// Reads white space and line breaks between two words.
    pub(super) fn white(&mut self, cursor: &mut Cursor<'_>) {
        let before = cursor.since(self.start);
        self.blanks(cursor);
        if self.gap.lines && self.made.is_none() {
            self.made = Some(before.to_owned());
        }
        if self.made.is_none() {
            self.gap = Gap::default();
        }
    }

    /// Reads an escaped line break and the white space behind it.
    pub(super) fn escaped_break(&mut self, cursor: &mut Cursor<'_>) {
        cursor.skip_break();
        self.gap = Gap::after_escaped_break();
        self.blanks(cursor);
    }

    fn blanks(&mut self, cursor: &mut Cursor<'_>) {
        while !cursor.at_end() && cursor.is_white_or_end(0) {
            self.gap.take(cursor);
        }
    }

    /// Moves behind the closing quote.
    pub(super) fn end<'t>(self, cursor: &mut Cursor<'t>) -> Text<'t> {
        let text = self.made.map_or_else(|| Text::Slice(cursor.since(self.start)), Text::from);
        cursor.skip();
        text
    }
}

/// A text in single quotes, in which two of them stand for one.
pub(super) fn read<'t>(cursor: &mut Cursor<'t>) -> Result<Text<'t>, Stopped> {
    let mut quoted = Quoted::begin(cursor);
    loop {
        quoted.word(cursor, |byte| byte == b'\'')?;
        if cursor.byte(0) != b'\'' {
            quoted.white(cursor);
        } else if cursor.byte(1) == b'\'' {
            quoted.made(cursor).push('\'');
            cursor.skip();
            cursor.skip();
        } else {
            return Ok(quoted.end(cursor));
        }
    }
}
