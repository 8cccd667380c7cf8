//! The room of a mark: all marks of one attempt have one size.
//!
//! So a later mark is written over the bytes of an earlier one and needs no free block. A disk that has filled up since
//! does not keep a restart from being counted.

/// The room for what differs between two marks of an attempt: numbers, a socket's path, the reason of a rollback.
const SLACK: usize = 4096;
/// A block of a file system.
const BLOCK: usize = 4096;
/// The length in bytes to which a text is cut. JSON may need six bytes for one (`\u0000`), and the rest of the room is
/// for the numbers.
const CUT: usize = 500;

/// A size in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room(usize);

impl Room {
    /// The room for this many bytes and for what may be added to them.
    pub(super) const fn beside(bytes: usize) -> Self {
        Self((bytes + SLACK).next_multiple_of(BLOCK))
    }

    /// True if the bytes and a newline have room.
    pub(super) const fn holds(self, bytes: &[u8]) -> bool {
        bytes.len() < self.0
    }

    /// The bytes, blanks and a newline.
    pub(super) fn fill(self, mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.resize(bytes.len().max(self.0 - 1), b' ');
        bytes.push(b'\n');
        bytes
    }

    /// The begin of a text that is too long.
    pub(super) fn cut(text: &str) -> Box<str> {
        let end = (0..=CUT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
        format!("{}...", &text[..end.unwrap_or(0)]).into()
    }
}
