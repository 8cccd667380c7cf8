//! A conf dir that was replaced under the runtime: the runtime loads what is published there only after a restart. So
//! what forbids the restart is told before the first change for the chain (promise 1 of the contract).

use crate::node::Digest;
use crate::plan::blocked::Blocked;
use crate::plan::chain::compose::compose_chain;
use crate::plan::chain::publish;
use crate::plan::chain::ready::Ready;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::draft::Draft;
use crate::plan::restart::request;

/// Blocked if the chain would be published into a replaced directory, and the runtime cannot be restarted for it.
pub(in crate::plan) fn refusal(cx: &PlanContext<'_>, primary: &Ready) -> Result<(), Blocked> {
    let dir = &cx.desired.dirs.conf;
    let is_verified = !cx.settings.verify_timeout.is_zero();
    let is_dead = matches!(cx.runtime(), RuntimeState::Status(_)) && cx.node.is_replaced(dir);
    if !cx.desired.has_chain() || !is_verified || !is_dead {
        return Ok(());
    }
    let (path, composed) = compose_chain(cx, primary)?;
    if publish::publish(cx, &mut Draft::default(), primary, path, composed)?.is_empty() {
        return Ok(());
    }
    let fact = format!(
        "{dir} was replaced after the runtime started, so the runtime loads the chain only after a restart, and the \
         chain was not published"
    );
    request::possible_for_chain(cx, Digest::of(&composed.bytes)).map_err(|blocked| blocked.behind(&fact))
}
