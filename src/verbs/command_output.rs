//! The output of a verb, which `main` prints.

use crate::node::Page;

/// The output of a verb, ready to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOutput {
    /// The text for standard output.
    pub output: Page,
    /// The last line on standard error.
    pub message: String,
    /// True if `output` is for a person and tells what the message says.
    pub tells_message: bool,
    /// The exit code.
    pub exit_code: u8,
}
