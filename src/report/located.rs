//! The place of a finding in a file.

use serde::Serialize;

use super::Finding;

/// A finding and its place as separate values, for reports that show it in the file (SARIF).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Located {
    /// The finding. For a manifest the subject is `file:line Kind namespace/name`.
    #[serde(flatten)]
    pub finding: Finding,
    /// The name of the file; empty for a finding without a file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The number of the document in the file, from 1, empty documents not counted; 0 if the file has no documents.
    #[serde(skip_serializing_if = "is_zero")]
    pub document: usize,
    /// The path inside the document, such as `spec.template.metadata.annotations["cni.projectcalico.org/ipv4pools"]`;
    /// empty for the whole document.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The line in the file, from 1; 0 for the whole file.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: usize,
    /// The column in that line, in characters from 1; 0 for the whole file.
    #[serde(skip_serializing_if = "is_zero")]
    pub column: usize,
}

// serde passes a reference.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
