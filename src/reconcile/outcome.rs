//! The options of the loop, and its result.

use std::sync::Arc;
use std::time::Duration;

use crate::node::{IoFailed, Listen, Node};
use crate::plan::{Change, Desired, History, Plan, Reason, Settings};
use crate::report::{Exit, Failure, Finding};

/// The result of the loop, with all that a report needs.
#[derive(Debug)]
pub struct Reconciled {
    /// How the loop ended.
    pub end: End,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The node as it was observed last.
    pub node: Node,
    /// The desired state; `None` if it could not be resolved.
    pub desired: Option<Desired>,
    /// The history of the run.
    pub history: History,
    /// The findings for the report.
    pub findings: Vec<Finding>,
    /// The changes that were made, in order, each with the bytes of its file from before.
    pub done: Vec<(Change, Option<Vec<u8>>)>,
    /// How long the run waited for the primary.
    pub waited: Duration,
}

/// How the loop ended.
#[derive(Debug)]
pub enum End {
    /// The desired state is reached.
    Done,
    /// The existing chain is kept, for this reason.
    KeptLastGood(&'static str),
    /// Something is missing, and `--no-wait` forbids to wait for it.
    SkippedNoWait(Reason),
    /// `--dry-run`: this plan would be applied.
    Planned(Plan),
    /// The desired state cannot be reached.
    Fail(Failure),
    /// The operating system refused an operation.
    IoFailed(IoFailed),
    /// A signal ended the run; the text is the reason of the interrupted wait.
    Stopped(Exit, String),
    /// A signal ended `watch` while it waited for nothing. The node stays as it is.
    Released(Exit),
}

/// The options of the loop.
#[derive(Clone, Debug)]
pub struct LoopOptions {
    /// `--backoff-initial`.
    pub initial: Duration,
    /// `--backoff-max`.
    pub max: Duration,
    /// `--dry-run`: plan, change nothing.
    pub dry_run: bool,
    /// `--on-failure continue`: a failure does not keep the pod's other containers from their start.
    pub continues: bool,
    /// `--listen`: where a run that stays has its endpoints.
    pub listen: Vec<Listen>,
}
