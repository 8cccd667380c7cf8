//! Kinds of findings, and where in a file a finding is.

use serde::Serialize;

use super::{Finding, Severity};

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable kebab-case name.
    pub name: &'static str,
    /// Its usual severity; a finding that is less certain is a warning.
    pub severity: Severity,
    /// What it means, in one line.
    pub title: &'static str,
}

/// Makes a constant of each code, and the list of them.
macro_rules! codes {
    ($vis:vis, $(#[$doc:meta])* $($ident:ident $name:literal $severity:ident $title:literal;)*) => {
        $($vis const $ident: $crate::report::Code = $crate::report::Code {
            name: $name,
            severity: $crate::report::Severity::$severity,
            title: $title,
        };)*
        $(#[$doc])*
        pub const CODES: &[$crate::report::Code] = &[$($ident),*];
    };
}
pub(crate) use codes;

/// A finding and where it is, apart from its text, for reports that show it in place (SARIF).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Located {
    /// The finding. Of a manifest its subject is `file:line Kind namespace/name`.
    #[serde(flatten)]
    pub finding: Finding,
    /// Name of the file; empty where it is about no file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Number of the document in the file, from 1; empty documents do not count. 0 where files have no documents.
    #[serde(skip_serializing_if = "is_zero")]
    pub document: usize,
    /// Path inside the document, such as `spec.template.metadata.annotations["cni.projectcalico.org/ipv4pools"]`;
    /// empty for the document as a whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Line in the file, from 1; 0 for the file as a whole.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: usize,
    /// Column in that line, from 1, in characters; 0 for the file as a whole.
    #[serde(skip_serializing_if = "is_zero")]
    pub column: usize,
}

// serde asks by reference.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
