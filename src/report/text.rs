//! The report as text for a person.

use super::table::end_remedy;
use super::{OutcomeWord, Report, Severity};
use crate::node::Page;

/// A few lines: the result, the changes, the findings. `page` is empty; it knows the terminal.
pub fn text(report: &Report, mut page: Page) -> Page {
    page.line(format_args!("{}: {}", word(report.outcome), report.message.replace('\n', " ")));
    if let Some(primary) = &report.primary {
        page.line(format_args!(
            "  primary  {} (network {:?}), waited for {} ms",
            primary.path, primary.network, primary.waited_ms
        ));
    }
    if let Some(chain) = &report.chain {
        let changed = if chain.changed { "written" } else { "unchanged" };
        page.line(format_args!("  chain    {}: {}, {changed}", chain.path, chain.types.join(" -> ")));
    }
    for binary in &report.binaries {
        let changed = if binary.changed { "installed" } else { "unchanged" };
        page.line(format_args!("  binary   {}, {changed}", binary.path));
    }
    runtime(&mut page, report);
    for action in report.actions.iter().filter(|_| report.outcome == OutcomeWord::Planned) {
        page.line(format_args!("  would {}", action.does));
        for line in action.diff.lines() {
            page.verbatim(&format!("    {line}"));
        }
    }
    findings(&mut page, report);
    page
}

fn runtime(page: &mut Page, report: &Report) {
    if let Some(runtime) = &report.runtime {
        let restarted = match (&runtime.method, runtime.downtime_ms) {
            (Some(method), Some(away)) => format!("restarted by {method}, down for {away} ms"),
            _ => "not restarted".to_owned(),
        };
        page.line(format_args!("  runtime  {} {}, {restarted}", runtime.name, runtime.version));
    }
    if let Some(proof) = &report.proof {
        let says = if proof.matches { "runs exactly these bytes" } else { "does not run the chain" };
        let ready = if proof.network_ready { "NetworkReady" } else { "not NetworkReady" };
        page.line(format_args!("  proof    the runtime {says}, {ready}"));
    }
}

fn findings(page: &mut Page, report: &Report) {
    for finding in &report.findings {
        let level = match finding.severity {
            Severity::Info => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        page.line(format_args!("  {level}: {} [{}]", finding.message, finding.code));
        for (at, line) in finding.remedy.lines().enumerate() {
            page.put("", &format!("    {} {line}", if at == 0 { "->" } else { "  " }));
            end_remedy(page, line);
        }
    }
}

const fn word(outcome: OutcomeWord) -> &'static str {
    match outcome {
        OutcomeWord::Ready => "ready",
        OutcomeWord::ReadyWithProblems => "ready, with problems",
        OutcomeWord::Unchanged => "unchanged",
        OutcomeWord::Planned => "planned",
        OutcomeWord::Waiting => "waiting",
        OutcomeWord::Refused => "refused",
        OutcomeWord::Failed => "failed",
        OutcomeWord::Removed => "removed",
        OutcomeWord::Healthy => "healthy",
        OutcomeWord::Problems => "problems",
    }
}
