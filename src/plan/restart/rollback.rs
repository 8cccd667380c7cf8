//! The rollback: the old bytes, a restart with them, and a mark with the result.

use crate::node::{Attempt, Digest, Phase, Question, RestartMethod, RestartReason};
use crate::plan::blocked::{Blocked, if_possible};
use crate::plan::change::{Change, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::ReasonKind;
use crate::plan::draft::Draft;
use crate::plan::restart::changed_files::{being_written, bytes_before, is_rolled_back};
use crate::plan::restart::down::down;
use crate::plan::restart::failures::{AS_BEFORE, SOMEBODY_ELSES, overridden, still_down, tried};
use crate::plan::restart::mark::{is_desired, is_for, mark, starting};
use crate::plan::restart::request::restart;
use crate::plan::restart::service::{service, with_methods};
use crate::plan::restart::verdict::judges;
use crate::plan::restart::{arm, once};
use crate::report::{Failure, FailureCode};

/// The limit of restarts on the old bytes in one rollback.
const MOST: u8 = 3;

/// Restores the old bytes, and restarts the runtime with them.
pub(in crate::plan) fn roll_back(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: &Attempt,
    why: &str,
) -> Result<(), Blocked> {
    let bytes = bytes_before(cx, attempt);
    if bytes.is_empty() {
        being_written(cx, attempt)?;
        return failed(cx, draft, attempt, why);
    }
    // Without a method, the supervisor may start the runtime with the old bytes.
    let restart = if_possible(on_the_bytes_before(cx, attempt, &bytes))?;
    // The mark comes first, so that the next run continues if this one is killed here.
    let restarts = u8::from(restart.is_some());
    draft.change(Change::Mark(Attempt { rollback_restarts: restarts, ..begun(cx, attempt, why) }));
    draft.steps.extend(bytes);
    draft.steps.extend(restart.into_iter().flatten());
    Ok(())
}

/// Takes up a rollback whose old bytes are restored already, and whose restart nobody requested.
pub(in crate::plan) fn resume(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: &Attempt,
    why: &str,
) -> Result<(), Blocked> {
    mark(cx, draft, begun(cx, attempt, why))?;
    draft.look("the runtime, down on its former config");
    Ok(())
}

/// The mark of a rollback that begins now.
fn begun(cx: &PlanContext<'_>, attempt: &Attempt, why: &str) -> Attempt {
    Attempt {
        phase: Phase::RollingBack,
        incarnation: cx.node.incarnation(),
        asked_ms: cx.now.millis(),
        timeout_ms: u64::try_from(cx.settings.restart_timeout.as_millis()).unwrap_or(u64::MAX),
        trouble: Some(why.into()),
        rollback_restarts: 0,
        ..attempt.clone()
    }
}

/// A restart after the old bytes are restored.
fn on_the_bytes_before(
    cx: &PlanContext<'_>,
    attempt: &Attempt,
    bytes: &[Step],
) -> Result<Vec<Step>, Blocked> {
    let known = with_methods(cx)?;
    let verdict = judges::way_back(cx, bytes, attempt.ran.as_deref())?;
    let why = "its config was rolled back".to_owned();
    let (by, restart) = restart(cx, &known, why, verdict.comes_up)?;
    // The old timer would fire during this restart; a new one completes the restart if this process is killed.
    let arm = arm::arm_if_possible(cx, &known, by, attempt.changed.clone());
    let mut steps: Vec<Step> = arm.into_iter().collect();
    // systemd's start limit must not prevent the rollback.
    if let Some(unit) = known.service.unit.clone().filter(|_| by != RestartMethod::Signal) {
        steps.push(Step::Change(Change::ResetFailed { unit, by }));
    }
    steps.push(Step::Change(restart));
    steps.push(Step::Look("the runtime to come back on its former config"));
    Ok(steps)
}

/// The rollback timer fired, because no run cancelled it.
pub(in crate::plan) fn by_the_rollback_timer(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: &Attempt,
) -> Result<(), Blocked> {
    let since = cx.history.since(ReasonKind::RuntimeStarting, cx.now);
    let late = cx.now >= since.after(cx.settings.restart_timeout);
    match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => Ok(()),
        RuntimeState::NotAsked => Err(Blocked::ask(Question::Runtime)),
        RuntimeState::Unreachable(why) => Err(still_away(cx, attempt, late, why)),
        // The runtime was up with the written files: only the run that watched was gone.
        RuntimeState::Status(_) if arm::had_come_up(cx) && attempt.retries < once::RETRIES => {
            let retries = attempt.retries + 1;
            let left = Attempt { phase: Phase::Left, changed: Vec::new(), retries, ..attempt.clone() };
            mark(cx, draft, left)?;
            draft.look("the runtime on its former config");
            Ok(())
        }
        RuntimeState::Status(_) => {
            let attempt = Attempt {
                phase: Phase::RollingBack,
                trouble: Some("nothing stopped the rollback timer".into()),
                ..attempt.clone()
            };
            failed(cx, draft, &attempt, "")
        }
    }
}

