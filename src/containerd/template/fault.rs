//! A mistake in a template.

/// An error and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) rule: String,
}

impl Fault {
    pub(super) fn new(offset: usize, rule: impl Into<String>) -> Self {
        Self { offset, rule: rule.into() }
    }
}
