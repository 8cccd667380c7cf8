//! Line breaks inside a plain or quoted text: one becomes a space, of more than one all but the first are kept.

use super::cursor::Cursor;

/// Blanks and line breaks between two words of a text.
#[derive(Default)]
pub(super) struct Gap {
    blanks: String,
    first: String,
    more: String,
    /// True after a line break.
    pub(super) lines: bool,
}

impl Gap {
    /// The gap after an escaped line break.
    pub(super) fn after_escaped_break() -> Self {
        Self { lines: true, ..Self::default() }
    }

    /// Takes the blank or line break at the position.
    pub(super) fn take(&mut self, cursor: &mut Cursor<'_>) {
        if cursor.is_blank(0) {
            if !self.lines {
                self.blanks.push(char::from(cursor.byte(0)));
            }
            cursor.skip();
        } else if self.lines {
            cursor.take_break(&mut self.more);
        } else {
            self.blanks.clear();
            self.lines = true;
            cursor.take_break(&mut self.first);
        }
    }

    /// Adds what the gap stands for to `text`, and begins anew.
    pub(super) fn join(&mut self, text: &mut String) {
        if !self.lines {
            text.push_str(&self.blanks);
        } else if self.first == "\n" && self.more.is_empty() {
            text.push(' ');
        } else {
            if self.first != "\n" {
                text.push_str(&self.first);
            }
            text.push_str(&self.more);
        }
        *self = Self::default();
    }
}
