//! The kubelet's settings for its cgroup driver: its flags, its config file and that file's drop-ins.
//! `--systemd-cgroup` and `check` both read them here.

mod flags;
mod says;
#[cfg(test)]
mod tests;

pub use says::{KubeletSays, kubelet_requests, kubelet_says};
