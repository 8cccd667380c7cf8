//! Keys without `?`. Only the `:` after one shows that it is a key.

use super::Place;
use super::cursor::{Cursor, Stopped};

/// The number of characters within which `:` must follow (YAML 1.2, 7.4.2; go-yaml `max_simple_key_length`).
const LONGEST: u32 = 1024;

/// A token that may turn out to be a key.
pub(super) struct SimpleKey {
    /// The number of its token in the stream.
    pub(super) token: usize,
    pub(super) at: Place,
    pub(super) column: u32,
    line: u32,
    /// True if nothing but a key can stand here.
    required: bool,
}

impl SimpleKey {
    pub(super) fn new(token: usize, cursor: &Cursor<'_>, required: bool) -> Self {
        let (line, column) = (cursor.line(), cursor.column());
        Self { token, at: cursor.place(), column, line, required }
    }

    /// True if `:` at the position would still make it a key.
    pub(super) fn is_possible(&self, cursor: &Cursor<'_>) -> Result<bool, Stopped> {
        if self.line == cursor.line() && cursor.column() <= self.column + LONGEST {
            return Ok(true);
        }
        self.give_up().map(|()| false)
    }

    /// An error if nothing but a key can stand at its place.
    pub(super) fn give_up(&self) -> Result<(), Stopped> {
        if self.required {
            return Err((self.at, "a key has no ':' in its line".to_owned()));
        }
        Ok(())
    }
}
