//! Changes to a config's text that leave every other byte where it is.
//!
//! `toml_edit` says where things are; it prints nothing here, since its printer changes line endings, the byte order
//! mark, interleaved dotted keys and a missing last newline.

mod layout;
mod list;
mod set;
mod spell;

use std::ops::Range;

pub(crate) use list::remove_from_list;
pub(crate) use set::{set, set_root};
pub(crate) use spell::dotted;

/// Puts `text` in place of a range of the source's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    pub(crate) at: Range<usize>,
    pub(crate) text: String,
}

impl Splice {
    fn insert(at: usize, text: String) -> Self {
        Self { at: at..at, text }
    }
}

/// The text with the splices made. They do not overlap.
pub(crate) fn apply(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.at.start);
    let mut result = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for splice in splices {
        result.push_str(text.get(from..splice.at.start).unwrap_or(""));
        result.push_str(&splice.text);
        from = splice.at.end;
    }
    result.push_str(text.get(from..).unwrap_or(""));
    result
}
