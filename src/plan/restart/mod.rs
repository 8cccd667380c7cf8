//! A restart of the runtime: requested once for one reason, watched, and rolled back if the runtime does not come up.

pub(in crate::plan) mod arm;
pub(in crate::plan) mod at_rest;
pub(in crate::plan) mod changed_files;
pub(in crate::plan) mod down;
pub(in crate::plan) mod failures;
pub(in crate::plan) mod held;
pub(in crate::plan) mod mark;
pub(in crate::plan) mod once;
pub(in crate::plan) mod pending_edit;
pub(in crate::plan) mod request;
pub(in crate::plan) mod reserve;
pub(in crate::plan) mod resume_restart;
pub(in crate::plan) mod rollback;
pub(in crate::plan) mod rollback_timer;
pub(in crate::plan) mod service;
pub(in crate::plan) mod unread;
pub(in crate::plan) mod unseen;
pub(in crate::plan) mod validate;
pub(in crate::plan) mod verdict;
pub(in crate::plan) mod whole;
