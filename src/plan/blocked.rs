//! An early exit of a concern that is not an error.

use crate::node::Question;
use crate::plan::decision::{Outcome, Reason, Wait};
use crate::report::{Failure, FailureCode, Finding};

/// What keeps a concern from going on now. The concerns after it are not planned.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::plan) struct Blocked {
    on: Box<On>,
    /// Findings about it for the report.
    pub(in crate::plan) findings: Vec<Finding>,
}

/// The cause. Only the functions below create it, so the outcome is never `Done`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::plan) enum On {
    /// These questions must be answered first.
    Questions(Vec<Question>),
    /// The pass ends with this outcome.
    Outcome(Outcome),
}

impl Blocked {
    fn on(on: On) -> Self {
        Self { on: Box::new(on), findings: Vec::new() }
    }

    /// This question must be answered first.
    pub(in crate::plan) fn ask(question: Question) -> Self {
        Self::on(On::Questions(vec![question]))
    }

    /// Succeeds if there is no question.
    pub(in crate::plan) fn ask_all(questions: Vec<Question>) -> Result<(), Self> {
        if questions.is_empty() { Ok(()) } else { Err(Self::on(On::Questions(questions))) }
    }

    /// Something must happen first.
    pub(in crate::plan) fn wait(wait: Wait) -> Self {
        Self::on(On::Outcome(Outcome::Wait(wait)))
    }

    /// Something is missing, and `--no-wait` forbids to wait for it.
    pub(in crate::plan) fn skipped(reason: Reason) -> Self {
        Self::on(On::Outcome(Outcome::SkippedNoWait(reason)))
    }

    /// The existing chain is kept, with a finding that says why.
    pub(in crate::plan) fn kept_last_good(why: &'static str, finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::on(On::Outcome(Outcome::KeptLastGood(why))) }
    }

    /// The desired state cannot be reached.
    pub(in crate::plan) fn refused(
        code: FailureCode,
        sentence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Failure::new(code, sentence, remedy).into()
    }

    /// The same, with a fact before the sentence of a failure: what was done already, and stays.
    pub(in crate::plan) fn behind(mut self, fact: &str) -> Self {
        if let On::Outcome(Outcome::Fail(failure)) = &mut *self.on {
            failure.sentence = format!("{fact}; {}", failure.sentence);
        }
        self
    }

    /// The cause and the findings.
    pub(in crate::plan) fn into_parts(self) -> (On, Vec<Finding>) {
        (*self.on, self.findings)
    }

    /// True if questions must be answered first.
    pub(in crate::plan) fn asks(&self) -> bool {
        !self.questions().is_empty()
    }

    /// The questions that must be answered first.
    pub(in crate::plan) fn questions(&self) -> &[Question] {
        match &*self.on {
            On::Questions(questions) => questions,
            On::Outcome(_) => &[],
        }
    }

    /// Asks the questions of another concern together with its own.
    pub(in crate::plan) fn also_asking<T>(mut self, other: Result<T, Self>) -> Self {
        if let (On::Questions(questions), Err(other)) = (&mut *self.on, other) {
            questions.extend_from_slice(other.questions());
        }
        self
    }

    /// The outcome with which the pass ends; `None` if questions must be answered first.
    pub(in crate::plan) fn outcome(&self) -> Option<&Outcome> {
        match &*self.on {
            On::Questions(_) => None,
            On::Outcome(outcome) => Some(outcome),
        }
    }

    /// The failure, if it is one.
    pub(in crate::plan) fn failure(&self) -> Option<&Failure> {
        if let Some(Outcome::Fail(failure)) = self.outcome() { Some(failure) } else { None }
    }

    /// The reason for a wait, whether or not `--no-wait` forbids it.
    pub(in crate::plan) fn awaits(&self) -> Option<&Reason> {
        match self.outcome()? {
            Outcome::Wait(wait) => Some(&wait.reason),
            Outcome::SkippedNoWait(reason) => Some(reason),
            Outcome::Done | Outcome::KeptLastGood(_) | Outcome::Fail(_) => None,
        }
    }
}

impl From<Failure> for Blocked {
    fn from(failure: Failure) -> Self {
        Self::on(On::Outcome(Outcome::Fail(failure)))
    }
}

/// The value, or `None` if anything but a question blocks it. Questions are asked first.
pub(in crate::plan) fn if_possible<T>(result: Result<T, Blocked>) -> Result<Option<T>, Blocked> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(blocked) if blocked.asks() => Err(blocked),
        Err(_) => Ok(None),
    }
}
