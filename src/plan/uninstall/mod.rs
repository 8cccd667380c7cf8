//! A node without this owner's layer: the record, undone in the safe order. The chain first, so that no pod is made with a
//! plugin that goes; the runtime's config next, when one network is left whatever it says; binaries last.

pub(in crate::plan) mod back;
pub(in crate::plan) mod binaries;
pub(in crate::plan) mod chain;
pub(in crate::plan) mod config;
pub(in crate::plan) mod undo;
pub(in crate::plan) mod verify;
