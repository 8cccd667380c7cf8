//! One restart for one cause, and an end to trying.
//!
//! The key is what is wanted, the hash of the effective config files, and the runtime's start: a restart that came to
//! nothing is tried again when somebody else has started the runtime anew, or has changed the files.

use crate::node::{Attempt, Phase, RestartReason};
use crate::plan::context::PlanContext;
use crate::plan::restart::failures;
use crate::report::{Failure, FailureCode};

/// How often a restart that failed is tried again in one boot: a runtime that crashes again and again, or a program that
/// writes its config again and again, gives no restarts of this program without end.
pub(in crate::plan) const RETRIES: u32 = 3;

/// What speaks against a restart.
pub(in crate::plan) enum Hit<'a> {
    /// The runtime was restarted for this very cause and is up; what was wanted did not come of it.
    Settled,
    /// It was tried and rolled back, and nothing has changed since.
    Tried(&'a Attempt),
    /// It was tried as often as it is in one boot.
    Exhausted(&'a Attempt),
}

/// What speaks against a restart for this cause, if anything does.
pub(in crate::plan) fn hit<'a>(cx: &'a PlanContext<'_>, reason: &RestartReason) -> Option<Hit<'a>> {
    let attempt = cx.attempt.as_ref()?;
    let same = attempt.reason == *reason && attempt.incarnation == cx.node.incarnation();
    match attempt.phase {
        Phase::Settled if same && !attempt.disturbed => Some(Hit::Settled),
        Phase::Settled if attempt.has_held() => None,
        Phase::Settled | Phase::Failed if attempt.retries >= RETRIES => Some(Hit::Exhausted(attempt)),
        Phase::Failed if same => Some(Hit::Tried(attempt)),
        _ => None,
    }
}

/// How many restarts have failed in this boot before the next one, and none held in between.
pub(in crate::plan) fn retries(cx: &PlanContext<'_>) -> u32 {
    cx.attempt.as_ref().map_or(0, |attempt| match attempt.phase {
        Phase::Settled if attempt.has_held() => 0,
        Phase::Settled | Phase::Failed => attempt.retries.saturating_add(1),
        Phase::Asked | Phase::Left | Phase::RollingBack => attempt.retries,
    })
}

impl Hit<'_> {
    /// The failure, in a sentence: `desired` are the values, `differs` what the runtime has, and `in_file` says that the
    /// files hold the desired values already.
    pub(in crate::plan) fn failure(
        &self,
        cx: &PlanContext<'_>,
        desired: &str,
        differs: &str,
        in_file: bool,
    ) -> Failure {
        match self {
            Self::Exhausted(attempt) if attempt.disturbed => always_disturbed(),
            Self::Exhausted(attempt) => exhausted(desired, attempt.trouble.as_deref()),
            Self::Tried(attempt) if !in_file => {
                failures::tried(desired, attempt.trouble.as_deref(), failures::AS_BEFORE)
            }
            Self::Settled | Self::Tried(_) => failures::overridden(cx, desired, differs),
        }
    }
}

fn always_disturbed() -> Failure {
    Failure::new(
        FailureCode::RestartDisturbed,
        format!(
            "the runtime is not restarted once more: {} times since this boot another program wrote its config \
             while it started, and the files have other values than the runtime",
            RETRIES + 1
        ),
        "find the program that writes the runtime's config while it starts (systemctl cat containerd, auditctl \
         -w), then restart the runtime and run this again",
    )
}

fn exhausted(desired: &str, trouble: Option<&str>) -> Failure {
    let why = trouble.map_or_else(String::new, |trouble| format!(" (the last time: {trouble})"));
    Failure::new(
        FailureCode::RestartsExhausted,
        format!(
            "the runtime is not restarted for {desired}: since this boot {} restarts failed and were rolled \
             back{why}, and that is the limit",
            RETRIES + 1
        ),
        "see journalctl -u containerd for the cause and mend the config; then remove \
         /run/cni-bootstrap/attempt.json and run this again",
    )
}
