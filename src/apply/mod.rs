//! Applies a plan's changes to the node, up to the next observation. It decides nothing.

mod answers;
mod basis;
mod context;
mod effect;
mod error;
mod intend;
mod mark;
mod tally;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::host::{Root, clock, lock};
use crate::node::{Attempt, HostPath, IoFailed, Moment, Node, RestartMethod};
use crate::plan::{Change, Plan};

pub use answers::remember;
pub use context::ApplyContext;
pub use error::ApplyError;
pub use intend::Intent;

/// The result of applying a plan. A mark that could not be written is a part of every result, so no end of an apply
/// loses it.
#[derive(Debug)]
pub struct Applied {
    /// The changes that were made, in order.
    pub done: Vec<Change>,
    /// When the restart among them was requested. The downtime begins then.
    pub restart_asked: Option<Moment>,
    /// The last mark among them, if it could not be written.
    pub unwritten: Option<Unwritten>,
    /// Why no further change was made.
    pub end: ApplyEnd,
}

/// Why an apply made no further change.
#[derive(Debug)]
pub enum ApplyEnd {
    /// The changes were made: all, or those before a stop was requested.
    Changed,
    /// This path has changed since the plan was made. Nothing was written.
    Stale(HostPath),
    /// The operating system refused a change. The changes before it stay.
    IoFailed(IoFailed),
    /// The restart failed.
    NotRestarted {
        /// The method that was tried.
        by: RestartMethod,
        /// True if the request reached the host.
        asked: bool,
        /// When it failed.
        at: Moment,
        /// The error message.
        why: String,
    },
}

/// Notes the last mark of a restart that could not be written, because the disk is full. The run goes on: a node with a
/// full disk must come up too.
#[derive(Clone, Debug)]
pub struct Unwritten {
    /// The mark.
    pub mark: Attempt,
    /// The error message.
    pub why: String,
}

impl Applied {
    fn nothing(end: ApplyEnd) -> Self {
        Self { done: Vec::new(), restart_asked: None, unwritten: None, end }
    }

    /// Records that these changes were made.
    fn made(&mut self, changes: &[&Change]) {
        if changes.iter().any(|change| matches!(change, Change::Mark(_))) {
            self.unwritten = None;
        }
        self.done.extend(changes.iter().map(|change| (*change).clone()));
    }
}

/// Applies the changes up to the next observation: takes the lock, checks the basis, writes the record, then makes
/// one effect for each change. After SIGTERM (`stop`) the current change is finished and no other is started, except
/// a restart whose mark is written.
///
/// It fails if nothing was changed.
pub fn apply(
    root: &Arc<Root>,
    context: &ApplyContext,
    node: &Node,
    plan: &Plan,
    stop: &AtomicBool,
) -> Result<Applied, IoFailed> {
    let mends = plan.mends_a_restart();
    let Some(mut lock) = lock::take(root, context.patience, &|| stop.load(Ordering::Relaxed) && !mends)?
    else {
        return Ok(Applied::nothing(ApplyEnd::Changed));
    };
    if let Some(path) = basis::differs(root, node) {
        return Ok(Applied::nothing(ApplyEnd::Stale(path)));
    }
    let changes: Vec<&Change> = plan.first_changes().collect();
    let intent = intend::intend(root, context, node, &changes, std::mem::take(&mut lock.made))?;
    if let Some(tally) = &context.tally {
        tally::note(root, tally);
    }
    let mut applied = Applied::nothing(ApplyEnd::Changed);
    let mut committed = mends;
    let mut at = 0;
    while let Some(change) = changes.get(at) {
        if stop.load(Ordering::Relaxed) && !committed {
            break;
        }
        committed |= matches!(change, Change::Mark(_));
        let now = clock::now();
        if matches!(change, Change::Restart { .. }) {
            applied.restart_asked = Some(now);
        }
        let batch = &changes[at..at + effect::batch(&changes[at..])];
        match effect::make(root, context, node, &intent, batch) {
            Ok(()) => applied.made(batch),
            Err(error) => {
                if let Some(end) = ended(&mut applied, change, error, now) {
                    applied.end = end;
                    break;
                }
            }
        }
        at += batch.len();
    }
    Ok(applied)
}

/// The end of an apply whose change failed; `None` if the next change is made.
fn ended(applied: &mut Applied, change: &Change, error: ApplyError, at: Moment) -> Option<ApplyEnd> {
    Some(match error {
        ApplyError::Unwritten(error) => {
            applied.made(&[change]);
            if let Change::Mark(mark) = change {
                applied.unwritten = Some(Unwritten { mark: mark.clone(), why: error.to_string() });
            }
            return None;
        }
        ApplyError::Io(error) => ApplyEnd::IoFailed(error),
        ApplyError::Stale(path) if applied.done.is_empty() => ApplyEnd::Stale(path),
        // The changes so far stay. The next observation reads the current state.
        ApplyError::Stale(_) => ApplyEnd::Changed,
        ApplyError::Restart { by, asked, why } => ApplyEnd::NotRestarted { by, asked, at, why },
    })
}
