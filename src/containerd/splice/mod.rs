//! Edits of a config's text that keep every other byte.
//!
//! `toml_edit` only finds positions. Its printer is not used, because it changes line endings, the byte order mark,
//! interleaved dotted keys and a missing last newline.

mod apply;
mod layout;
mod list;
mod set;
mod spell;

pub(crate) use list::remove_from_list;
pub(crate) use set::{set, set_root};
pub(crate) use spell::dotted;
