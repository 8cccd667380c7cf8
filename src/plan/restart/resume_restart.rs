//! Continues a restart that is neither settled nor rolled back. `restart/rollback.rs` rolls it back.
//!
//! The attempt in `/run` names config files, with their bytes before the restart ("old") and those that were written for
//! it ("new"). Bytes that are neither are another program's ("foreign"). The runtime is "the same" if it was not
//! started since the attempt was written.
//!
//! | config files | runtime | plan |
//! |---|---|---|
//! | old or foreign | the same | the attempt is over: its values were never loaded, so everything is planned anew |
//! | new | the same | the run that wrote them died: restart |
//! | new, but this run desires other values | the same, and the time is over | write the old bytes; nothing was loaded, so no restart |
//! | any | the same, and this run requested the restart | wait; roll back after an error, or when the time is over |
//! | new | started, does not answer, and the time is not over | wait |
//! | new | started, reports the new values | settled; marked as disturbed if a file was written during the start (`restart/unread.rs`) |
//! | foreign | started, and this run desires other values | failed, because nobody knows if the restart held |
//! | new | silent when the time is over, or it reports other values | roll back: old bytes, reset-failed, restart, observe |
//! | new, but another owner's run or one with other values wrote them | the time is not over | wait: that run completes the restart |
//! | old, restored by somebody else | started | the attempt is over |
//! | old, restored by this program | answers | failed; exit 7 |
//! | old, restored by the rollback timer because the runtime was down | started | failed; exit 7 |
//! | old, restored by the rollback timer although the runtime was up | started | planned anew: only the run that watched was gone |
//!
//! `restart/once.rs` says when a failed restart may be tried again. `restart/unseen.rs` handles files that were written
//! for a restart whose attempt is no longer in `/run`, for example after a boot.

use std::time::Duration;

use crate::node::{Attempt, Phase, Question};
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::plan::draft::Draft;
use crate::plan::restart::mark::{is_desired, is_for, mark, starting, up};
use crate::plan::restart::request::restart;
use crate::plan::restart::service::with_methods;
use crate::plan::restart::verdict::judges;
use crate::plan::restart::{arm, changed_files, failures, reserve, rollback, unread, unseen};
use crate::plan::settings::{Goal, RestartMode};

/// A restart that is neither settled nor rolled back comes before everything else.
pub(in crate::plan) fn resume_restart(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<(), Blocked> {
    let Some(attempt) = &cx.attempt else {
        let mark = cx.node.unverified();
        return mark.map_or(Ok(()), |mark| unseen::unseen(cx, draft, &mark.in_this_boot()));
    };
    match attempt.phase {
        Phase::Settled | Phase::Failed => over(cx, draft, attempt),
        Phase::Left => {
            over(cx, draft, attempt)?;
            left(cx, draft, attempt)
        }
        Phase::Asked if is_anothers(cx, attempt) => Err(anothers(cx, attempt)),
        Phase::Asked => asked(cx, draft, attempt),
        Phase::RollingBack => rollback::rolling_back(cx, draft, attempt),
    }
}

/// Cleans up after a run that was killed after its last mark: the rollback timer and the durable mark may remain.
pub(in crate::plan) fn over(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: &Attempt,
) -> Result<(), Blocked> {
    let disarm = arm::disarm(cx)?;
    let mark = cx.node.unverified().filter(|_| !attempt.is_unproven());
    draft.steps.extend(mark.map(|_| Step::Change(Change::Mark(attempt.clone()))));
    draft.steps.extend(disarm);
    Ok(())
}

/// A config that was written without a restart: if the runtime was started since, the result of that start counts.
fn left(cx: &PlanContext<'_>, draft: &mut Draft, attempt: &Attempt) -> Result<(), Blocked> {
    let is_tried = cx.node.incarnation() != attempt.incarnation;
    let is_gone = changed_files::bytes_before(cx, attempt).is_empty();
    if attempt.is_unproven() && (is_tried || is_gone) { unseen::unseen(cx, draft, attempt) } else { Ok(()) }
}

/// True if another run of this program is completing this restart: another owner's, or one with other desired values.
fn is_anothers(cx: &PlanContext<'_>, attempt: &Attempt) -> bool {
    let is_of_another_owner = attempt.owner.as_deref().is_some_and(|owner| owner != cx.desired.owner);
    (!is_desired(cx, attempt) || is_of_another_owner)
        && cx.history.restart_of(attempt).is_none()
        && cx.now < attempt.deadline()
        && !(changed_files::is_rolled_back(cx, attempt) && arm::has_fired(cx))
}

fn anothers(cx: &PlanContext<'_>, attempt: &Attempt) -> Blocked {
    let reason = Reason {
        kind: ReasonKind::AnothersRestart,
        text: "another run of this program is restarting the runtime".to_owned(),
    };
    if cx.settings.no_wait {
        return Blocked::skipped(reason);
    }
    Blocked::wait(Wait {
        reason,
        until: Some(attempt.deadline()),
        gives_up: None,
        poll: Poll::Every(Duration::from_millis(250)),
        interruptible: true,
    })
}

fn asked(cx: &PlanContext<'_>, draft: &mut Draft, attempt: &Attempt) -> Result<(), Blocked> {
    let late = cx.now >= attempt.deadline();
    let ours = cx.history.restart_of(attempt);
    if cx.node.incarnation() == attempt.incarnation {
        return match ours {
            // A run died between the mark and the restart, or the method that this run used failed.
            None if changed_files::stands(cx, attempt) && is_desired(cx, attempt) => {
                again(cx, draft, attempt)
            }
            // The restart was for other values. Files that were never loaded are restored without a restart.
            None if changed_files::stands(cx, attempt) && !attempt.changed.is_empty() => {
                draft.steps.extend(changed_files::bytes_before(cx, attempt));
                draft.look("the config as it was");
                Ok(())
            }
            // The values were never tried: the restart of this mark never happened.
            None => over(cx, draft, attempt),
            Some(history) => match &history.trouble {
                Some(trouble) => rollback::roll_back(cx, draft, attempt, trouble),
                None if late => rollback::roll_back(cx, draft, attempt, "it did not start again"),
                None => Err(starting(cx, attempt, "the runtime has not started again yet")),
            },
        };
    }
    if changed_files::is_rolled_back(cx, attempt) {
        // Another program restarted a runtime for which no file was changed.
        return if arm::has_fired(cx) {
            rollback::by_the_rollback_timer(cx, draft, attempt)
        } else {
            nothing_came_of_it(cx, draft, attempt)
        };
    }
    match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => Ok(()),
        RuntimeState::NotAsked => Err(Blocked::ask(Question::Runtime)),
        RuntimeState::Unreachable(_) if cx.settings.goal == Goal::Uninstall && cx.as_before_without_cri() => {
            settled(cx, draft, attempt)
        }
        RuntimeState::Unreachable(why) if late => {
            rollback::roll_back(cx, draft, attempt, &format!("it does not answer: {why}"))
        }
        RuntimeState::Unreachable(why) => match ours.and_then(|history| history.trouble.as_ref()) {
            Some(trouble) => rollback::roll_back(cx, draft, attempt, trouble),
            None => Err(starting(cx, attempt, &format!("the runtime is starting: {why}"))),
        },
        RuntimeState::Status(status) => {
            let differs = cx.differences(status);
            // If the runtime may have read other files than the attempt's, its live values say nothing about the
            // attempt.
            let is_read = attempt.retries > 0 || !unread::is_overwritten(cx, attempt);
            if is_for(attempt, &cx.desired_values().words()) && !differs.is_empty() && is_read {
                let differs = differs.join(" and ");
                return rollback::roll_back(cx, draft, attempt, &format!("it came back with {differs}"));
            }
            settled(cx, draft, attempt)
        }
    }
}

