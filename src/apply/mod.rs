//! Applies a plan's changes to the node, up to the next observation. It decides nothing.

mod basis;
mod context;
mod effect;
mod intend;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::host::{Root, clock, lock};
use crate::node::{Attempt, HostPath, IoFailed, Moment, Node, RestartMethod};
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
        /// The last mark among them, if it could not be written.
        unwritten: Option<Unwritten>,
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
        /// The last mark among the changes, if it could not be written.
        unwritten: Option<Unwritten>,
    },
}

/// Notes a mark that could not be written, because the disk is full. Its restart goes on: a node with a full disk must
/// come up too.
#[derive(Clone, Debug)]
pub struct Unwritten {
    /// The mark.
    pub mark: Attempt,
    /// The error message.
    pub why: String,
}

impl Unwritten {
    /// A failed mark of a restart that was requested. Before that, nothing is changed without a mark.
    fn of(change: &Change, error: &IoFailed) -> Option<Self> {
        match change {
            Change::Mark(mark) if error.lacks_room() && mark.may_stay_unwritten() => {
                Some(Self { mark: mark.clone(), why: error.to_string() })
            }
            _ => None,
        }
    }
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
        return Ok(Applied::Changed { done: Vec::new(), restart_asked: None, unwritten: None });
    };
    if let Some(path) = basis::differs(root, node) {
        return Ok(Applied::Stale(path));
    }
    let changes: Vec<&Change> = plan.first_changes().collect();
    let intent = intend::intend(root, context, node, &changes, std::mem::take(&mut lock.made))?;
    let mut done = Vec::new();
    let mut committed = mends;
    let mut restart_asked = None;
    let mut unwritten = None;
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
            Ok(()) => {
                unwritten = unwritten.filter(|_| !matches!(change, Change::Mark(_)));
                done.extend(changes[at..at + batch].iter().map(|change| (*change).clone()));
            }
            Err(ApplyError::Io(error)) if Unwritten::of(change, &error).is_some() => {
                unwritten = Unwritten::of(change, &error);
                done.push((*change).clone());
            }
            Err(ApplyError::Io(error)) => return Ok(Applied::IoFailed { done, error }),
            Err(ApplyError::Stale(path)) if done.is_empty() => return Ok(Applied::Stale(path)),
            // The changes so far stay. The next observation reads the current state.
            Err(ApplyError::Stale(_)) => break,
            Err(ApplyError::Restart { by, asked, why }) => {
                return Ok(Applied::NotRestarted { done, by, asked, at: now, why, unwritten });
            }
        }
        at += batch;
    }
    Ok(Applied::Changed { done, restart_asked, unwritten })
}