/// Completes a rollback: restores what is still missing, and requests the restart if no run has requested it.
pub(in crate::plan) fn rolling_back(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: &Attempt,
) -> Result<(), Blocked> {
    let late = cx.now >= attempt.deadline();
    let silent = matches!(cx.runtime(), RuntimeState::Unreachable(_));
    let left = bytes_before(cx, attempt);
    let never_asked = cx.history.restart_of(attempt).is_none()
        && (cx.node.incarnation() == attempt.incarnation || late && silent);
    if left.is_empty() && !attempt.changed.is_empty() && !is_rolled_back(cx, attempt) {
        return on_somebody_elses(cx, draft, attempt, never_asked);
    }
    if never_asked || !left.is_empty() {
        let restart = once_more_on_the_bytes_before(cx, attempt, &left)?;
        // Without a method, the supervisor may start the runtime.
        if restart.is_some() || !left.is_empty() {
            draft.steps.extend(left);
            draft.steps.extend(restart.into_iter().flatten());
            return Ok(());
        }
    }
    match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => Ok(()),
        RuntimeState::NotAsked => Err(Blocked::ask(Question::Runtime)),
        RuntimeState::Unreachable(why) if !cx.as_before_without_cri() => {
            Err(still_away(cx, attempt, late, why))
        }
        RuntimeState::Unreachable(_) | RuntimeState::Status(_) => {
            failed(cx, draft, attempt, "it did not come back with it")
        }
    }
}

/// A further restart on the old bytes, by a run whose predecessor was killed; `None` if it is one too many. It is counted
/// before it is made, and after the unit's failed state was reset: while the unit is `inactive`, the restart that was
/// counted last was not made, and a start hurts nobody.
fn once_more_on_the_bytes_before(
    cx: &PlanContext<'_>,
    attempt: &Attempt,
    left: &[Step],
) -> Result<Option<Vec<Step>>, Blocked> {
    let is_counted = !is_inactive(cx)?;
    if is_counted && attempt.rollback_restarts >= MOST {
        return Ok(None);
    }
    let Some(mut steps) = if_possible(on_the_bytes_before(cx, attempt, left))? else { return Ok(None) };
    let mark = Attempt {
        rollback_restarts: attempt.rollback_restarts.saturating_add(u8::from(is_counted)),
        asked_ms: cx.now.millis(),
        ..attempt.clone()
    };
    if let Some(at) = steps.iter().position(|step| matches!(step, Step::Change(Change::Restart { .. }))) {
        steps.insert(at, Step::Change(Change::Mark(mark)));
    }
    Ok(Some(steps))
}

/// The runtime does not answer after the rollback: it is starting, or its time is over.
fn still_away(cx: &PlanContext<'_>, attempt: &Attempt, late: bool, why: &str) -> Blocked {
    if late {
        return still_down(why);
    }
    starting(cx, attempt, &format!("the runtime is starting on its former config: {why}"))
}

