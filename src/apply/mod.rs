//! Applies a plan's changes to the node, up to the next observation. It decides nothing.

mod basis;
mod context;
mod effect;
mod intend;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::host::{Root, clock, lock};
use crate::node::{HostPath, IoFailed, Moment, Node, RestartMethod};
use crate::plan::{Change, Plan};

pub use context::ApplyContext;
pub use effect::ApplyError;
pub use intend::Intent;

/// The result of applying a plan.
#[derive(Debug)]
pub enum Applied {
    /// These changes were made: all, or those before a stop was requested.
    Changed {
        /// The changes, in order.
        done: Vec<Change>,
        /// When the restart among them was requested. The downtime begins then.
        restart_asked: Option<Moment>,
    },
    /// This path has changed since the plan was made. Nothing was written.
    Stale(HostPath),
    /// The operating system refused a change. The changes before it stay.
    IoFailed {
        /// The changes before it, in order.
        done: Vec<Change>,
        /// The error.
        error: IoFailed,
    },
    /// The restart failed.
    NotRestarted {
        /// The changes before the restart.
        done: Vec<Change>,
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

/// Applies the changes up to the next observation: takes the lock, checks the basis, writes the record, then makes
/// one effect for each change. After SIGTERM (`stop`) the current change is finished and no other is started, except
/// a restart whose mark is written.
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
        return Ok(Applied::Changed { done: Vec::new(), restart_asked: None });
    };
    if let Some(path) = basis::differs(root, node) {
        return Ok(Applied::Stale(path));
    }
    let changes: Vec<&Change> = plan.first_changes().collect();
    let intent = intend::intend(root, context, node, &changes, std::mem::take(&mut lock.made))?;
    let mut done = Vec::new();
    let mut committed = mends;
    let mut restart_asked = None;
    let mut at = 0;
    while let Some(change) = changes.get(at) {
        if stop.load(Ordering::Relaxed) && !committed {
            break;
        }
        committed |= matches!(change, Change::Mark(_));
        let now = clock::now();
        if matches!(change, Change::Restart { .. }) {
            restart_asked = Some(now);
        }
        let batch = effect::batch(&changes[at..]);
        match effect::make(root, context, node, &intent, &changes[at..at + batch]) {
            Ok(()) => done.extend(changes[at..at + batch].iter().map(|change| (*change).clone())),
            Err(ApplyError::Io(error)) => return Ok(Applied::IoFailed { done, error }),
            Err(ApplyError::Stale(path)) if done.is_empty() => return Ok(Applied::Stale(path)),
            // The changes so far stay. The next observation reads the current state.
            Err(ApplyError::Stale(_)) => break,
            Err(ApplyError::Restart { by, asked, why }) => {
                return Ok(Applied::NotRestarted { done, by, asked, at: now, why });
            }
        }
        at += batch;
    }
    Ok(Applied::Changed { done, restart_asked })
}
