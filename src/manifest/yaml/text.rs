//! Texts that are slices of a file where that is possible.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// A text: a slice of the file, or a shared text that was made of it (escapes, folded lines).
#[derive(Clone)]
pub(in crate::manifest) enum Text<'t> {
    Slice(&'t str),
    Made(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Slice(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::Made(text.into())
    }
}
