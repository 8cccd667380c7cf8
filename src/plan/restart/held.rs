//! Reasons to delay a restart: a recent restart, and the other nodes of the fleet.

use std::time::Duration;

use crate::node::{Attempt, Service};
use crate::plan::blocked::Blocked;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::plan::settings::Goal;

/// The nodes of a fleet do not restart at once, and a runtime that was restarted a moment ago gets time for its pods:
/// on older kubelets a container that is created during the downtime stays "Created" forever (`containerd#10437`).
pub(in crate::plan) fn held(cx: &PlanContext<'_>, service: &Service) -> Result<(), Blocked> {
    // A runtime that does not run with its own config may be unable to start pods.
    let is_unread = cx.attempt.as_ref().is_some_and(Attempt::is_unread);
    if cx.settings.no_wait || is_unread || pods_go_without(cx) {
        return Ok(());
    }
    let quiet = cx.settings.restart_quiet;
    let age = cx.node.runtime_age.filter(|_| !is_first_start(cx, service));
    let rest = age.map_or(Duration::ZERO, |age| quiet.saturating_sub(age));
    let since = cx.history.since(ReasonKind::RestartHeld, cx.now);
    // The age is by the wall clock: if that was set back, the runtime looks young for hours.
    let quiet_ends = cx.now.after(rest).min(since.after(quiet));
    let until = quiet_ends.max(since.after(cx.history.jitter));
    if until <= cx.now {
        return Ok(());
    }
    let text = if rest.is_zero() {
        format!(
            "the restart of the runtime waits for a random delay of at most {:?}",
            cx.settings.restart_jitter
        )
    } else {
        format!("the runtime was restarted less than {quiet:?} ago, so its next restart waits")
    };
    Err(Blocked::wait(Wait {
        reason: Reason { kind: ReasonKind::RestartHeld, text },
        until: Some(until),
        gives_up: None,
        poll: Poll::Every(Duration::from_secs(1)),
        interruptible: true,
    }))
}

/// True if pods can start now and lack the chain forever: the runtime answers, and no chain of this owner is loaded.
fn pods_go_without(cx: &PlanContext<'_>) -> bool {
    cx.settings.goal == Goal::Install
        && matches!(cx.runtime(), RuntimeState::Status(_))
        && !cx.last_good_chain_is_loaded()
}

/// True if the runtime was started only once since boot: the first start is not a restart.
fn is_first_start(cx: &PlanContext<'_>, service: &Service) -> bool {
    let asked = cx.node.answers.service.as_ref();
    let of_this_start = asked.is_some_and(|asked| asked.incarnation == cx.node.incarnation());
    of_this_start && service.first_start
}
