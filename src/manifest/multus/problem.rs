//! A mistake in the value of an annotation.

use super::super::go_json::yaml_line;
use super::names::NETWORKS;
use crate::report::Code;

/// A fault in the value of an annotation.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) message: String,
    /// The value that was most likely meant, if it can be guessed.
    pub(super) corrected: Option<String>,
    /// The remedy if no corrected value is known.
    pub(super) hint: String,
}

impl Problem {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        let hint = format!(
            "kubectl get network-attachment-definitions -A\n{}",
            yaml_line(NETWORKS, "NAMESPACE/NAME@INTERFACE")
        );
        Self { code, message: message.into(), corrected: None, hint }
    }

    pub(super) fn with(self, corrected: Option<String>) -> Self {
        Self { corrected, ..self }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}
