//! The runtime: its config is patched only if its live values differ from the desired ones.

pub(in crate::plan) mod cgroup;
pub(in crate::plan) mod config;
pub(in crate::plan) mod early;
pub(in crate::plan) mod edit_target;
pub(in crate::plan) mod fresh;
pub(in crate::plan) mod image;
pub(in crate::plan) mod judged;
pub(in crate::plan) mod kubelet;
pub(in crate::plan) mod live;
pub(in crate::plan) mod main_file;
pub(in crate::plan) mod silent;
pub(in crate::plan) mod template;
