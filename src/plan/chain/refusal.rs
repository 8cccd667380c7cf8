//! Reasons to refuse the chain; checked before the first change for it.

use crate::plan::blocked::Blocked;
use crate::plan::chain::compose::compose_chain;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::takeover::check_takeover;
use crate::plan::chain::{in_place, network, single_network};
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::plan::pod;
use crate::plan::settings::Layout;

/// Reasons to refuse the chain that no later change can remove; checked before any write.
pub(in crate::plan) fn refusal(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    primary: &Ready,
) -> Result<(), Blocked> {
    let (path, composed) = compose_chain(cx, primary)?;
    if !cx.desired.has_chain() {
        return pod::refusal(cx, path, composed);
    }
    if cx.desired.chain_layout() == Layout::InPlace {
        in_place::refusal(cx, primary, path)?;
    } else {
        check_takeover(cx, path)?;
        single_network::refusal(cx, primary, path)?;
    }
    network::refusal(cx, draft, primary, path, composed)?;
    pod::refusal(cx, path, composed)
}

/// Reasons to refuse the chain with any primary; checked before the runtime is restarted for it.
pub(in crate::plan) fn refusal_without_primary(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    if cx.desired.chain_layout() == Layout::OwnFile {
        single_network::refusal_without_primary(cx)
    } else {
        Ok(())
    }
}
