//! Reasons to refuse the chain; checked before the first change for it.

use crate::plan::chain::compose::compose_chain;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::takeover::check_takeover;
use crate::plan::chain::{network, single_network};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::owners;

/// Reasons to refuse the chain that no later change can remove; checked before any write.
pub(in crate::plan) fn refusal(cx: &PlanContext<'_>, primary: &Ready) -> Plan {
    match compose_chain(cx, primary)
        .and_then(|(path, composed)| check_takeover(cx, path).map(|_| (path, composed)))
    {
        Ok((path, composed)) => {
            single_network::refusal(cx, primary, path).then(|| network::refusal(cx, primary, path, composed))
        }
        Err(plan) => plan,
    }
}

/// Reasons to refuse the chain with any primary; checked before the runtime is restarted for it.
pub(in crate::plan) fn refusal_without_primary(cx: &PlanContext<'_>) -> Plan {
    if let Err(plan) = owners::refusal(cx) {
        return plan;
    }
    single_network::refusal_without_primary(cx)
}
