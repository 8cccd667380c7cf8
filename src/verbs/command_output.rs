//! What a verb gives to `main`.

use crate::node::Page;

/// What a verb came to, ready to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOutput {
    /// For standard output.
    pub output: Page,
    /// The last line on standard error.
    pub message: String,
    /// The exit code.
    pub exit_code: u8,
}
