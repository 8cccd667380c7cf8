//! CNI configuration: conflists, the rules by which a runtime loads them, and the composition of a chain.
//!
//! All functions are pure. They accept a file exactly if the runtime does, by libcni's `conf.go` and Go's
//! `encoding/json`: invalid UTF-8 and lone surrogates are replaced, `null` leaves a typed field empty, keys of typed
//! fields match in any case, a number beyond `float64` is an error, and so are more than 10,000 levels. Three things
//! that Go accepts are refused, because the runtime could read a chain with them differently from this program:
//!
//! * a key that occurs twice at the top of a list, and `type`, `name` or `cniVersion` twice in a plugin object, in
//!   any case (the runtime takes the last one, or the one that sorts last);
//! * a list without `plugins`, for which libcni 1.3 reads plugins from a directory beside the file;
//! * a repeated typed field if any of its values has the wrong type (the runtime checks the last one only).

mod appended;
mod asks_api;
mod attachment;
mod base;
mod compose;
mod conflist;
mod directory;
mod executed;
mod host_local;
mod json;
mod layout;
mod named_files;
mod output;
mod plugin;
mod primary;
mod rules;
mod same;
mod typed;
mod version;
mod violation;
mod wrap;

pub use asks_api::asks_no_api;
pub use attachment::Attachment;
pub use base::without;
pub use compose::{ChainLayer, ComposeError, Composed, Position, PositionError, compose, unchained};
pub use conflist::Conflist;
pub use directory::{Content, Listing, Unloadable, would_load};
pub use host_local::{AddressRange, HostLocal};
pub use named_files::NamedFile;
pub use output::{OutputError, output_file};
pub use plugin::{Plugin, PluginError};
pub use primary::{Primary, Selector, SelectorError, is_default_of_runtime, is_package_default, primary};
pub use rules::{Extension, Libcni, extension};
pub use version::{VersionError, Versions};
pub use violation::{Rule, Violation};
pub use wrap::{Wrap, is_file_of_multus, is_multus, wraps_itself};

#[cfg(test)]
pub(crate) mod counted;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod table;
