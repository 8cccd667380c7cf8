//! One debug event for each step of the loop: observed, asked, answered, planned, applied, waiting. Events have
//! names, kinds and counts, never the content of files and answers.

use std::time::Duration;

use crate::node::{Answers, Asked, Node, Observed, Question};
use crate::plan::{Change, Outcome, Plan, Step, Wait};

/// The node was observed.
pub(super) fn observed(node: &Node) {
    tracing::debug!(
        files = node.files.len(),
        directories = node.dirs.len(),
        runtime = node.incarnation().map(|incarnation| incarnation.0),
        "observed"
    );
}

/// A question is asked because the plan needs its answer.
pub(super) fn asked(question: &Question) {
    tracing::debug!(question = question.word(), about = question.about(), "asked");
}

/// The question was answered, or the answer is unknown.
pub(super) fn answered(question: &Question, answers: &Answers) {
    let answer = match question {
        Question::Runtime => answers.runtime.as_ref().map(of),
        Question::Sandboxes => answers.sandboxes.as_ref().map(of),
        Question::Service { .. } => answers.service.as_ref().map(of),
        Question::Version(asked) => answers.versions.get(&asked.plugin).map(|(_, answer)| of(answer)),
        Question::DryLoad { key, .. } => answers.dry_loads.get(key).map(of),
    };
    let (answer, why) = answer.unwrap_or(("absent", None));
    tracing::debug!(question = question.word(), about = question.about(), answer, why, "answered");
}

fn of<T>(asked: &Asked<T>) -> (&'static str, Option<&str>) {
    match &asked.said {
        Observed::Present(_) => ("seen", None),
        Observed::Absent => ("absent", None),
        Observed::Unknown(why) => ("hidden", Some(why)),
    }
}

/// A plan was made: its steps in order, and its outcome.
pub(super) fn planned(plan: &Plan) {
    let rest = match &plan.outcome {
        Outcome::Done => "done",
        Outcome::KeptLastGood(_) => "kept",
        Outcome::SkippedNoWait(_) => "left",
        Outcome::Wait(_) => "wait",
        Outcome::Fail(_) => "fail",
    };
    let word = |step: &Step| match step {
        Step::Change(change) => change.word(),
        Step::Look(_) => "look",
    };
    tracing::debug!(steps = words(plan.steps.iter().map(word)), rest, "planned");
}

/// Changes were made.
pub(super) fn applied(done: &[Change]) {
    tracing::debug!(changes = words(done.iter().map(Change::word)), "applied");
}

/// The loop waits: the longest time until the next observation, and the reason.
pub(super) fn waiting(wait: &Wait, at_most: Duration) {
    let at_most_ms = u64::try_from(at_most.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(kind = ?wait.reason.kind, at_most_ms, "waiting");
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}
