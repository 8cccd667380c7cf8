//! A failure: the exit code, the sentence and the remedy.

use std::fmt;

use super::FailureCode;

/// The exit codes of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Unexpected failure.
    Unexpected,
    /// Usage.
    Usage,
    /// No primary at the deadline.
    NoPrimary,
    /// A primary, but invalid, at the deadline.
    InvalidPrimary,
    /// The chain would break pods.
    Refused,
    /// The runtime's config cannot be patched safely.
    Config,
    /// The restart failed and was rolled back.
    Restart,
    /// The runtime does not confirm the chain.
    Unconfirmed,
    /// Another program keeps undoing the chain.
    Contended,
    /// Missing permission, mount or capability.
    Permission,
    /// `check` or `lint` found a problem.
    Problems,
    /// SIGINT ended a wait.
    Interrupted,
    /// SIGTERM ended a wait.
    Terminated,
}

impl Exit {
    /// All exit codes, for tests and docs.
    pub const ALL: [Self; 14] = [
        Self::Done,
        Self::Unexpected,
        Self::Usage,
        Self::NoPrimary,
        Self::InvalidPrimary,
        Self::Refused,
        Self::Config,
        Self::Restart,
        Self::Unconfirmed,
        Self::Contended,
        Self::Permission,
        Self::Problems,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::NoPrimary => 3,
            Self::InvalidPrimary => 4,
            Self::Refused => 5,
            Self::Config => 6,
            Self::Restart => 7,
            Self::Unconfirmed => 8,
            Self::Contended => 9,
            Self::Permission => 10,
            Self::Problems => 20,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

/// Why a verb failed: a code, one sentence and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The stable code, which decides the exit code.
    pub code: FailureCode,
    /// The fact and its cause: the file, the value, the rule. No full stop at its end.
    pub sentence: String,
    /// The remedy: an imperative without a full stop.
    pub remedy: String,
}

impl Failure {
    /// A failure with its remedy.
    pub fn new(code: FailureCode, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), remedy: remedy.into() }
    }

    /// The exit code.
    pub const fn exit(&self) -> Exit {
        self.code.exit()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.remedy.is_empty() {
            return f.write_str(&self.sentence);
        }
        write!(f, "{}: {}", self.sentence, self.remedy)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::super::{OutcomeWord, Report};
    use super::*;

    #[test]
    fn continue_makes_0_of_3_to_9_and_of_no_other() {
        for code in FailureCode::ALL {
            let failure = Failure::new(*code, "why", "what");
            let report: Report =
                Report { outcome: OutcomeWord::Refused, ..Report::failed("install", &failure) };
            assert_eq!((report.code, report.exit_code), (Some(code.name()), code.exit().code()));
            let went_on = report.clone().continued();
            let is_failure_of_the_chain = (3..=9).contains(&report.exit_code);
            assert_eq!(went_on.exit_code, if is_failure_of_the_chain { 0 } else { report.exit_code });
            assert_eq!(went_on.outcome == OutcomeWord::Failed, is_failure_of_the_chain);
            assert_eq!((went_on.code, went_on.message), (report.code, report.message));
        }
        for exit in [Exit::Done, Exit::Problems, Exit::Interrupted, Exit::Terminated] {
            let report: Report = Report::bare("install", OutcomeWord::Waiting, exit, String::new());
            assert_eq!((report.clone().continued().exit_code, report.code), (exit.code(), None));
        }
    }
}
