//! Hands: a plan's changes up to the first look, made on the node. It decides nothing.

mod basis;
mod effect;
mod intend;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::host::{Root, clock, lock};
use crate::node::{HostPath, IoFailed, Layer, Moment, Node, RestartMethod};
use crate::plan::{Change, Plan};

pub use effect::ApplyError;
pub use intend::Intent;

/// What came of it.
#[derive(Debug)]
pub enum Applied {
    /// These changes were made, all or those before a stop was asked for.
    Changed {
        /// In order.
        done: Vec<Change>,
        /// When the restart among them was asked for: what came before it is no downtime.
        restart_asked: Option<Moment>,
    },
    /// The node is not what was planned on; nothing was written.
    Stale(HostPath),
    /// The operating system refused one; what was done before it stands.
    IoFailed {
        /// In order.
        done: Vec<Change>,
        /// What it said.
        error: IoFailed,
    },
    /// The restart failed. `asked` says whether anything was asked of the host.
    NotRestarted {
        /// What was done before it.
        done: Vec<Change>,
        /// By which method it was tried.
        by: RestartMethod,
        /// Whether the host was asked.
        asked: bool,
        /// When.
        at: Moment,
        /// What was said.
        why: String,
    },
}

/// Whose plan is applied.
#[derive(Clone, Debug)]
pub struct ApplyContext {
    /// The owner.
    pub owner: String,
    /// Its layer, for the record.
    pub layer: Layer,
    /// How long a restart may take, and how long another instance may hold the lock.
    pub patience: Duration,
}

/// Applies the changes up to the first look: lock, compare, intend, then one effect for each change. SIGTERM (`stop`)
/// lets the change in hand end and begins no other, but for a restart whose mark is written.
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
            // What was done stands, and the next look sees the rest as it is now.
            Err(ApplyError::Stale(_)) => break,
            Err(ApplyError::Restart { by, asked, why }) => {
                return Ok(Applied::NotRestarted { done, by, asked, at: now, why });
            }
        }
        at += batch;
    }
    Ok(Applied::Changed { done, restart_asked })
}
