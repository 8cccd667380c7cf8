//! A runtime that does not answer: it is down, or still starting.

use std::time::Duration;

use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::plan::restart::service::{ask_for_service, with_unit};

/// How soon the service manager is asked again if the runtime's start failed.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// How long `--no-wait` waits for the socket.
const NO_WAIT: Duration = Duration::from_secs(5);

/// Succeeds if the runtime is down, and not only starting; blocked until that is known.
pub(in crate::plan) fn down(cx: &PlanContext<'_>, why: &str) -> Result<(), Blocked> {
    if cx.node.without_cri() || with_unit(cx)?.failed {
        return Ok(());
    }
    let asked = cx.node.answers.service.as_ref().map(|asked| asked.at);
    let is_old = asked.is_some_and(|at| cx.now.since(at) >= ASK_AGAIN);
    if is_old && asked < cx.history.woke {
        return Err(ask_for_service());
    }
    let since = cx.history.since(ReasonKind::RuntimeStarting, cx.now);
    let until = since.after(cx.settings.restart_timeout);
    if cx.now >= until {
        return Ok(());
    }
    let reason = Reason {
        kind: ReasonKind::RuntimeStarting,
        text: format!(
            "the runtime does not answer yet, and nobody has seen it come up with its config: {why}"
        ),
    };
    if cx.settings.no_wait && cx.now >= since.after(NO_WAIT) {
        return Err(Blocked::skipped(reason));
    }
    Err(Blocked::wait(Wait {
        reason,
        until: None,
        gives_up: Some(until),
        poll: Poll::Every(Duration::from_millis(250)),
        interruptible: true,
    }))
}
