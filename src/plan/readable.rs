//! Checks, before the first change, that the plan's record and mark can be read again.

use crate::node::{ATTEMPT_FILE, Kind, LARGEST, RecordError};
use crate::plan::after::record_path;
use crate::plan::change::Change;
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::report::{Failure, FailureCode};

/// Checks that the next run can read the record and the mark of this plan. Otherwise no run could uninstall or roll
/// back. A plan that completes a restart is never stopped by this check.
pub(in crate::plan) fn check(cx: &PlanContext<'_>, plan: &Plan) -> Result<(), Failure> {
    if plan.mends_a_restart() {
        return Ok(());
    }
    for record in cx.node.intended(&cx.desired.recording(), plan.changes()) {
        record.confined().map_err(|error| misplaced(&error))?;
        small(record_path(&record.owner).as_str(), record.bytes().len())?;
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
            "{path} is not a place for a {kind}: it lies among the host's own files, and the program does not \
             trust a record that names it"
        ),
        format!(
            "name another place with {option}: a directory with cni in its name (for a config: containerd), or a \
             directory outside of /etc and /usr"
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
            "{path} would have {bytes} bytes, with the bytes of the replaced files; the limit is {LARGEST}"
        ),
        "make the replaced file smaller (a config file, or the file at the chain's path), or move it away",
    ))
}
