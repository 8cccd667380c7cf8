//! What a planning pass computes once: the primary and the chain.

use crate::cni::Conflist;
use crate::node::HostPath;

/// The primary, once it is there and good.
pub(in crate::plan) struct Ready {
    /// Its path.
    pub(in crate::plan) path: HostPath,
    /// What it holds.
    pub(in crate::plan) conflist: Conflist,
}
