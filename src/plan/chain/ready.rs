//! The values that a planning pass computes once: the primary and the chain.

use std::cell::OnceCell;

use crate::cni::{Composed, Conflist};
use crate::node::HostPath;
use crate::plan::blocked::Blocked;

/// A valid primary.
pub(in crate::plan) struct Ready {
    /// The path of the file.
    pub(in crate::plan) path: HostPath,
    /// The parsed file.
    pub(in crate::plan) conflist: Conflist,
    /// True for a network that the runtime itself brings, which was taken because no other came.
    pub(in crate::plan) is_last_resort: bool,
    /// The file and the content of the chain that is made from it, or what blocks it; computed when it is
    /// first asked for (`chain/compose.rs`).
    pub(in crate::plan) chain: OnceCell<Result<(HostPath, Composed), Blocked>>,
}
