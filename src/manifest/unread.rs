//! What could not be read. It may define what others name.

use std::cell::RefCell;
use std::collections::HashMap;

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
        *self
            .known
            .borrow_mut()
            .entry(name.to_owned())
            .or_insert_with(|| self.texts.iter().any(|text| String::from_utf8_lossy(text).contains(name)))
    }
}
