//! Changes to a config's text that leave every other byte where it is.
//!
//! `toml_edit` says where things are; it prints nothing here, since its printer changes line endings, the byte order
//! mark, interleaved dotted keys and a missing last newline.

mod apply;
mod layout;
mod list;
mod set;
mod spell;

pub(crate) use list::remove_from_list;
pub(crate) use set::{set, set_root};
pub(crate) use spell::dotted;
