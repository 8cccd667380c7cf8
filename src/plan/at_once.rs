//! Publishes the chain right after the mark that its restart is settled: every pod that starts before that lacks the
//! chain.
//!
//! Steps after a mark are normally planned on a new observation. For this mark the model is enough (`after.rs`), so
//! the chain is published first, and then the rollback timer is stopped and everything else is asked and observed.

use crate::node::{Kind, Phase};
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Step, first_changes};
use crate::plan::context::PlanContext;
use crate::plan::draft::{Draft, Part};
use crate::plan::settings::Goal;

/// If the draft settles a restart, adds the chain's files right after its mark if they are the next changes then. Any
/// other draft stays unchanged.
pub(in crate::plan) fn publish_at_once(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    install: impl FnOnce(&PlanContext<'_>, &mut Draft) -> Result<(), Blocked>,
) {
    let mark = match draft.steps.first() {
        Some(Step::Change(mark @ Change::Mark(attempt))) if attempt.phase == Phase::Settled => mark.clone(),
        _ => return,
    };
    // Without a later observation the rest is already planned.
    if cx.settings.goal != Goal::Install || !draft.looks() {
        return;
    }
    let node = cx.node.after(&cx.desired.owner, &mark);
    let cx = PlanContext::new(&node, cx.settings, cx.desired, cx.history, cx.now);
    let Draft { steps, findings } = Part::of(|draft| install(&cx, draft)).draft;
    let is_file =
        |change: &Change| matches!(change, Change::Publish(_) | Change::MakeDir(_) | Change::Remove { .. });
    // The chain is planned if everything that it needs is known and exists. Other questions, waits and failures do
    // not concern it, and come after the observation.
    let is_chain =
        |change: &Change| matches!(change, Change::Publish(publish) if publish.kind == Kind::Chain);
    if first_changes(&steps).any(is_chain) && first_changes(&steps).all(is_file) {
        draft.findings.extend(findings);
        draft.steps.splice(1..1, first_changes(&steps).cloned().map(Step::Change));
    }
}
