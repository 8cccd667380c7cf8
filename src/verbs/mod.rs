//! The verbs: how far a reconcile goes, and what is told of it.

mod build_report;
mod check;
mod findings;
mod lint;

use std::path::Path;
use std::sync::Arc;

use crate::cli::{Format, Job, OnFailure, ReconcileJob};
use crate::host::{Root, clock, start};
use crate::node::{IoFailed, Page};
use crate::reconcile::reconcile;
use crate::report::{self, Failure, FailureCode};

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

/// Carries out what was asked for.
pub fn run(job: Job) -> CommandOutput {
    match job {
        Job::Reconcile(job) => run_reconcile(*job),
        Job::Check { settings, host_root, findings } => check::check(&settings, &host_root, &findings),
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
        Format::Text => report::text(&report),
        Format::Json => report::json(&report),
    };
    CommandOutput { output, message: report.message, exit_code: report.exit_code }
}

fn reconcile_node(job: ReconcileJob) -> Result<crate::reconcile::Reconciled, Failure> {
    let root = open(&job.host_root)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(reconcile(Arc::new(root), job.settings, job.options));
    // A question that a signal cut short may still be asked in a thread; nothing is changed by it.
    runtime.shutdown_background();
    outcome.map_err(|failed| Failure::from(&failed))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from(&IoFailed::at("the event loop", "started")(error)))
}

fn open(host_root: &Path) -> Result<Root, Failure> {
    start::may_use_memory()
        .and_then(|()| start::may_open_files())
        .map_err(|failed| Failure::from(&failed))?;
    if !start::has_proc() {
        let sentence = "/proc is not mounted here, and opened files are read by their names in /proc/self/fd";
        let remedy = "mount it (every container has it; in a chroot: mount -t proc proc /proc)";
        return Err(Failure::new(FailureCode::ProcMissing, sentence, remedy));
    }
    Root::open(host_root).map_err(|error| {
        Failure::new(
            FailureCode::HostRootUnusable,
            IoFailed::at(format!("--host-root {}", host_root.display()), "opened")(error).to_string(),
            "mount the host's directories below it, or name where they are mounted",
        )
    })
}
