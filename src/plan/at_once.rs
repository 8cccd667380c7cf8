//! Publishes the chain right after the mark that settles a restart, without an observation in between: every pod that
//! starts before the chain lacks it.
//!
//! Normally the node is observed again after a mark. After this mark the next changes follow from the model
//! (`after.rs`), so the chain is published first. Then the rollback timer is stopped, and the node is observed.

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
    // Without an observation after the mark, the rest of this plan follows it anyway.
    if cx.settings.goal != Goal::Install || !draft.looks() {
        return;
    }
    let node = cx.node.after(&cx.desired.owner, &mark);
    let cx = PlanContext::new(&node, cx.settings, cx.desired, cx.history, cx.now);
    let Draft { steps, findings } = Part::of(|draft| install(&cx, draft)).draft;
    let is_file = |change: &Change| {
        matches!(change, Change::Publish(_) | Change::MakeDir(_) | Change::Remove { .. } | Change::Retire(_))
    };
    // The next changes are only the chain's files if everything that the chain needs is known and exists. Questions,
    // waits and failures of other concerns come after the observation.
    let is_chain =
        |change: &Change| matches!(change, Change::Publish(publish) if publish.kind == Kind::Chain);
    if first_changes(&steps).any(is_chain) && first_changes(&steps).all(is_file) {
        draft.findings.extend(findings);
        draft.steps.splice(1..1, first_changes(&steps).cloned().map(Step::Change));
    }
}
