//! What holds a restart back: the last one, and the other nodes of the fleet.

use std::time::Duration;

use crate::node::{Attempt, Service};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Outcome, Plan, Poll, Reason, ReasonKind, Wait};
use crate::plan::settings::Goal;

/// Nodes of a fleet do not restart at once, and a runtime that was restarted a moment ago is left to its pods first:
/// what is being created while it is away stays "Created" for ever on older kubelets (`containerd#10437`).
pub(in crate::plan) fn held(cx: &PlanContext<'_>, service: &Service) -> Option<Plan> {
    // A runtime that does not run on its own config may start no pod at all.
    let is_unread = cx.attempt.as_ref().is_some_and(Attempt::is_unread);
    if cx.settings.no_wait || is_unread || pods_go_without(cx) {
        return None;
    }
    let quiet = cx.settings.restart_quiet;
    let age = cx.node.runtime_age.filter(|_| !is_first_start(cx, service));
    let rest = age.map_or(Duration::ZERO, |age| quiet.saturating_sub(age));
    let since = cx.history.since(ReasonKind::RestartHeld, cx.now);
    // The age is by the wall clock: where that was set back, the runtime looks young for hours.
    let quiet_ends = cx.now.after(rest).min(since.after(quiet));
    let until = quiet_ends.max(since.after(cx.history.jitter));
    if until <= cx.now {
        return None;
    }
    let text = if rest.is_zero() {
        format!(
            "the restart of the runtime waits for a random delay of at most {:?}",
            cx.settings.restart_jitter
        )
    } else {
        format!("the runtime was restarted less than {quiet:?} ago, so its next restart waits")
    };
    Some(Plan::outcome(Outcome::Wait(Wait {
        reason: Reason { kind: ReasonKind::RestartHeld, text },
        until: Some(until),
        gives_up: None,
        poll: Poll::Every(Duration::from_secs(1)),
        interruptible: true,
    })))
}

/// Whether the chain is what is missing: the node is fresh, or the primary is there and good, and every pod that is
/// made while the restart is held back goes without the chain for ever.
fn pods_go_without(cx: &PlanContext<'_>) -> bool {
    cx.settings.goal == Goal::Install
        && matches!(cx.runtime(), RuntimeState::Status(_))
        && !cx.last_good_chain_is_loaded()
}

/// Whether the runtime that is there now is the boot's own first start: that is no restart by anybody.
fn is_first_start(cx: &PlanContext<'_>, service: &Service) -> bool {
    let asked = cx.node.answers.service.as_ref();
    let of_this_start = asked.is_some_and(|asked| asked.incarnation == cx.node.incarnation());
    of_this_start && service.first_start
}
