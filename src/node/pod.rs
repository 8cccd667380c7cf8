//! A pod's sandbox that the program starts and removes, as the proof that pods start.

use std::time::Duration;

use super::Digest;

/// What is asked: does a pod start?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodQuestion {
    /// The hash of what the pod would run on: the loaded networks and the runtime's start.
    pub key: Digest,
    /// The cgroup parent of the sandbox, which fits the runtime's cgroup driver.
    pub cgroup_parent: &'static str,
    /// How long the runtime may take to start it.
    pub patience: Duration,
}

/// Did a pod start?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodAnswer {
    /// It started, with these addresses, and was removed.
    Started(Vec<String>),
    /// It did not start, with these words of the runtime.
    Failed(String),
    /// It is not known, for this reason.
    NotKnown(String),
}

/// What became of the sandboxes of earlier runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftPods {
    /// The reason for each sandbox that could not be removed. It stays noted.
    pub left: Vec<String>,
}
