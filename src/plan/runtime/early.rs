//! What is done for the runtime while the primary is awaited, so that only the chain is left to publish when it comes.

use crate::node::Kind;
use crate::plan::chain::refusal;
use crate::plan::context::PlanContext;
use crate::plan::decision::{Outcome, Plan};
use crate::plan::grants;
use crate::plan::runtime::{config, live};

/// The plan that waits, and before it what the runtime's config needs: on a fresh node, and with `--no-wait` where a
/// record of an earlier boot wants it. Elsewhere nothing is changed before the primary is there.
pub(in crate::plan) fn while_awaited(cx: &PlanContext<'_>, waits: Plan) -> Plan {
    if !live::has_drifted(cx) {
        return waits;
    }
    let allowed = match &waits.outcome {
        Outcome::Wait(_) => cx.is_fresh(),
        Outcome::SkippedNoWait(_) => Ok(an_earlier_boot_wants_it(cx)),
        Outcome::Done | Outcome::KeptLastGood(_) | Outcome::Fail(_) => Ok(false),
    };
    match allowed {
        Err(ask) => return ask,
        Ok(false) => return asked_before(cx, waits),
        Ok(true) => {}
    }
    // The restart is not for a chain that can never be published.
    let refusal = refusal::refusal_without_primary(cx);
    if refusal.outcome != Outcome::Done {
        return refusal;
    }
    if let Err(failure) = grants::for_chain(cx) {
        return Plan::fail(failure);
    }
    config::runtime(cx).then(|| waits)
}

/// Asks what the restart will need to know once the primary is there: who runs the runtime, and whether its containerd
/// reads the config.
fn asked_before(cx: &PlanContext<'_>, waits: Plan) -> Plan {
    let questions =
        if matches!(waits.outcome, Outcome::Wait(_)) { config::runtime(cx).questions } else { Vec::new() };
    if questions.is_empty() { waits } else { Plan { questions, ..Plan::done() } }
}

/// Whether a record says that this program changed the runtime's config, and no attempt of this boot is in `/run`:
/// every change of a config comes with one. Something made the config anew since then.
fn an_earlier_boot_wants_it(cx: &PlanContext<'_>) -> bool {
    let recorded = cx.record().is_some_and(|record| record.of_kind(Kind::Config).next().is_some());
    recorded && cx.attempt.is_none()
}
