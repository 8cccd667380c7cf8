//! A config that was written for a restart, and nobody has seen the runtime come up with it. Since then the runtime was
//! started by others: by a boot, or by another program.
//!
//! | config files | runtime | plan |
//! |---|---|---|
//! | no file is as written, and one is being written | any | wait |
//! | all files are as before | down | a rollback was cut off before its restart, and no mark of it was written: restart |
//! | no file is as written | any other | the mark is removed: there is nothing to verify |
//! | as written | answers, was started since | settled: it came up with them |
//! | as written | answers, was not started since | `/run` was emptied by hand, so the mark is written there again |
//! | as written | down: its unit failed, it has no CRI, or it is silent for `--restart-timeout` | roll back |
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
        if let RuntimeState::Unreachable(why) = cx.runtime()
            && changed_files::is_rolled_back(cx, attempt)
            && !cx.as_before_without_cri()
        {
            down(cx, why)?;
            return rollback::resume(cx, draft, attempt, &not_seen(why));
        }
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
            rollback::roll_back(cx, draft, attempt, &not_seen(why))
        }
    }
}

fn not_seen(why: &str) -> String {
    format!("it was started with this config, but nobody has seen it come up: {why}")
}

/// The last mark, and an observation of the rest.
fn ended(cx: &PlanContext<'_>, draft: &mut Draft, attempt: Attempt) -> Result<(), Blocked> {
    mark(cx, draft, Attempt { incarnation: cx.node.incarnation(), ..attempt })?;
    draft.look("the node as it is");
    Ok(())
}
