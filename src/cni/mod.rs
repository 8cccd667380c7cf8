//! CNI configuration: conflists, the rules by which a runtime loads them, and how a chain is composed.
//!
//! Everything here takes bytes and gives bytes. The verdict over a file is the runtime's own: that of libcni's
//! `conf.go` over Go's `encoding/json`, whose ways (invalid UTF-8 and lone surrogates are replaced, `null` leaves a
//! typed field empty, keys of typed fields match whatever their case, a number beyond `float64` is an error, 10,000
//! levels at most) are followed. Nothing that Go refuses is accepted here. Three things that it accepts are refused,
//! because a chain composed from them could be read otherwise by the runtime than by us:
//!
//! * a key that occurs twice at the top of a list, and `type`, `name` or `cniVersion` twice in a plugin object, in
//!   whatever case (the runtime takes the last, or the one that sorts last);
//! * a list without `plugins`, for which libcni 1.3 reads plugins from a directory beside the file;
//! * a repeated typed field of which any value has the wrong type (the runtime looks at the last alone).

mod appended;
mod attachment;
mod compose;
mod conflist;
mod directory;
mod executed;
mod json;
mod layout;
mod output;
mod plugin;
mod primary;
mod rules;
mod same;
mod typed;
mod version;
mod violation;
mod wrap;

pub use attachment::Attachment;
pub use compose::{ChainLayer, ComposeError, Composed, Position, PositionError, compose};
pub use conflist::Conflist;
pub use directory::{Content, Listing, Unloadable, would_load};
pub use output::{OutputError, output_file};
pub use plugin::{Plugin, PluginError};
pub use primary::{Primary, Selector, SelectorError, primary};
pub use rules::{Extension, Libcni, extension};
pub use version::{VersionError, Versions};
pub use violation::{Rule, Violation};
pub use wrap::{Wrap, is_file_of_multus, is_multus, wraps_itself};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod table;
