//! Runs a program of the host from inside a container: in the host's namespaces, or below the host's root.
//!
//! `setns` into a mount namespace fails (`EINVAL`) in a process with a second thread, and `chroot` changes the root
//! of all threads. So this program starts a copy of itself as a child, which enters and starts the host's program as the
//! first act of its `main` ([`take_over`]). Doing that between fork and exec would need `unsafe`.

mod command;
mod error;
mod inside;
mod outside;
mod pump;
mod report;
mod tend;

pub use command::{HostCommand, How, Output};
pub use error::{EnterError, Stage};
pub use inside::take_over;
