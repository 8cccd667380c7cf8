//! Before the first change: what would be remembered of the plan can be read back.

use crate::node::{ATTEMPT_FILE, Kind, LARGEST, RecordError};
use crate::plan::after::record_path;
use crate::plan::change::Change;
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::report::{Failure, FailureCode};

/// Whether the record and the mark of this plan could be read by the next run. One that could not would leave a node
/// that nobody takes back. What mends a restart is never held up by it.
pub(in crate::plan) fn check(cx: &PlanContext<'_>, plan: &Plan) -> Result<(), Failure> {
    if plan.mends_a_restart() {
        return Ok(());
    }
    let (owner, layer) = (&cx.desired.owner, &cx.desired.layer);
    if let Some(record) = cx.node.intended(owner, layer, plan.changes()) {
        record.confined().map_err(|error| misplaced(&error))?;
        small(record_path(owner).as_str(), record.bytes().len())?;
    }
    plan.changes().try_for_each(|change| match change {
        Change::Mark(attempt) => small(ATTEMPT_FILE, attempt.bytes().len()),
        _ => Ok(()),
    })
}

fn misplaced(error: &RecordError) -> Failure {
    let RecordError::Misplaced { path, kind } = error else {
        return Failure::new(FailureCode::RecordUnusable, error.to_string(), "");
    };
    let (code, option) = match *kind {
        word if word == Kind::Config.word() => {
            (FailureCode::ConfigAmongHostFiles, "--containerd-config or imports")
        }
        word if word == Kind::Binary.word() => (FailureCode::PathAmongHostFiles, "--bin-dir"),
        _ => (FailureCode::PathAmongHostFiles, "--conf-dir or --output-file"),
    };
    Failure::new(
        code,
        format!(
            "{path} is no place for a {kind}: it lies among the host's own files, and a record that names it is not believed"
        ),
        format!(
            "name another one with {option}: a directory that has cni (a config: containerd) in its name, or one outside of /etc and /usr"
        ),
    )
}

fn small(path: &str, bytes: usize) -> Result<(), Failure> {
    if u64::try_from(bytes).is_ok_and(|bytes| bytes <= LARGEST) {
        return Ok(());
    }
    Err(Failure::new(
        FailureCode::RecordTooLarge,
        format!(
            "{path} would be {bytes} bytes with what was there before, and no more than {LARGEST} can be read back"
        ),
        "make the file that is replaced smaller (a config file, or the one at the chain's name), or move it away",
    ))
}
