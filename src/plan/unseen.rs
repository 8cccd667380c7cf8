//! A config that was written and never seen to come up, and a start of the runtime since that no run asked for: the
//! machine was booted, or somebody else restarted the runtime.
//!
//! | config files | runtime | plan |
//! |---|---|---|
//! | none is as written | any | the mark goes |
//! | as written | answers, started since | it came up: settled |
//! | as written | answers, the start of then | `/run` was emptied by hand: marked there again, since nobody tried |
//! | as written | down: its unit failed, no CRI, or silent for `--restart-timeout` | bytes before; reset-failed; restart |
//! | as written | silent | wait |

use std::time::Duration;

use super::change::Step;
use super::facts::{Facts, View};
use super::next::{Plan, Poll, Reason, ReasonKind, Rest, Wait};
use super::pending::marked;
use super::restart::{ask_for_service, service};
use super::rollback;
use super::settings::Goal;
use crate::node::{Attempt, Phase, Question};

/// How soon the service manager is asked anew whether the runtime's start came to nothing.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// How long `--no-wait` waits for the socket.
const NO_WAIT: Duration = Duration::from_secs(5);

/// What becomes of what was written for this restart.
pub(super) fn unseen(facts: &Facts<'_>, attempt: &Attempt) -> Plan {
    if rollback::bytes_before(facts, attempt).is_empty() {
        let changed = Vec::new();
        return ended(facts, Attempt { phase: Phase::Left, changed, ..attempt.clone() });
    }
    let settled = || ended(facts, Attempt { phase: Phase::Settled, ..attempt.clone() });
    match facts.runtime() {
        View::None => Plan::done(),
        View::Unasked => Plan::ask(Question::Runtime),
        View::Says(_) if facts.node.incarnation() == attempt.incarnation => match facts.attempt {
            Some(_) => Plan::done(),
            None => ended(facts, Attempt { phase: Phase::Left, ..attempt.clone() }),
        },
        View::Says(_) => settled(),
        View::Silent(_) if facts.settings.goal == Goal::Uninstall && facts.as_before_without_cri() => {
            settled()
        }
        View::Silent(why) => match down(facts, why) {
            Ok(()) => rollback::give_back(
                facts,
                attempt,
                &format!("it was started with it, and nobody has seen it come up: {why}"),
            ),
            Err(plan) => plan,
        },
    }
}

/// The last mark, and a look at what is left to do.
fn ended(facts: &Facts<'_>, attempt: Attempt) -> Plan {
    let mut plan = marked(facts, Attempt { incarnation: facts.node.incarnation(), ..attempt });
    if plan.questions.is_empty() {
        plan.steps.push(Step::Look("the node as it is"));
    }
    plan
}

/// Whether the runtime is down, and not merely starting; a plan that waits or asks until that is known.
pub(super) fn down(facts: &Facts<'_>, why: &str) -> Result<(), Plan> {
    if facts.node.without_cri() || service(facts)?.failed {
        return Ok(());
    }
    let asked = facts.node.answers.service.as_ref().map(|asked| asked.at);
    let is_old = asked.is_some_and(|at| facts.now.since(at) >= ASK_AGAIN);
    if is_old && asked < facts.past.woke {
        return Err(ask_for_service(facts));
    }
    let since = facts.past.since(ReasonKind::RuntimeStarting, facts.now);
    let until = since.after(facts.settings.restart_timeout);
    if facts.now >= until {
        return Ok(());
    }
    let reason = Reason {
        kind: ReasonKind::RuntimeStarting,
        text: format!(
            "the runtime does not answer yet, with a config that nobody has seen it come up with: {why}"
        ),
    };
    if facts.settings.no_wait && facts.now >= since.after(NO_WAIT) {
        return Err(Plan::rest(Rest::Left(reason)));
    }
    Err(Plan::rest(Rest::Wait(Wait {
        reason,
        until: None,
        gives_up: Some(until),
        poll: Poll::Every(Duration::from_millis(250)),
        interruptible: true,
    })))
}
