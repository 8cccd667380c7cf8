//! Publishes the chain right after the mark that its restart is settled: every pod that starts before that lacks the
//! chain.
//!
//! Steps after a mark are normally planned on a new observation. For this mark the model is enough (`after.rs`), so
//! the chain is published first, and then the rollback timer is stopped and everything else is asked and observed.

use crate::node::{Kind, Phase};
use crate::plan::change::{Change, Step};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::settings::Goal;

/// A plan that settles a restart, with the chain's files right after its mark if they are the next changes then. Any
/// other plan is returned unchanged.
pub(in crate::plan) fn with_the_chain(
    cx: &PlanContext<'_>,
    settles: Plan,
    install: impl FnOnce(&PlanContext<'_>) -> Plan,
) -> Plan {
    let mark = match settles.steps.first() {
        Some(Step::Change(mark @ Change::Mark(attempt))) if attempt.phase == Phase::Settled => mark.clone(),
        _ => return settles,
    };
    // Without a later observation the rest is already planned.
    let looks = settles.steps.iter().any(|step| matches!(step, Step::Look(_)));
    if cx.settings.goal != Goal::Install || !looks {
        return settles;
    }
    let node = cx.node.after(&cx.desired.owner, &mark);
    let next = install(&PlanContext::new(&node, cx.settings, cx.desired, cx.history, cx.now));
    let is_file =
        |change: &Change| matches!(change, Change::Publish(_) | Change::MakeDir(_) | Change::Remove { .. });
    // The chain is planned if everything that it needs is known and exists. Other questions, waits and failures do
    // not concern it, and come after the observation.
    let is_chain =
        |change: &Change| matches!(change, Change::Publish(publish) if publish.kind == Kind::Chain);
    if !next.first_changes().any(is_chain) || !next.first_changes().all(is_file) {
        return settles;
    }
    let files: Vec<Step> = next.first_changes().cloned().map(Step::Change).collect();
    let mut plan = settles;
    plan.findings.extend(next.findings);
    plan.steps.splice(1..1, files);
    plan
}
