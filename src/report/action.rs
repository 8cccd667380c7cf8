//! A change, as it is listed in the report.

use serde::Serialize;

/// One change in the report (`actions`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// The kind of the change.
    pub kind: &'static str,
    /// The path that was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The verb and its object, to follow "would".
    pub does: String,
    /// The unified diff, if the file is text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub diff: String,
}
