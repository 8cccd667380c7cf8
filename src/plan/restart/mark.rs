//! The marks of an attempt: its reason, and its result.

use crate::node::{Attempt, Phase, RestartReason};
use crate::plan::blocked::Blocked;
use crate::plan::change::Change;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::plan::draft::Draft;
use crate::plan::restart::{arm, changed_files, reserve};
use crate::plan::runtime::live::CRI_ENABLED;
use crate::plan::settings::Goal;

/// True if the runtime was restarted for the values that are desired now.
pub(in crate::plan) fn is_for(attempt: &Attempt, words: &str) -> bool {
    matches!(&attempt.reason, RestartReason::Values { desired, .. } if desired == words)
}

/// True if the restart is for the current goal: these values, CRI before them, or the chain.
pub(in crate::plan) fn is_desired(cx: &PlanContext<'_>, attempt: &Attempt) -> bool {
    match &attempt.reason {
        RestartReason::Values { desired, .. } => {
            *desired == cx.desired_values().words()
                || *desired == CRI_ENABLED && cx.settings.goal == Goal::Install
        }
        RestartReason::Chain { .. } => cx.settings.goal == Goal::Install,
    }
}

/// The attempt once the runtime is up. The restart has held if the runtime reports the values that it was for. A run
/// that desires other values cannot compare them: for it the restart has held if the files still have the new bytes.
pub(in crate::plan) fn up(cx: &PlanContext<'_>, attempt: &Attempt) -> Attempt {
    let held = match cx.runtime() {
        RuntimeState::Status(status) if is_for(attempt, &cx.desired_values().words()) => {
            cx.differences(status).is_empty()
        }
        _ => changed_files::stands(cx, attempt),
    };
    Attempt { phase: Phase::Settled, incarnation: cx.node.incarnation(), held, ..attempt.clone() }
}

/// The last mark of an attempt, with the rollback timer cancelled and its room released.
pub(in crate::plan) fn mark(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    attempt: Attempt,
) -> Result<(), Blocked> {
    let disarm = arm::disarm(cx)?;
    let known = cx.attempt.as_ref().filter(|_| !attempt.is_unproven());
    let released = known.map_or_else(Vec::new, |known| reserve::released(cx, known));
    draft.change(Change::Mark(attempt));
    draft.steps.extend(disarm);
    draft.steps.extend(released);
    Ok(())
}

pub(in crate::plan) fn starting(cx: &PlanContext<'_>, attempt: &Attempt, text: &str) -> Blocked {
    Blocked::wait(Wait {
        reason: Reason { kind: ReasonKind::RuntimeStarting, text: text.to_owned() },
        until: None,
        gives_up: Some(attempt.deadline()),
        poll: Poll::Every(cx.asks_again()),
        interruptible: false,
    })
}
