//! The report for a person.

use std::fmt::Write as _;

use super::{OutcomeWord, Report, Severity};

/// A few lines: what came of it, what was done, what is worth telling.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = write_report(&mut out, report);
    out
}

fn write_report(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "{}: {}", word(report.outcome), report.message)?;
    if let Some(primary) = &report.primary {
        writeln!(
            out,
            "  primary  {} (network {:?}), awaited {} ms",
            primary.path, primary.network, primary.waited_ms
        )?;
    }
    if let Some(chain) = &report.chain {
        let changed = if chain.changed { "written" } else { "as it was" };
        writeln!(out, "  chain    {}: {}, {changed}", chain.path, chain.types.join(" -> "))?;
    }
    for binary in &report.binaries {
        writeln!(
            out,
            "  binary   {}, {}",
            binary.path,
            if binary.changed { "installed" } else { "as it was" }
        )?;
    }
    if let Some(runtime) = &report.runtime {
        write!(out, "  runtime  {} {}", runtime.name, runtime.version)?;
        match (&runtime.method, runtime.downtime_ms) {
            (Some(method), Some(away)) => writeln!(out, ", restarted by {method}, away {away} ms")?,
            _ => writeln!(out, ", not restarted")?,
        }
    }
    if let Some(proof) = &report.proof {
        let says = if proof.matches { "runs exactly these bytes" } else { "does not run the chain" };
        let ready = if proof.network_ready { "NetworkReady" } else { "not NetworkReady" };
        writeln!(out, "  proof    the runtime {says}, {ready}")?;
    }
    for action in report.actions.iter().filter(|_| report.outcome == OutcomeWord::Planned) {
        writeln!(out, "  would {} {}", action.kind, action.path.as_deref().unwrap_or(""))?;
        for line in action.diff.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    for finding in &report.findings {
        let level = match finding.severity {
            Severity::Info => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        writeln!(out, "  {level}: {} [{}]", finding.message, finding.code)?;
        if !finding.remedy.is_empty() {
            writeln!(out, "    -> {}", finding.remedy)?;
        }
    }
    Ok(())
}

const fn word(outcome: OutcomeWord) -> &'static str {
    match outcome {
        OutcomeWord::Ready => "ready",
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
