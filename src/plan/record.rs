//! The owner's record, before anything is planned from it.

use crate::node::{RECORD_DIR, RecordError};
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::report::FailureCode;

/// An unreadable record may be the only trace of the old state, so it is never overwritten.
pub(in crate::plan) fn usable(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let Some(Err(error)) = cx.records.get(&cx.desired.owner) else { return Ok(()) };
    Err(Blocked::refused(
        FailureCode::RecordUnusable,
        format!("{RECORD_DIR}/{}.json cannot be used: {error}", cx.desired.owner),
        match error {
            RecordError::Unread(_) => "see why it cannot be read, and run it again; it is left as it is",
            _ => "move it away if what it knows of is undone; it is left as it is",
        },
    ))
}
