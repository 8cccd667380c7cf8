//! Observes the node and answers the plan's questions. It decides nothing.

mod answer;
mod dry_load;
mod eye;
mod look;
mod pod;
mod programs;
mod read_request;
mod scope;
mod service;
mod version;

pub use answer::{Reply, answers};
pub use look::look;
pub use read_request::{containerd_release, kubelet, read, sockets};
pub use scope::Scope;
