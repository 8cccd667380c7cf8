//! A finding with its remedy.

use serde::Serialize;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, not a problem.
    Info,
    /// Something will be wrong, or may be.
    Warning,
    /// Pods have no network because of it, or will have none.
    Error,
}

/// A finding, in the form of the report (an element of `findings`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable kebab-case code, documented in `docs/findings.md`.
    pub code: &'static str,
    /// The severity.
    pub severity: Severity,
    /// The file, key or object of the finding (`/etc/cni/net.d/10-calico.conflist`).
    pub subject: String,
    /// The fault and its cause, in one or two sentences.
    pub message: String,
    /// The next command or setting; empty if nothing has to be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}
