//! How often this thread has read a file and composed a chain, for tests that hold it to once.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// What was counted since [`take`] was called last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// How often each file was read, by its name.
    pub(crate) read: BTreeMap<String, u32>,
    /// How many chains were composed.
    pub(crate) composed: u32,
}

thread_local! {
    static COUNTED: RefCell<Counted> = RefCell::default();
}

pub(super) fn note_read(name: &str) {
    COUNTED.with_borrow_mut(|counted| *counted.read.entry(name.to_owned()).or_default() += 1);
}

pub(super) fn note_composed() {
    COUNTED.with_borrow_mut(|counted| counted.composed += 1);
}

/// What was counted, and zero from here on.
pub(crate) fn take() -> Counted {
    COUNTED.take()
}
