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
use crate::plan::blocked::Blocked;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::draft::Draft;
use crate::plan::restart::down::down;
use crate::plan::restart::mark::{mark, up};
use crate::plan::restart::{changed_files, rollback};
use crate::plan::settings::Goal;

/// Completes or reverts the files that were written for this restart.
pub(in crate::plan) fn unseen(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: &Attempt,
) -> Result<(), Blocked> {
    if changed_files::bytes_before(cx, attempt).is_empty() {
        changed_files::being_written(cx, attempt)?;
        let changed = Vec::new();
        return ended(cx, draft, Attempt { phase: Phase::Left, changed, ..attempt.clone() });
    }
    match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => Ok(()),
        RuntimeState::NotAsked => Err(Blocked::ask(Question::Runtime)),
        RuntimeState::Status(_) if cx.node.incarnation() == attempt.incarnation => match cx.attempt {
            Some(_) => Ok(()),
            None => ended(cx, draft, Attempt { phase: Phase::Left, ..attempt.clone() }),
        },
        RuntimeState::Status(_) => ended(cx, draft, up(cx, attempt)),
        RuntimeState::Unreachable(_) if cx.settings.goal == Goal::Uninstall && cx.as_before_without_cri() => {
            ended(cx, draft, up(cx, attempt))
        }
        RuntimeState::Unreachable(why) => {
            down(cx, why)?;
            let why = format!("it was started with this config, but nobody has seen it come up: {why}");
            rollback::roll_back(cx, draft, attempt, &why)
        }
    }
}

/// The last mark, and an observation of the rest.
fn ended(cx: &PlanContext<'_>, draft: &mut Draft, attempt: Attempt) -> Result<(), Blocked> {
    mark(cx, draft, Attempt { incarnation: cx.node.incarnation(), ..attempt })?;
    draft.look("the node as it is");
    Ok(())
}
