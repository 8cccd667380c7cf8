//! The result of planning: questions to ask, or a plan to apply.

use std::time::Duration;

use crate::node::{Attempt, Kind, Moment, Phase, Question};
use crate::plan::change::{Change, Step, changes, first_changes};
use crate::report::{Failure, Finding};

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Ask these questions, then plan again.
    NeedsAnswers(Vec<Question>),
    /// Apply this plan.
    Plan(Plan),
}

/// Steps, and the outcome after them.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The findings for the report.
    pub findings: Vec<Finding>,
    /// The outcome after the last step.
    pub outcome: Outcome,
}

/// The outcome when no step is left.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The desired state is reached.
    Done,
    /// The existing chain is kept, for this reason; no more can be done.
    KeptLastGood(&'static str),
    /// Something is missing, and `--no-wait` forbids to wait for it. This is not a failure.
    SkippedNoWait(Reason),
    /// Something must happen first.
    Wait(Wait),
    /// The desired state cannot be reached.
    Fail(Failure),
}

/// A wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// The reason.
    pub reason: Reason,
    /// When to plan again even if nothing happens.
    pub until: Option<Moment>,
    /// When the program gives up, for messages; `None` if it does not, or not before it has tried something else.
    pub gives_up: Option<Moment>,
    /// What ends the wait besides file events.
    pub poll: Poll,
    /// True if SIGTERM may end the wait: not while a restart is neither finished nor rolled back.
    pub interruptible: bool,
}

/// The interval of observations without events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// The exponential backoff of `--backoff-initial` and `--backoff-max`.
    Backoff,
    /// This interval.
    Every(Duration),
}

/// The reason for a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The kind; deadlines count from the beginning of a kind.
    pub kind: ReasonKind,
    /// The reason in words (`10-azure.conflist is 0 bytes`).
    pub text: String,
}

/// Kinds of reasons for a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonKind {
    /// The primary is missing or invalid, or a plugin binary is missing.
    Primary,
    /// A binary is missing that the primary or the runtime needs even without this program. A process waits for it
    /// once.
    Binary,
    /// The runtime does not answer, and this program did not cause that.
    RuntimeSilent,
    /// The planned restart is delayed, to protect the fleet or the runtime.
    RestartHeld,
    /// A config file of the runtime is being written, or was a moment ago.
    ConfigAtWork,
    /// Another program or person changed the runtime's config, and gets time to restart the runtime.
    AuthorMayRestart,
    /// Another instance is restarting the runtime.
    AnothersRestart,
    /// The runtime was restarted and is not up yet.
    RuntimeStarting,
    /// The chain is published, and the runtime does not confirm it yet.
    Unverified,
    /// A program that opened the primary's file before it was replaced may still write into it.
    LateWriter,
}

impl Plan {
    /// No steps: the desired state is reached.
    pub const fn done() -> Self {
        Self { steps: Vec::new(), findings: Vec::new(), outcome: Outcome::Done }
    }

    /// These steps, after which the desired state is reached.
    pub fn steps(steps: Vec<Step>) -> Self {
        Self { steps, ..Self::done() }
    }

    /// The same plan, without the steps that publish the chain: nothing is retired without the list in its place.
    #[must_use]
    pub fn without_chain(mut self) -> Self {
        self.steps.retain(|step| match step {
            Step::Change(Change::Publish(publish)) => publish.kind != Kind::Chain,
            Step::Change(Change::Retire(_)) => false,
            _ => true,
        });
        self
    }

    /// The same findings, with this failure instead of the steps and the outcome.
    #[must_use]
    pub fn refused(self, failure: Failure) -> Self {
        Self { steps: Vec::new(), outcome: Outcome::Fail(failure), ..self }
    }

    /// The changes up to the next observation, which are applied together.
    pub fn first_changes(&self) -> impl Iterator<Item = &Change> {
        first_changes(&self.steps)
    }

    /// All changes.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        changes(&self.steps)
    }

    /// True if the first changes complete a restart: they are made even after a signal.
    pub fn mends_a_restart(&self) -> bool {
        let begins = |change: &Change| {
            matches!(change, Change::Mark(Attempt { phase: Phase::Asked | Phase::Left, .. }))
        };
        let of_a_restart = |change: &Change| {
            matches!(change, Change::Mark(_) | Change::Restart { .. } | Change::ResetFailed { .. })
        };
        !self.first_changes().any(begins) && self.first_changes().any(of_a_restart)
    }
}
