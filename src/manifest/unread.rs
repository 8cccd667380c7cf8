//! What could not be read. It may define what others name.

use std::cell::RefCell;
use std::collections::HashMap;

/// The number of names that are looked for.
const MAX_NAMES: usize = 200;

/// The texts of documents that could not be read.
#[derive(Default)]
pub(super) struct Unread<'a> {
    /// True if a template was among the documents: it may define any name.
    template: bool,
    texts: Vec<&'a [u8]>,
    /// The answers so far: a text of megabytes is searched once for each name.
    known: RefCell<HashMap<String, bool>>,
}

impl<'a> Unread<'a> {
    pub(super) fn add_template(&mut self) {
        self.template = true;
    }

    pub(super) fn add(&mut self, text: &'a [u8]) {
        self.texts.push(text);
    }

    /// True if an object that could not be read may have this name.
    pub(super) fn may_define(&self, name: &str) -> bool {
        if self.template || self.texts.is_empty() || name.is_empty() {
            return self.template;
        }
        let mut known = self.known.borrow_mut();
        if let Some(answer) = known.get(name) {
            return *answer;
        }
        // Nobody reads thousands of such findings, and each name costs a search of all texts.
        let answer =
            known.len() >= MAX_NAMES || self.texts.iter().any(|text| contains(text, name.as_bytes()));
        known.insert(name.to_owned(), answer);
        answer
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
