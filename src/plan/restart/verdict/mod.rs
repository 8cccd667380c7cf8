//! The verdict without which no restart is planned.

pub(in crate::plan) mod comes_up;
pub(in crate::plan) mod judges;
