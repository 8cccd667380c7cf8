//! The chain: composed from the primary, published, and verified with the runtime.

pub(in crate::plan) mod appended;
pub(in crate::plan) mod binaries;
pub(in crate::plan) mod compose;
pub(in crate::plan) mod crowded;
pub(in crate::plan) mod dead_watch;
pub(in crate::plan) mod elsewhere;
pub(in crate::plan) mod faults;
pub(in crate::plan) mod in_place;
pub(in crate::plan) mod last_resort;
pub(in crate::plan) mod needs;
pub(in crate::plan) mod network;
pub(in crate::plan) mod not_composed;
pub(in crate::plan) mod primary;
pub(in crate::plan) mod publish;
pub(in crate::plan) mod ready;
pub(in crate::plan) mod refusal;
pub(in crate::plan) mod single_network;
pub(in crate::plan) mod takeover;
pub(in crate::plan) mod verified;
pub(in crate::plan) mod wait_for;
