//! A config that was written and never seen to come up, after a start of the runtime that no run requested: the
//! machine was booted, or another program restarted the runtime.
//!
//! | config files | runtime | plan |
//! |---|---|---|
//! | no file is as written, and one is being written | any | wait |
//! | no file is as written | any | the mark is removed |
//! | as written | answers, started since | it came up: settled |
//! | as written | answers, the same start | `/run` was emptied by hand: marked there again, because nothing was tried |
//! | as written | down: its unit failed, no CRI, or silent for `--restart-timeout` | old bytes; reset-failed; restart |
//! | as written | silent | wait |

use crate::node::{Attempt, Phase, Question};
use crate::plan::change::Step;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::Plan;
use crate::plan::restart::down::down;
use crate::plan::restart::mark::{marked, up};
use crate::plan::restart::{changed_files, rollback};
use crate::plan::settings::Goal;

/// Completes or reverts the files that were written for this restart.
pub(in crate::plan) fn unseen(cx: &PlanContext<'_>, attempt: &Attempt) -> Plan {
    if changed_files::bytes_before(cx, attempt).is_empty() {
        if let Some(plan) = changed_files::being_written(cx, attempt) {
            return plan;
        }
        let changed = Vec::new();
        return ended(cx, Attempt { phase: Phase::Left, changed, ..attempt.clone() });
    }
    let settled = || ended(cx, up(cx, attempt));
    match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => Plan::done(),
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
                &format!("it was started with this config, but nobody has seen it come up: {why}"),
            ),
            Err(plan) => plan,
        },
    }
}

/// The last mark, and an observation of the rest.
fn ended(cx: &PlanContext<'_>, attempt: Attempt) -> Plan {
    let mut plan = marked(cx, Attempt { incarnation: cx.node.incarnation(), ..attempt });
    if plan.questions.is_empty() {
        plan.steps.push(Step::Look("the node as it is"));
    }
    plan
}
