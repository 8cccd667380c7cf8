//! A restart of the runtime for one reason. The mark and the rollback timer come before any effect.
//!
//! `restart/resume_restart.rs` completes it, `restart/rollback.rs` reverts it.

use crate::node::{Attempt, Digest, HostPath, Phase, RestartMethod, RestartReason};
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::draft::Draft;
use crate::plan::restart::service::{WithMethods, with_methods};
use crate::plan::restart::verdict::comes_up::ComesUp;
use crate::plan::restart::verdict::judges::{self, Verdict};
use crate::plan::restart::{arm, changed_files, held, once, reserve};
use crate::plan::settings::RestartMode;
use crate::report::{Failure, FailureCode};

/// The number of restarts that one run may request: one, and one more to roll back.
const MOST: usize = 2;

/// A restart that makes the runtime load the published chain.
pub(in crate::plan) fn for_chain(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    path: &HostPath,
    chain: Digest,
) -> Result<(), Blocked> {
    let published = format!(
        "the chain {path} is published, but the runtime has not loaded it and would need a restart for it; it loads the \
         chain at its next start"
    );
    let verdict = judges::on_disk(cx, &[], "as it is").map_err(|blocked| blocked.behind(&published))?;
    ask_for(cx, draft, verdict, RestartReason::Chain { chain }, Vec::new())
}

/// Blocked by what forbids a restart that makes the runtime load this chain. What only delays a restart does not.
pub(in crate::plan) fn possible_for_chain(cx: &PlanContext<'_>, chain: Digest) -> Result<(), Blocked> {
    if cx.settings.restart == RestartMode::Never {
        return Err(Blocked::refused(
            FailureCode::RestartForbidden,
            "--restart never forbids the restart",
            "restart the runtime (systemctl restart containerd) and run this again",
        ));
    }
    match once::hit(cx, &RestartReason::Chain { chain }) {
        None => {}
        Some(hit @ once::Hit::Exhausted(_)) => return Err(hit.failure(cx, "the chain", "", false).into()),
        Some(once::Hit::Settled | once::Hit::Tried(_)) => {
            return Err(Blocked::refused(
                FailureCode::ChainNotConfirmed,
                "the runtime was already restarted for this chain",
                "find what replaces the directory; then restart the runtime and run this again",
            ));
        }
    }
    let verdict = judges::on_disk(cx, &[], "as it is")?;
    let known = with_methods(cx)?;
    restart(cx, &known, String::new(), verdict.comes_up)?;
    Ok(())
}

/// Writes these config files and restarts for this reason. The mark and the rollback timer come first, so that a run
/// that is killed in between can be completed or rolled back.
pub(in crate::plan) fn ask_for(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    verdict: Verdict,
    reason: RestartReason,
    publish: Vec<Step>,
) -> Result<(), Blocked> {
    let known = with_methods(cx)?;
    held::held(cx, known.service)?;
    let (by, restart) = restart(cx, &known, reason_in_words(cx, &reason), verdict.comes_up)?;
    let attempt = attempt(cx, reason, &publish);
    if !attempt.changed.is_empty() && cx.restarts() > 0 {
        return Err(once_more(cx).into());
    }
    draft.findings.extend(verdict.findings);
    draft.findings.extend(arm::findings(&known, by, !attempt.changed.is_empty()));
    let arm = arm::arm(cx, &known, by, attempt.changed.clone());
    let reserves = reserve::reserves(cx, &attempt, &publish);
    draft.change(Change::Mark(attempt));
    draft.steps.extend(arm);
    draft.steps.extend(reserves);
    draft.steps.extend(publish);
    draft.change(restart);
    draft.look("the runtime to come back");
    Ok(())
}

