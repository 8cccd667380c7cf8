//! What could not be read. It may define what others name.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// The number of names that are looked for.
const MAX_NAMES: usize = 200;
/// Names of objects have at most 253 characters, so longer words hold none.
const LONGEST: usize = 512;
/// The bytes that the words may take. A text with more of them may define any name.
const MAX_BYTES: usize = 64 << 20;
/// The bytes that a word takes besides its own.
const OVERHEAD: usize = 64;

/// The words of documents that could not be read.
#[derive(Default)]
pub(super) struct Unread {
    /// True if any name may be defined: a template was among the documents, or the words are too many.
    any: bool,
    words: HashSet<Box<[u8]>>,
    bytes: usize,
    /// The answers so far: all words are searched once for each name.
    known: RefCell<HashMap<String, bool>>,
}

/// True for what names, addresses and prefixes are made of. So a name that a text has is part of one word of it.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'/') || !byte.is_ascii()
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_of_word(*byte)).filter(|word| !word.is_empty())
}

impl Unread {
    pub(super) fn add_template(&mut self) {
        self.any = true;
    }

    /// Adds a text that could not be read.
    pub(super) fn add(&mut self, text: &[u8]) {
        for word in words(text).filter(|word| word.len() <= LONGEST) {
            if self.any {
                return;
            }
            if !self.words.contains(word) {
                self.bytes += word.len() + OVERHEAD;
                self.any = self.bytes > MAX_BYTES;
                self.words.insert(word.into());
            }
        }
    }

    /// True if an object that could not be read may have this name.
    pub(super) fn may_define(&self, name: &str) -> bool {
        if self.any || self.words.is_empty() || name.is_empty() {
            return self.any;
        }
        let mut known = self.known.borrow_mut();
        if let Some(answer) = known.get(name) {
            return *answer;
        }
        // Nobody reads thousands of such findings, and each name costs a search of all words.
        let answer = known.len() >= MAX_NAMES || words(name.as_bytes()).all(|part| self.has(part));
        known.insert(name.to_owned(), answer);
        answer
    }

    fn has(&self, part: &[u8]) -> bool {
        self.words.contains(part) || self.words.iter().any(|word| contains(word, part))
    }
}

fn contains(text: &[u8], name: &[u8]) -> bool {
    let Some((first, rest)) = name.split_first() else { return true };
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if text[from..].starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Unread, contains};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_that_a_text_has_may_be_defined(text in "[a-c:/. \\-\n{}\"é]{0,40}", name in "[a-c:/.\\- ]{1,4}") {
            let mut unread = Unread::default();
            unread.add(text.as_bytes());
            let is_there = contains(text.as_bytes(), name.as_bytes());
            prop_assert!(unread.may_define(&name) || !is_there);
            // A name that an object can have is found only if it is there.
            prop_assert!(name.contains(' ') || unread.may_define(&name) == is_there);
        }
    }

    #[test]
    fn a_text_with_too_many_words_may_define_any_name() {
        let words: Vec<_> = (0..1_200_000).map(|number| number.to_string()).collect();
        let text = words.join(" ");
        let mut unread = Unread::default();
        unread.add(text.as_bytes());
        assert!(unread.may_define("other") && unread.words.len() < 1_100_000);
    }
}
