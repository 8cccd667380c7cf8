//! `check --why`: adds to a report what somebody's words mean, by the table of messages.

use super::findings::{in_a_sentence, sentence};
use crate::diagnose::why;
use crate::report::{Located, Report};

/// The report with the explanation of the words. The exit code stays that of the node.
pub(super) fn explained(report: Report<Located>, words: &str) -> Report<Located> {
    let told = why(words, &report.findings);
    let message = match told.first() {
        None => {
            let unknown = "no known message stands in the words of --why".to_owned();
            if report.message.is_empty() { unknown } else { format!("{unknown}; {}", report.message) }
        }
        Some(first) => {
            let cause = report.findings.iter().find(|found| first.on_this_node.contains(&found.finding.code));
            match cause {
                Some(cause) => {
                    format!("{}; here: {}", sentence(&first.meaning, ""), in_a_sentence(&cause.finding))
                }
                None => sentence(&first.meaning, &first.remedy),
            }
        }
    };
    Report { why: Some(told), message, ..report }
}
