//! The settings of one call of `apply`.

use std::time::Duration;

use crate::node::Layer;

/// The settings that every change needs.
#[derive(Clone, Debug)]
pub struct ApplyContext {
    /// The owner of the plan.
    pub owner: String,
    /// The owner's layer, for the record.
    pub layer: Layer,
    /// The time limit for a restart and for waiting on another instance's lock.
    pub patience: Duration,
}
