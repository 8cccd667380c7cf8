//! A position in the text of a document, and the kinds of characters that YAML distinguishes.

use super::Place;

/// Why reading stopped, and where.
pub(super) type Stopped = (Place, String);

/// A position in a text.
pub(super) struct Cursor<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
    column: u32,
    begin: Place,
}

impl<'t> Cursor<'t> {
    /// The start of `text`, which is at `begin` in its file.
    pub(super) fn new(text: &'t str, begin: Place) -> Self {
        Self { text, offset: 0, line: 0, column: 0, begin }
    }

    /// The place in the file.
    pub(super) fn place(&self) -> Place {
        let column = if self.line == 0 { self.begin.column } else { 1 };
        Place { line: self.begin.line + self.line, column: column + self.column }
    }

    /// An error at this position.
    pub(super) fn stop<T>(&self, why: impl Into<String>) -> Result<T, Stopped> {
        Err((self.place(), why.into()))
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// The characters before the position in its line.
    pub(super) fn column(&self) -> u32 {
        self.column
    }

    pub(super) fn at_end(&self) -> bool {
        self.offset >= self.text.len()
    }

    /// The byte at a distance from the position; 0 behind the end.
    pub(super) fn byte(&self, distance: usize) -> u8 {
        self.text.as_bytes().get(self.offset + distance).copied().unwrap_or(0)
    }

    /// The slice from `start` to the position.
    pub(super) fn since(&self, start: usize) -> &'t str {
        &self.text[start..self.offset]
    }

    /// The text from the position on.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.offset..]
    }

    /// The next character.
    pub(super) fn char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// True before a blank: a space or a tab.
    pub(super) fn is_blank(&self, distance: usize) -> bool {
        matches!(self.byte(distance), b' ' | b'\t')
    }

    /// The length of the line break at a distance; 0 without a break. YAML 1.1 has five kinds of them.
    pub(super) fn break_length(&self, distance: usize) -> usize {
        match (self.byte(distance), self.byte(distance + 1), self.byte(distance + 2)) {
            (b'\r', b'\n', _) | (0xC2, 0x85, _) => 2,
            (b'\r' | b'\n', ..) => 1,
            (0xE2, 0x80, 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    /// True before a line break or the end.
    pub(super) fn is_break_or_end(&self, distance: usize) -> bool {
        self.offset + distance >= self.text.len() || self.break_length(distance) > 0
    }

    /// True before a blank, a line break or the end.
    pub(super) fn is_white_or_end(&self, distance: usize) -> bool {
        self.is_blank(distance) || self.is_break_or_end(distance)
    }

    /// True at `---` or `...` at the start of a line.
    pub(super) fn is_document_marker(&self, marker: &str) -> bool {
        self.column == 0 && self.rest().starts_with(marker) && self.is_white_or_end(marker.len())
    }

    /// Moves behind the next character, which must not be a line break.
    pub(super) fn skip(&mut self) {
        self.offset += match self.byte(0) {
            0xF0.. => 4,
            0xE0.. => 3,
            0xC0.. => 2,
            _ => 1,
        };
        self.column += 1;
    }

    /// Moves behind a byte order mark at the start of a line. It has no column, so what follows begins the line.
    pub(super) fn skip_mark(&mut self) {
        if self.column == 0 && self.char() == Some('\u{feff}') {
            self.offset += '\u{feff}'.len_utf8();
        }
    }

    /// Moves behind `count` ASCII characters.
    pub(super) fn skip_ascii(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    /// Moves behind the line break at the position.
    pub(super) fn skip_break(&mut self) {
        self.offset += self.break_length(0);
        self.line += 1;
        self.column = 0;
    }

    /// Moves behind the line break at the position and adds it to `text`, as `\n` unless YAML keeps its kind.
    pub(super) fn take_break(&mut self, text: &mut String) {
        match self.break_length(0) {
            0 => return,
            3 => text.push_str(&self.text[self.offset..self.offset + 3]),
            _ => text.push('\n'),
        }
        self.skip_break();
    }

    /// Moves behind the line break at the position, if there is one.
    pub(super) fn skip_break_if_any(&mut self) {
        if self.break_length(0) > 0 {
            self.skip_break();
        }
    }

    /// Moves to the end of the line.
    pub(super) fn skip_line(&mut self) {
        while !self.is_break_or_end(0) {
            self.skip();
        }
    }
}
