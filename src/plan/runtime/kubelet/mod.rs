//! What the kubelet is told of its cgroup driver, by its flags, its config file and the drop-ins of that. Whoever asks
//! reads it here: `--systemd-cgroup`, and `check`.

mod flags;
mod says;
#[cfg(test)]
mod tests;

pub(in crate::plan) use says::CONFIGS;
pub use says::{KubeletSays, kubelet_requests, kubelet_says};
