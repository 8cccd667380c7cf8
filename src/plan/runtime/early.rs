//! Changes the runtime while the run waits for the primary, so that only the chain is left to publish when it
//! arrives.

use crate::node::Kind;
use crate::plan::chain::refusal;
use crate::plan::context::PlanContext;
use crate::plan::decision::{Outcome, Plan};
use crate::plan::grants;
use crate::plan::runtime::{config, live};

/// The waiting plan, after the changes of the runtime's config: on a fresh node, and with `--no-wait` if a record of
/// an earlier boot has such changes. On other nodes nothing is changed before the primary exists.
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
    // No restart for a chain that can never be published.
    let refusal = refusal::refusal_without_primary(cx);
    if refusal.outcome != Outcome::Done {
        return refusal;
    }
    if let Err(failure) = grants::for_chain(cx) {
        return Plan::fail(failure);
    }
    config::runtime(cx).then(|| waits)
}

/// Asks what the later restart needs to know: the runtime's service, and if its containerd reads the config.
fn asked_before(cx: &PlanContext<'_>, waits: Plan) -> Plan {
    let questions =
        if matches!(waits.outcome, Outcome::Wait(_)) { config::runtime(cx).questions } else { Vec::new() };
    if questions.is_empty() { waits } else { Plan { questions, ..Plan::done() } }
}

/// True if the record shows a change of the runtime's config and `/run` has no attempt of this boot. Every change of
/// a config has an attempt, so another program wrote the config again since then.
fn an_earlier_boot_wants_it(cx: &PlanContext<'_>) -> bool {
    let recorded = cx.record().is_some_and(|record| record.of_kind(Kind::Config).next().is_some());
    recorded && cx.attempt.is_none()
}
