//! The report of one run.

use serde::Serialize;

use super::action::Action;
use super::exit::Exit;
use super::failure::Failure;
use super::finding::Finding;
use super::parts::{Binary, Chain, Pod, Primary, Proof, Runtime, Why};
use crate::node::Page;

/// The report of one run (`--output json`): the contract's "cni-bootstrap.report/1". A part that does not apply is
/// left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report<F = Finding> {
    /// Always "cni-bootstrap.report/1".
    pub schema: &'static str,
    /// The verb.
    pub verb: &'static str,
    /// The owner of the chain.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The result as one word.
    pub outcome: OutcomeWord,
    /// The exit code.
    pub exit_code: u8,
    /// The code of the failure, as in `docs/exit-codes.md`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The last line on standard error, without its level.
    pub message: String,
    /// The wall time of the run in milliseconds.
    pub elapsed_ms: u64,
    /// The primary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<Primary>,
    /// The chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<Chain>,
    /// Plugin binaries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub binaries: Vec<Binary>,
    /// The runtime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Runtime>,
    /// The runtime's confirmation of the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// The changes that were made, or with `--dry-run` would be made, in order.
    pub actions: Vec<Action>,
    /// The findings.
    pub findings: Vec<F>,
    /// The pod of `check --pod`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<Pod>,
    /// What the words of `check --why` mean; empty if no row of the table of messages fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Vec<Why>>,
    /// The things that `check` could not observe, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<String>,
}

impl<F> Report<F> {
    /// The report of a run without a node, or of one that failed before it observed the node.
    pub fn bare(verb: &'static str, outcome: OutcomeWord, exit: Exit, message: String) -> Self {
        Self {
            schema: SCHEMA,
            verb,
            owner: String::new(),
            outcome,
            exit_code: exit.code(),
            code: None,
            message,
            elapsed_ms: 0,
            primary: None,
            chain: None,
            binaries: Vec::new(),
            runtime: None,
            proof: None,
            actions: Vec::new(),
            findings: Vec::new(),
            pod: None,
            why: None,
            unseen: Vec::new(),
        }
    }

    /// The report of a run that failed before it came to a node.
    pub fn failed(verb: &'static str, failure: &Failure) -> Self {
        let bare = Self::bare(verb, OutcomeWord::Failed, failure.exit(), failure.to_string());
        Self { code: Some(failure.code.name()), ..bare }
    }

    /// The report for `--on-failure continue`: the exit codes 3 to 9 become 0; code, sentence and findings stay.
    #[must_use]
    pub fn continued(self) -> Self {
        if (Exit::NoPrimary.code()..=Exit::Contended.code()).contains(&self.exit_code) {
            return Self { outcome: OutcomeWord::Failed, exit_code: Exit::Done.code(), ..self };
        }
        self
    }
}

/// The report as one JSON object.
pub fn json<F: Serialize>(report: &Report<F>) -> Page {
    Page::json(report)
}

/// The schema's name.
pub const SCHEMA: &str = "cni-bootstrap.report/1";

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeWord {
    /// The chain runs, and this run changed something.
    Ready,
    /// The chain runs, but pods still fail because of another problem.
    #[serde(rename = "ready-with-problems")]
    ReadyWithProblems,
    /// Nothing had to be changed. Of `check` and `lint`: nothing is wrong in what was seen, and not all was seen.
    Unchanged,
    /// `--dry-run`.
    Planned,
    /// Something is missing, and the run did not wait for it.
    Waiting,
    /// The change would break pods or is not safe; nothing was published.
    Refused,
    /// The run failed.
    Failed,
    /// The owner's layer was uninstalled.
    Removed,
    /// `check`, `lint`: no error and no warning was found, and nothing unseen could make every pod fail.
    Healthy,
    /// `check`, `lint`: an error or a warning was found. The exit code tells if it counts.
    Problems,
}
