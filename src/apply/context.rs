//! The settings of one call of `apply`.

use std::time::Duration;

use crate::node::Tally;
use crate::plan::Recording;

/// The settings that every change needs.
#[derive(Clone, Debug)]
pub struct ApplyContext {
    /// The owner of the plan, and whose records it writes.
    pub recording: Recording,
    /// The time limit for a restart and for waiting on another instance's lock.
    pub patience: Duration,
    /// What to note of the plan's changes before they are made, for later processes.
    pub tally: Option<Tally>,
}
