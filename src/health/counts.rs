//! What has happened since the process began, by cause.

use std::collections::BTreeMap;

/// Why the chain was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecomposedFor {
    /// The chain was not there before.
    First,
    /// The primary or the plugins have changed.
    Primary,
    /// Another program removed or renamed the chain.
    Removed,
    /// Another program wrote over the chain.
    Rewritten,
}

impl RecomposedFor {
    /// All causes.
    pub const ALL: [Self; 4] = [Self::First, Self::Primary, Self::Removed, Self::Rewritten];

    /// The value of the label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Primary => "primary",
            Self::Removed => "removed",
            Self::Rewritten => "rewritten",
        }
    }
}

/// What has happened since the process began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Publications of the chain, by cause.
    pub recompositions: BTreeMap<RecomposedFor, u64>,
    /// Restarts of the runtime that were requested.
    pub restarts: u64,
    /// Ends of the loop because another program undoes its changes.
    pub contention: u64,
}
