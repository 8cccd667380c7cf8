//! A config that was written and never seen to come up, and a start of the runtime since that no run asked for: the
//! machine was booted, or somebody else restarted the runtime.
//!
//! | config files | runtime | plan |
//! |---|---|---|
//! | none is as written, and one is being written | any | wait |
//! | none is as written | any | the mark goes |
//! | as written | answers, started since | it came up: settled |
//! | as written | answers, the start of then | `/run` was emptied by hand: marked there again, since nobody tried |
//! | as written | down: its unit failed, no CRI, or silent for `--restart-timeout` | bytes before; reset-failed; restart |
//! | as written | silent | wait |

use std::time::Duration;

use crate::node::{Attempt, Phase, Question};
use crate::plan::change::Step;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Outcome, Plan, Poll, Reason, ReasonKind, Wait};
use crate::plan::restart::resume_restart::{marked, up};
use crate::plan::restart::rollback;
use crate::plan::restart::{ask_for_service, service};
use crate::plan::settings::Goal;

/// How soon the service manager is asked anew whether the runtime's start came to nothing.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// How long `--no-wait` waits for the socket.
const NO_WAIT: Duration = Duration::from_secs(5);

/// What becomes of what was written for this restart.
pub(in crate::plan) fn unseen(cx: &PlanContext<'_>, attempt: &Attempt) -> Plan {
    if rollback::bytes_before(cx, attempt).is_empty() {
        if let Some(plan) = rollback::being_written(cx, attempt) {
            return plan;
        }
        let changed = Vec::new();
        return ended(cx, Attempt { phase: Phase::Left, changed, ..attempt.clone() });
    }
    let settled = || ended(cx, up(cx, attempt));
    match cx.runtime() {
        RuntimeState::NotUsed => Plan::done(),
        RuntimeState::NotAsked => Plan::ask(Question::Runtime),
        RuntimeState::Status(_) if cx.node.incarnation() == attempt.incarnation => match cx.attempt {
            Some(_) => Plan::done(),
            None => ended(cx, Attempt { phase: Phase::Left, ..attempt.clone() }),
        },
        RuntimeState::Status(_) => settled(),
        RuntimeState::Unreachable(_) if cx.settings.goal == Goal::Uninstall && cx.as_before_without_cri() => {
            settled()
        }
        RuntimeState::Unreachable(why) => match down(cx, why) {
            Ok(()) => rollback::roll_back(
                cx,
                attempt,
                &format!("it was started with it, and nobody has seen it come up: {why}"),
            ),
            Err(plan) => plan,
        },
    }
}

/// The last mark, and a look at what is left to do.
fn ended(cx: &PlanContext<'_>, attempt: Attempt) -> Plan {
    let mut plan = marked(cx, Attempt { incarnation: cx.node.incarnation(), ..attempt });
    if plan.questions.is_empty() {
        plan.steps.push(Step::Look("the node as it is"));
    }
    plan
}

/// Whether the runtime is down, and not merely starting; a plan that waits or asks until that is known.
pub(in crate::plan) fn down(cx: &PlanContext<'_>, why: &str) -> Result<(), Plan> {
    if cx.node.without_cri() || service(cx)?.failed {
        return Ok(());
    }
    let asked = cx.node.answers.service.as_ref().map(|asked| asked.at);
    let is_old = asked.is_some_and(|at| cx.now.since(at) >= ASK_AGAIN);
    if is_old && asked < cx.history.woke {
        return Err(ask_for_service(cx));
    }
    let since = cx.history.since(ReasonKind::RuntimeStarting, cx.now);
    let until = since.after(cx.settings.restart_timeout);
    if cx.now >= until {
        return Ok(());
    }
    let reason = Reason {
        kind: ReasonKind::RuntimeStarting,
        text: format!(
            "the runtime does not answer yet, with a config that nobody has seen it come up with: {why}"
        ),
    };
    if cx.settings.no_wait && cx.now >= since.after(NO_WAIT) {
        return Err(Plan::outcome(Outcome::SkippedNoWait(reason)));
    }
    Err(Plan::outcome(Outcome::Wait(Wait {
        reason,
        until: None,
        gives_up: Some(until),
        poll: Poll::Every(Duration::from_millis(250)),
        interruptible: true,
    })))
}
