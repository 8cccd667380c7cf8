//! Uninstalls an owner's layer, from its record, in a safe order: the chain first, so that no new pod uses a plugin
//! that is about to be removed; then the runtime's config, when only one network is left; the binaries last.

pub(in crate::plan) mod back;
pub(in crate::plan) mod binaries;
pub(in crate::plan) mod chain;
pub(in crate::plan) mod config;
pub(in crate::plan) mod shared_config;
pub(in crate::plan) mod undo;
pub(in crate::plan) mod verify;
