//! A plan in the making.

use crate::plan::blocked::{Blocked, On};
use crate::plan::change::{Change, Step, changes};
use crate::plan::decision::{Decision, Outcome, Plan};
use crate::report::Finding;

/// What the concerns have planned so far. The outcome follows from the first concern that is blocked.
#[derive(Debug, Default)]
pub(in crate::plan) struct Draft {
    /// The steps, in order.
    pub(in crate::plan) steps: Vec<Step>,
    /// The findings for the report.
    pub(in crate::plan) findings: Vec<Finding>,
}

impl Draft {
    /// Adds a change.
    pub(in crate::plan) fn change(&mut self, change: Change) {
        self.steps.push(Step::Change(change));
    }

    /// The steps after this one are planned on the node as it is then; `expected` names what is expected.
    pub(in crate::plan) fn look(&mut self, expected: &'static str) {
        self.steps.push(Step::Look(expected));
    }

    /// Adds another draft behind this one.
    pub(in crate::plan) fn extend(&mut self, other: Self) {
        self.steps.extend(other.steps);
        self.findings.extend(other.findings);
    }

    /// True if steps after these must be planned on a new observation.
    pub(in crate::plan) fn looks(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Look(_)))
    }

    /// All changes.
    pub(in crate::plan) fn changes(&self) -> impl Iterator<Item = &Change> {
        changes(&self.steps)
    }

    /// The decision, after the last concern that could be planned.
    pub(in crate::plan) fn decided(mut self, end: Result<(), Blocked>) -> Decision {
        let outcome = match end.map_err(Blocked::into_parts) {
            Ok(()) => Outcome::Done,
            Err((On::Questions(questions), _)) => return Decision::NeedsAnswers(questions),
            Err((On::Outcome(outcome), findings)) => {
                self.findings.extend(findings);
                outcome
            }
        };
        Decision::Plan(Plan { steps: self.steps, findings: self.findings, outcome })
    }
}

impl From<Blocked> for Part {
    fn from(blocked: Blocked) -> Self {
        Self { draft: Draft::default(), end: Err(blocked) }
    }
}

/// A part of a plan that is looked at as a whole before it is used.
#[derive(Debug)]
pub(in crate::plan) struct Part {
    /// What was planned.
    pub(in crate::plan) draft: Draft,
    /// What blocks the rest of the part.
    pub(in crate::plan) end: Result<(), Blocked>,
}

impl Part {
    /// Plans a part on its own.
    pub(in crate::plan) fn of(concern: impl FnOnce(&mut Draft) -> Result<(), Blocked>) -> Self {
        let mut draft = Draft::default();
        let end = concern(&mut draft);
        Self { draft, end }
    }

    /// True if questions must be answered first.
    pub(in crate::plan) fn asks(&self) -> bool {
        self.end.as_ref().is_err_and(Blocked::asks)
    }

    /// The outcome with which the pass ends because of it; `None` if it is complete or asks.
    pub(in crate::plan) fn outcome(&self) -> Option<&Outcome> {
        self.end.as_ref().err()?.outcome()
    }

    /// Adds the part to a plan.
    pub(in crate::plan) fn add_to(self, draft: &mut Draft) -> Result<(), Blocked> {
        draft.extend(self.draft);
        self.end
    }
}
