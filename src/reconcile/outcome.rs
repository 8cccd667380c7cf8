//! How the loop are to go, and how they ended.

use std::sync::Arc;
use std::time::Duration;

use crate::node::{IoFailed, Node};
use crate::plan::{Change, Desired, History, Plan, Reason, Settings};
use crate::report::{Exit, Failure, Finding};

/// How the loop ended, with all that a report needs.
#[derive(Debug)]
pub struct Reconciled {
    /// How.
    pub end: End,
    /// What was typed.
    pub settings: Arc<Settings>,
    /// The node as it was seen last.
    pub node: Node,
    /// What was wanted of it; absent if that could not be made out.
    pub desired: Option<Desired>,
    /// What happened.
    pub history: History,
    /// What is worth telling.
    pub findings: Vec<Finding>,
    /// Every change that was made, in order, with the node that it was made on.
    pub done: Vec<(Change, Option<Vec<u8>>)>,
    /// How long the primary was awaited.
    pub waited: Duration,
}

/// How the loop ended.
#[derive(Debug)]
pub enum End {
    /// The goal is reached.
    Done,
    /// The chain that is there stays, for this reason.
    KeptLastGood(&'static str),
    /// `--no-wait`: something is missing.
    SkippedNoWait(Reason),
    /// `--dry-run`: this would be done.
    Planned(Plan),
    /// It cannot be done.
    Fail(Failure),
    /// The operating system refused something.
    IoFailed(IoFailed),
    /// A signal ended the wait for this.
    Stopped(Exit, String),
}

/// How to reconcile.
#[derive(Clone, Copy, Debug)]
pub struct LoopOptions {
    /// `--backoff-initial`.
    pub initial: Duration,
    /// `--backoff-max`.
    pub max: Duration,
    /// `--dry-run`: plan, change nothing.
    pub dry_run: bool,
}
