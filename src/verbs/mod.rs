//! The verbs: each runs its job and builds a report.

mod build_report;
mod check;
mod command_output;
mod findings;
mod lint;
mod npd;
mod open;
mod pod;
mod see;
mod status;
mod why;

use std::sync::Arc;

use crate::cli::{Format, Job, OnFailure, ReconcileJob};
use crate::host::{clock, say};
use crate::reconcile::reconcile;
use crate::report::{self, Failure};

pub use command_output::CommandOutput;
use open::{open, runtime};

/// Runs a job.
pub fn run(job: Job) -> CommandOutput {
    match job {
        Job::Reconcile(job) => run_reconcile(*job),
        Job::Npd { settings, host_root, strict } => npd::npd(&settings, &host_root, strict),
        Job::Check { settings, host_root, findings, why, pod } => {
            check::check(&settings, &host_root, &findings, &check::More { words: why, pod })
        }
        Job::Status { settings, host_root, format } => status::status(&settings, &host_root, format),
        Job::Lint { inputs, findings } => lint::lint(&inputs, &findings),
    }
}

fn run_reconcile(job: ReconcileJob) -> CommandOutput {
    let began = clock::now();
    let (verb, format, on_failure) = (job.verb, job.format, job.on_failure);
    let report = match reconcile_node(job) {
        Ok(outcome) => build_report::build_report(verb, outcome, clock::now().since(began)),
        Err(failure) => build_report::failed(verb, &failure, clock::now().since(began)),
    };
    let report = if on_failure == OnFailure::Continue { report.continued() } else { report };
    let output = match format {
        Format::Text => report::text(&report, say::page()),
        Format::Json => report::json(&report),
    };
    let tells_message = matches!(format, Format::Text);
    CommandOutput { output, message: report.message, tells_message, exit_code: report.exit_code }
}

fn reconcile_node(job: ReconcileJob) -> Result<crate::reconcile::Reconciled, Failure> {
    let root = open(&job.host_root)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(reconcile(Arc::new(root), job.settings, job.options));
    // A thread may still wait for the answer to a question that a signal interrupted; it changes nothing.
    runtime.shutdown_background();
    outcome.map_err(|failed| Failure::from(&failed))
}
