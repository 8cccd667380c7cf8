//! The only module that touches the host: files, sockets, processes, clocks. It decides nothing.
#![allow(clippy::disallowed_methods, reason = "this is the module that the other modules are sent to")]

pub mod at_once;
pub mod clock;
pub mod container;
pub mod cri;
pub mod dump;
pub mod enter;
pub mod events;
pub mod http;
pub mod in_turn;
pub mod interpreter;
mod late;
pub mod lock;
pub mod manifests;
mod mounts;
pub mod pod;
mod pod_note;
mod pod_traces;
pub mod process;
pub mod progress;
pub mod publish;
pub mod read;
pub mod restart;
pub mod rollback_timer;
pub mod root;
pub mod say;
pub mod start;
pub mod systemd;
pub mod thread;
pub mod trust;

pub use root::Root;