/// A run restarts the runtime at most twice, `watch` at most twice an hour. A further restart, which might need a rollback,
/// is left to a later one.
pub(in crate::plan) fn once_more(cx: &PlanContext<'_>) -> Failure {
    let (sentence, remedy) = if cx.settings.stays.is_some() {
        (
            "the runtime must be restarted once more, but it was restarted within the last hour already",
            "wait: it is tried again when the hour is over; or restart the runtime yourself",
        )
    } else {
        (
            "the runtime must be restarted once more, but this run has restarted it already",
            "run it again: it continues from there",
        )
    };
    Failure::new(FailureCode::SecondRestartNeeded, sentence, remedy)
}

/// Adds a reset of the unit's failed state, because systemd's start limit would otherwise keep the unit down.
pub(in crate::plan) fn started_anew(draft: &mut Draft) {
    let reset = draft.steps.iter().enumerate().find_map(|(at, step)| match step {
        Step::Change(Change::Restart { by, unit: Some(unit), .. }) if *by != RestartMethod::Signal => {
            Some((at, Change::ResetFailed { unit: unit.clone(), by: *by }))
        }
        _ => None,
    });
    if let Some((at, reset)) = reset {
        draft.steps.insert(at, Step::Change(reset));
    }
}

/// The mark of a restart that brings these steps into effect.
pub(in crate::plan) fn attempt(cx: &PlanContext<'_>, reason: RestartReason, publish: &[Step]) -> Attempt {
    // A restart for the chain also loads config files that an earlier run wrote without a restart.
    let changed = changed_files::changed(cx, publish);
    let ran = match changed_files::never_tried(cx) {
        Some(earlier) => earlier.ran.clone(),
        None => judges::ran_on_disk(cx).map(Box::new),
    };
    let had = match cx.runtime() {
        RuntimeState::Status(status) => cx.differences(status),
        _ => Vec::new(),
    };
    Attempt {
        owner: Some(cx.desired.owner.as_str().into()),
        changed,
        had,
        ran,
        endpoint: cx.node.known_endpoint(),
        retries: once::retries(cx),
        asked_ms: cx.now.millis(),
        timeout_ms: u64::try_from(cx.settings.restart_timeout.as_millis()).unwrap_or(u64::MAX),
        ..Attempt::new(reason, cx.node.incarnation(), Phase::Asked)
    }
}

/// The reason for a restart, in words.
fn reason_in_words(cx: &PlanContext<'_>, reason: &RestartReason) -> String {
    if cx.attempt.as_ref().is_some_and(Attempt::is_unread) {
        return "its config was being written while it started, and now differs from what runs".to_owned();
    }
    let RestartReason::Values { desired, .. } = reason else {
        return "it has not loaded the published chain".to_owned();
    };
    match cx.runtime() {
        RuntimeState::Status(status) => {
            let live = cx.differences(status).join(" and ");
            format!("{desired} is the desired value, and it runs with {live}")
        }
        _ => format!("{desired} is the desired value"),
    }
}

/// The restart by the first method that works. The next method is tried only if the one before failed before it
/// reached the host.
pub(in crate::plan) fn restart(
    cx: &PlanContext<'_>,
    known: &WithMethods<'_>,
    why: String,
    comes_up: ComesUp,
) -> Result<(RestartMethod, Change), Failure> {
    if cx.restarts() >= MOST {
        return Err(once_more(cx));
    }
    let usable = |by: &RestartMethod| !cx.history.unusable.contains(by);
    let found = known.restart.methods.iter().find(|(by, answers)| answers.is_ok() && usable(by));
    if let Some((by, _)) = found {
        let (unit, pid) = (known.service.unit.clone(), known.service.pid);
        return Ok((*by, Change::Restart { why, by: *by, unit, pid, comes_up }));
    }
    let why: Vec<String> = known
        .restart
        .methods
        .iter()
        .map(|(by, answer)| {
            let why = answer.as_ref().err().map_or("it failed when it was used", String::as_str);
            format!("{}: {why}", by.word())
        })
        .collect();
    Err(Failure::new(
        FailureCode::NoRestartMethod,
        format!("the runtime must be restarted, but no restart method works ({})", why.join("; ")),
        "mount the host's /run/systemd into the container (read-only is enough), or restart the runtime by hand",
    ))
}
