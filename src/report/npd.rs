//! What node-problem-detector reads of a custom plugin: the exit code, and one short line.

use super::{Located, Severity};
use crate::node::one_line;

/// The longest line in bytes, `max_output_length` of node-problem-detector's own examples: what is longer is cut there.
const LONGEST: usize = 80;

/// The end of a line that was cut.
const CUT: &str = "...";

/// An answer for node-problem-detector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NpdAnswer {
    /// Nothing is wrong: the condition becomes False.
    Right(String),
    /// There is a problem: the condition becomes True.
    Problem(String),
    /// Nothing can be said: the condition becomes Unknown.
    Unknown(String),
}

impl NpdAnswer {
    /// The worst finding if it is a problem, else what is said of a node without one. `unseen` is why nothing can be
    /// said of it.
    pub fn of(findings: &[Located], strict: bool, right: &str, unseen: Option<&str>) -> Self {
        let least = if strict { Severity::Warning } else { Severity::Error };
        let problems = || findings.iter().filter(|located| located.finding.severity >= least);
        match (problems().max_by_key(|located| located.finding.severity), unseen) {
            (Some(worst), _) => {
                // Of equal severity the first is the likelier cause.
                let worst = problems()
                    .find(|located| located.finding.severity == worst.finding.severity)
                    .unwrap_or(worst);
                Self::Problem(format!("{}: {}", worst.finding.code, worst.finding.message))
            }
            (None, Some(unseen)) => Self::Unknown(unseen.to_owned()),
            (None, None) => Self::Right(right.to_owned()),
        }
    }

    /// One line of ASCII, of at most 80 bytes.
    pub fn line(&self) -> String {
        let (Self::Right(text) | Self::Problem(text) | Self::Unknown(text)) = self;
        let shown = one_line(text);
        let ascii: String = shown.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
        let ascii = ascii.trim();
        if ascii.len() <= LONGEST {
            return ascii.to_owned();
        }
        format!("{}{CUT}", ascii[..LONGEST - CUT.len()].trim_end())
    }

    /// The exit code: node-problem-detector takes 0 for right, 1 for a problem, and any other for unknown.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Right(_) => 0,
            Self::Problem(_) => 1,
            Self::Unknown(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::Finding;

    fn located(code: &'static str, severity: Severity) -> Located {
        let finding = Finding {
            code,
            severity,
            subject: "/a".to_owned(),
            message: "it is so".to_owned(),
            remedy: String::new(),
        };
        Located { finding, file: String::new(), document: 0, path: String::new(), line: 0, column: 0 }
    }

    #[test]
    fn the_first_of_the_worst_is_told_and_what_was_not_seen_only_without_one() {
        let (warning, error) = (Severity::Warning, Severity::Error);
        let findings = [located("w", warning), located("e1", error), located("e2", error)];
        let of = |findings: &[Located], strict, unseen| NpdAnswer::of(findings, strict, "all well", unseen);
        assert_eq!(of(&findings, false, Some("x")), NpdAnswer::Problem("e1: it is so".to_owned()));
        assert_eq!(of(&findings[..1], false, None), NpdAnswer::Right("all well".to_owned()));
        assert_eq!(of(&findings[..1], false, Some("x")), NpdAnswer::Unknown("x".to_owned()));
        assert_eq!(of(&findings[..1], true, Some("x")), NpdAnswer::Problem("w: it is so".to_owned()));
        assert_eq!(of(&[], true, None).exit_code(), 0);
        assert_eq!(of(&findings, true, None).exit_code(), 1);
        assert_eq!(of(&[], true, Some("x")).exit_code(), 2);
    }

    #[test]
    fn a_long_line_ends_in_dots() {
        let line = NpdAnswer::Right("word ".repeat(40)).line();
        assert!(line.len() <= LONGEST && line.ends_with(" wo..."), "{line}");
        let exact = "x".repeat(LONGEST);
        assert_eq!(NpdAnswer::Right(exact.clone()).line(), exact);
    }

    proptest! {
        #[test]
        fn it_is_one_line_of_ascii_whatever_is_in_it(text in any::<String>()) {
            let line = NpdAnswer::Problem(text).line();
            prop_assert!(line.len() <= LONGEST && line.is_ascii() && !line.chars().any(char::is_control), "{line:?}");
        }
    }
}
