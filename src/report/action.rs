//! One change, as the report tells it.

use serde::Serialize;

/// One change in the report (`actions`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// What was done.
    pub kind: &'static str,
    /// To which path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it does and to what, behind "would".
    pub does: String,
    /// The unified diff, of texts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub diff: String,
}
