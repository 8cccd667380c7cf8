//! One restart for one reason, and a limit for retries.
//!
//! A restart is the same one if it has the same desired values, the same hash of all config files and the same start of
//! the runtime. So a restart that failed is tried again after another start, or after a change of the files.

use crate::node::{Attempt, Phase, RestartReason};
use crate::plan::context::PlanContext;
use crate::plan::restart::failures;
use crate::report::{Failure, FailureCode};

/// The number of retries after a failed restart in one boot. Without it a runtime that keeps crashing, or a program
/// that keeps writing the config, would cause restarts without end.
pub(in crate::plan) const RETRIES: u32 = 3;

/// A reason not to restart.
pub(in crate::plan) enum Hit<'a> {
    /// The runtime was restarted for this reason and is up, but without the desired result.
    Settled,
    /// A restart was tried and rolled back, and nothing has changed since.
    Tried(&'a Attempt),
    /// The limit of retries in this boot is reached.
    Exhausted(&'a Attempt),
}

/// The reason not to restart, if there is one.
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

/// The number of restarts that failed in this boot since the last one that held.
pub(in crate::plan) fn retries(cx: &PlanContext<'_>) -> u32 {
    cx.attempt.as_ref().map_or(0, |attempt| match attempt.phase {
        Phase::Settled if attempt.has_held() => 0,
        Phase::Settled | Phase::Failed => attempt.retries.saturating_add(1),
        Phase::Asked | Phase::Left | Phase::RollingBack => attempt.retries,
    })
}

impl Hit<'_> {
    /// The failure's message: `desired` are the values, `differs` the live values that differ, and `in_file` is true
    /// if the files already have the desired values.
    pub(in crate::plan) fn failure(
        &self,
        cx: &PlanContext<'_>,
        desired: &str,
        differs: &str,
        in_file: bool,
    ) -> Failure {
        match self {
            Self::Exhausted(attempt) if attempt.disturbed => always_disturbed(),
            Self::Exhausted(attempt) => exhausted(cx, desired, attempt),
            Self::Tried(attempt) if !in_file => failures::tried(cx, attempt, desired, failures::AS_BEFORE),
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

fn exhausted(cx: &PlanContext<'_>, desired: &str, attempt: &Attempt) -> Failure {
    let trouble = attempt.trouble.as_deref();
    let why = trouble.map_or_else(String::new, |trouble| format!(" (the last time: {trouble})"));
    let (how, whose) = match cx.node.overwritten(attempt) {
        None if attempt.changed.is_empty() => ("", String::new()),
        None => (" and were rolled back", String::new()),
        Some(path) => ("", format!("; {}", failures::somebody_elses(path))),
    };
    Failure::new(
        FailureCode::RestartsExhausted,
        format!(
            "the runtime is not restarted for {desired}: since this boot {} restarts failed{how}{why}, and that is \
             the limit{whose}",
            RETRIES + 1
        ),
        "see journalctl -u containerd for the cause and mend the config; then remove \
         /run/cni-bootstrap/attempt.json and run this again",
    )
}
