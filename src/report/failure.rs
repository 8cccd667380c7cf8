//! A failure: its code, the sentence and the remedy.

use std::fmt;

use super::codes::FailureCode;
use super::exit::Exit;

/// The reason why a verb failed: a code, one sentence, and the remedy.
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
