//! Eyes: look at the node, ask what must be asked. It decides nothing.

mod answer;
mod dry_load;
mod glance;
mod look;
mod programs;
mod scope;
mod service;
mod version;

pub use answer::answer;
pub use glance::{containerd_release, glance, kubelet, sockets};
pub use look::look;
pub use scope::Scope;
