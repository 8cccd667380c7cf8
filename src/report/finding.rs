//! One thing that is worth telling, with the remedy.

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Something will be wrong, or might be.
    Warning,
    /// Pods have no network because of it, or will not have it.
    Error,
}

/// One thing that is worth telling a person, in the form of the report
/// (an element of `findings`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable kebab-case code, documented in `docs/findings.md`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The file, key or object it is about (`/etc/cni/net.d/10-calico.conflist`).
    pub subject: String,
    /// What is wrong and why, in one or two sentences.
    pub message: String,
    /// What to type or set next; empty if there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}
