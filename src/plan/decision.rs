//! What a plan says: ask, or go, and what then.

use std::time::Duration;

use crate::node::{Attempt, Moment, Phase, Question};
use crate::plan::change::{Change, Step};
use crate::report::{Failure, FailureCode, Finding};

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Ask these, then plan again.
    NeedsAnswers(Vec<Question>),
    /// Apply this.
    Plan(Plan),
}

/// Steps, and what holds when they are done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
    /// What must be known before it can be planned further.
    pub questions: Vec<Question>,
    /// What is worth telling.
    pub findings: Vec<Finding>,
    /// What holds after the last step.
    pub outcome: Outcome,
}

/// What holds when nothing is left to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The goal is reached.
    Done,
    /// The goal is as near as it can be: the chain that is there stays, for this reason.
    KeptLastGood(&'static str),
    /// `--no-wait`: something is missing, and that is all right.
    SkippedNoWait(Reason),
    /// Something must come first.
    Wait(Wait),
    /// It cannot be done.
    Fail(Failure),
}

/// Something that must come first.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// What, in words for a person.
    pub reason: Reason,
    /// When the plan will be another one even if nothing happens.
    pub until: Option<Moment>,
    /// When the program gives up, for a person; none: not at all, or not before something else was tried.
    pub gives_up: Option<Moment>,
    /// What wakes the reconcile besides file events.
    pub poll: Poll,
    /// Whether SIGTERM may end it: not while a restart is neither finished nor rolled back.
    pub interruptible: bool,
}

/// How often to look though no event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// The exponential backoff of `--backoff-initial` and `--backoff-max`.
    Backoff,
    /// This often.
    Every(Duration),
}

/// Why the program waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which kind; deadlines run from when a kind began.
    pub kind: ReasonKind,
    /// In words (`10-azure.conflist is 0 bytes`).
    pub text: String,
}

/// Kinds of reasons to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonKind {
    /// No primary, or an invalid one, or a plugin binary is missing.
    Primary,
    /// A binary is missing that the primary or the runtime needs without this program. It is awaited once in a process.
    Binary,
    /// The runtime does not answer, and not because of us.
    RuntimeSilent,
    /// The restart that is planned is held back, for the fleet's or the runtime's sake.
    RestartHeld,
    /// A config file of the runtime is being written, or was a moment ago.
    ConfigAtWork,
    /// Somebody changed the runtime's config and may restart it himself.
    AuthorsTurn,
    /// Another instance has a restart of the runtime in hand.
    AnothersRestart,
    /// The runtime was restarted and is not back yet.
    RuntimeStarting,
    /// The chain is published and the runtime does not confirm it yet.
    Unverified,
}

impl Plan {
    /// Nothing to do.
    pub const fn done() -> Self {
        Self { steps: Vec::new(), questions: Vec::new(), findings: Vec::new(), outcome: Outcome::Done }
    }

    /// Something to do, after which more may be planned.
    pub fn steps(steps: Vec<Step>) -> Self {
        Self { steps, ..Self::done() }
    }

    /// Nothing to do, and this is so.
    pub fn outcome(outcome: Outcome) -> Self {
        Self { outcome, ..Self::done() }
    }

    /// It cannot be done.
    pub fn fail(failure: Failure) -> Self {
        Self::outcome(Outcome::Fail(failure))
    }

    /// Something must be known first.
    pub fn ask(question: Question) -> Self {
        Self { questions: vec![question], ..Self::done() }
    }

    /// The same with a finding.
    #[must_use]
    pub fn with_finding(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// This plan, and behind it the next if this one ends well and knows enough.
    #[must_use]
    pub fn then(mut self, next: impl FnOnce() -> Self) -> Self {
        if self.outcome != Outcome::Done || !self.questions.is_empty() {
            return self;
        }
        let next = next();
        self.steps.extend(next.steps);
        self.questions.extend(next.questions);
        self.findings.extend(next.findings);
        self.outcome = next.outcome;
        self
    }

    /// The changes up to the first look: what is applied in one go.
    pub fn first_changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().map_while(|step| match step {
            Step::Change(change) => Some(change),
            Step::Look(_) => None,
        })
    }

    /// Whether its first changes end what a restart began: they are made even when the program is to stop.
    pub fn mends_a_restart(&self) -> bool {
        let begins = |change: &Change| {
            matches!(change, Change::Mark(Attempt { phase: Phase::Asked | Phase::Left, .. }))
        };
        let of_a_restart = |change: &Change| {
            matches!(change, Change::Mark(_) | Change::Restart { .. } | Change::ResetFailed { .. })
        };
        !self.first_changes().any(begins) && self.first_changes().any(of_a_restart)
    }

    /// All changes.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().filter_map(|step| match step {
            Step::Change(change) => Some(change),
            Step::Look(_) => None,
        })
    }
}

/// The chain would break pods.
pub(in crate::plan) fn refused(
    code: FailureCode,
    sentence: impl Into<String>,
    remedy: impl Into<String>,
) -> Plan {
    Plan::fail(Failure::new(code, sentence, remedy))
}