/// The restart had no effect, so its mark is removed.
fn nothing_came_of_it(cx: &PlanContext<'_>, draft: &mut Draft, attempt: &Attempt) -> Result<(), Blocked> {
    mark(cx, draft, Attempt { phase: Phase::Left, changed: Vec::new(), ..attempt.clone() })
}

/// Requests the same restart again: the reason is the same, and its time starts again.
fn again(cx: &PlanContext<'_>, draft: &mut Draft, attempt: &Attempt) -> Result<(), Blocked> {
    let known = with_methods(cx)?;
    if cx.settings.restart == RestartMode::Never {
        return mark(cx, draft, Attempt { phase: Phase::Left, ..attempt.clone() });
    }
    let restart = judges::on_disk(cx, &[], "as it is").and_then(|verdict| {
        let why = "a run that had requested it was killed".to_owned();
        let (by, restart) = restart(cx, &known, why, verdict.comes_up)?;
        Ok((by, restart, verdict.findings))
    });
    if restart.as_ref().is_err_and(|blocked| blocked.failure().is_some()) {
        // Values that were not tried must not take effect at another program's restart.
        draft.steps.extend(changed_files::bytes_before(cx, attempt));
    }
    let (by, restart, findings) = restart?;
    draft.findings.extend(findings);
    // The old rollback timer must not fire during this restart.
    let arm = arm::arm(cx, &known, by, attempt.changed.clone());
    draft.change(Change::Mark(Attempt {
        owner: Some(cx.desired.owner.as_str().into()),
        asked_ms: cx.now.millis(),
        ..attempt.clone()
    }));
    draft.steps.extend(arm);
    draft.change(restart);
    draft.look("the runtime to come back");
    Ok(())
}

/// The runtime came up with the desired values: this restart is never rolled back any more, and the chain may be
/// published at once. The program waits before it ends (`history.rs`).
fn settled(cx: &PlanContext<'_>, draft: &mut Draft, attempt: &Attempt) -> Result<(), Blocked> {
    // This run desires other values, and the files are foreign, so nothing shows that the restart held. Only a restart
    // that held ends the count of failures.
    if !is_desired(cx, attempt) && !changed_files::stands(cx, attempt) {
        return rollback::failed(cx, draft, attempt, failures::SOMEBODY_ELSES);
    }
    let settled = Attempt { disturbed: unread::is_disturbed(cx, attempt), ..up(cx, attempt) };
    // After this mark the rollback script does nothing, so its timer can be stopped later, when the method is known.
    draft.change(Change::Mark(settled));
    draft.steps.extend(arm::disarm(cx).unwrap_or_default());
    draft.steps.extend(reserve::released(cx, attempt));
    draft.look("the runtime as it is now");
    Ok(())
}