/// Another program has overwritten the config files, so nothing can be rolled back. If the restart of the rollback was
/// never requested, the runtime is restarted with these files: once after each change of them, and in one boot as often
/// as any failed restart is retried.
///
/// A runtime that is down has no socket, so nothing shows when it was started last. Instead the mark before the restart
/// names the hash of the files, and a unit that is `inactive` was not started since its failed state was reset.
fn on_somebody_elses(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: &Attempt,
    never_asked: bool,
) -> Result<(), Blocked> {
    let Some(on) = if_possible(judges::digest_once(cx, &[]))? else {
        return failed(cx, draft, attempt, SOMEBODY_ELSES);
    };
    let is_marked = attempt.restarted_on.as_deref() == Some(&on);
    if is_marked
        && let RuntimeState::Unreachable(why) = cx.runtime()
        && !is_inactive(cx)?
    {
        down(cx, why)?;
        return given_up(cx, draft, attempt);
    }
    let retries = attempt.retries + u32::from(!is_marked);
    if never_asked && retries > once::RETRIES {
        return given_up(cx, draft, attempt);
    }
    if never_asked && let Some(steps) = if_possible(on_the_bytes_before(cx, attempt, &[]))? {
        draft.steps.extend(marked_around(cx, attempt, steps, (on, retries)));
        return Ok(());
    }
    failed(cx, draft, attempt, SOMEBODY_ELSES)
}

/// The mark with the requested restart comes right before the restart. The mark after it stops later runs from
/// repeating it.
fn marked_around(
    cx: &PlanContext<'_>,
    attempt: &Attempt,
    mut steps: Vec<Step>,
    (on, retries): (Digest, u32),
) -> Vec<Step> {
    let Some(at) = steps.iter().position(|step| matches!(step, Step::Change(Change::Restart { .. }))) else {
        return steps;
    };
    let asked = Attempt { restarted_on: Some(on.into()), retries, ..attempt.clone() };
    let failed = Attempt { phase: Phase::Failed, incarnation: cx.node.incarnation(), ..asked.clone() };
    steps.insert(at + 1, Step::Change(Change::Mark(failed)));
    steps.insert(at, Step::Change(Change::Mark(asked)));
    steps
}

/// True if the runtime's unit was not started since its failed state was reset, by an answer of this process.
fn is_inactive(cx: &PlanContext<'_>) -> Result<bool, Blocked> {
    Ok(service(cx)?.active_state.as_deref() == Some("inactive"))
}

/// The runtime is down with another program's files, and no restart of this program helps. From here on it is treated
/// like any runtime that does not answer.
fn given_up(cx: &PlanContext<'_>, draft: &mut Draft, attempt: &Attempt) -> Result<(), Blocked> {
    let failed = Attempt { phase: Phase::Failed, incarnation: cx.node.incarnation(), ..attempt.clone() };
    mark(cx, draft, failed)?;
    draft.look("the runtime, on the config that somebody else wrote");
    Ok(())
}

/// Marks the reason as tried, so that it is retried only after a change, and fails with the cause.
pub(in crate::plan) fn failed(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: &Attempt,
    why: &str,
) -> Result<(), Blocked> {
    let rolled_back = attempt.phase == Phase::RollingBack;
    let failure = match &attempt.reason {
        RestartReason::Values { desired, .. } if rolled_back => {
            tried(cx, attempt, desired, &runs_now(cx, attempt))
        }
        RestartReason::Values { desired, .. } => overridden(cx, desired, why),
        RestartReason::Chain { .. } => Failure::new(
            FailureCode::RestartFailed,
            format!("the runtime was restarted so that it loads the chain, and {why}"),
            "on the host: systemctl status containerd; journalctl -u containerd",
        ),
    };
    let failed = Attempt { phase: Phase::Failed, incarnation: cx.node.incarnation(), ..attempt.clone() };
    if !is_desired(cx, attempt) {
        // Another run desired these values, so this run does not fail with it.
        mark(cx, draft, failed)?;
        draft.look("the runtime as it was before that restart");
        return Ok(());
    }
    if_possible(mark(cx, draft, failed))?;
    Err(failure.into())
}

/// The runtime's state with the old bytes, as it reports it.
fn runs_now(cx: &PlanContext<'_>, attempt: &Attempt) -> String {
    match cx.runtime() {
        RuntimeState::Status(status) if is_for(attempt, &cx.desired_values().words()) => {
            let now = cx.differences(status);
            if now == attempt.had { AS_BEFORE.to_owned() } else { format!("with {}", now.join(" and ")) }
        }
        _ => AS_BEFORE.to_owned(),
    }
}
