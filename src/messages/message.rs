//! One known message.

use crate::report::codes::Code;

/// A message as its program writes it, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// How much the message says.
    pub rank: Rank,
    /// The text; `…` stands for any text between two parts of it.
    pub text: &'static str,
    /// The program and its file that writes the text.
    pub source: &'static str,
    /// What the message means; `{1}` stands for the text at the first `…`.
    pub meaning: &'static str,
    /// The findings that explain the message, if a node or a manifest has one of them.
    pub codes: &'static [&'static Code],
    /// A command that looks at the cause or mends it, or a comment; `{1}` as in `meaning`.
    pub look: &'static str,
    /// A real message with this text, as a program printed it.
    pub said: &'static str,
}

/// How much a message says. Only the messages of the first rank that a text has are explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The message names one cause.
    Cause,
    /// The message has several possible causes.
    General,
    /// The message says only which step failed.
    Step,
}
