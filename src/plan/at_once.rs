//! The chain right behind the mark that the restart for it is settled: each pod that is made before it goes without it.
//!
//! What follows a mark is planned on the node as it is then. Of this mark alone the model tells that without a look
//! (`after.rs`), so the rollback's timer is stopped, and everything else asked and looked at, when the chain is out.

use crate::node::{Kind, Phase};
use crate::plan::change::{Change, Step};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::settings::Goal;

/// The plan that settles a restart, with the chain's files between its mark and the rest of it, if they come next on the
/// node as it is then. Any other plan stays as it is.
pub(in crate::plan) fn with_the_chain(
    cx: &PlanContext<'_>,
    settles: Plan,
    install: impl FnOnce(&PlanContext<'_>) -> Plan,
) -> Plan {
    let mark = match settles.steps.first() {
        Some(Step::Change(mark @ Change::Mark(attempt))) if attempt.phase == Phase::Settled => mark.clone(),
        _ => return settles,
    };
    // Where no look follows, the rest is planned behind it as it is.
    let looks = settles.steps.iter().any(|step| matches!(step, Step::Look(_)));
    if cx.settings.goal != Goal::Install || !looks {
        return settles;
    }
    let node = cx.node.after(&cx.desired.owner, &mark);
    let next = install(&PlanContext::new(&node, cx.settings, cx.desired, cx.history, cx.now));
    let is_file =
        |change: &Change| matches!(change, Change::Publish(_) | Change::MakeDir(_) | Change::Remove { .. });
    // The chain is planned when all that it needs is known and there: what else is asked, awaited or failed on is not its
    // concern, and follows the look.
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
