//! Turns findings into a report: decides if they are problems, and prints them.

use std::time::Duration;

use super::build_report::millis;
use super::command_output::CommandOutput;
use crate::cli::{FindingsArgs, FindingsFormat};
use crate::diagnose::Verdict;
use crate::host::say;
use crate::report::{self, Code, Exit, Failure, Finding, Located, OutcomeWord, Report, Severity};

/// The report of findings, the worst first; `clean` is said if none of them is a problem. `healthy` is the outcome only
/// if there is nothing to warn of either and everything that matters was seen.
pub(super) fn judged(
    verb: &'static str,
    mut findings: Vec<Located>,
    clean: Verdict,
    strict: bool,
    elapsed: Duration,
) -> Report<Located> {
    findings.sort_by_key(|located| std::cmp::Reverse(located.finding.severity));
    let least = if strict { Severity::Warning } else { Severity::Error };
    let worst = findings.first().map(|located| &located.finding);
    let outcome = match worst {
        Some(worst) if worst.severity >= Severity::Warning => OutcomeWord::Problems,
        _ if clean.is_whole => OutcomeWord::Healthy,
        _ => OutcomeWord::Unchanged,
    };
    let report = match worst.filter(|worst| worst.severity >= least) {
        Some(worst) => Report::bare(verb, outcome, Exit::Problems, in_a_sentence(worst)),
        None => Report::bare(verb, outcome, Exit::Done, clean.message),
    };
    Report { findings, elapsed_ms: millis(elapsed), ..report }
}

/// The first cause and the first remedy in one sentence; the report has the others.
pub(super) fn in_a_sentence(finding: &Finding) -> String {
    sentence(&finding.message, &finding.remedy)
}

/// The first sentence of a message and the first remedy in one sentence.
pub(super) fn sentence(message: &str, remedy: &str) -> String {
    let message = message.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let remedy = remedy.lines().find(|line| !line.ends_with(':')).unwrap_or_default();
    // The first command is enough; the report has its comment.
    let remedy = remedy.split_once("   # ").map_or(remedy, |(command, _)| command);
    // A remedy that a person has to do is a comment in the report, and a clause here.
    let remedy = remedy.trim_start_matches("# ");
    if remedy.is_empty() { message.to_owned() } else { format!("{message}: {remedy}") }
}

/// The report of a run that failed before it had findings.
pub(super) fn failed(verb: &'static str, failure: &Failure, elapsed: Duration) -> Report<Located> {
    Report { elapsed_ms: millis(elapsed), ..Report::failed(verb, failure) }
}

/// The report in the requested format.
pub(super) fn output_of(report: Report<Located>, codes: &[Code], args: &FindingsArgs) -> CommandOutput {
    let output = match args.output {
        FindingsFormat::Text => report::table(&report, say::page()),
        FindingsFormat::Json => report::json(&report),
        FindingsFormat::Sarif => report::sarif(codes, &report),
    };
    let tells_message = matches!(args.output, FindingsFormat::Text);
    CommandOutput { output, message: report.message, tells_message, exit_code: report.exit_code }
}
