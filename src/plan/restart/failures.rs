//! The messages about a failed restart.

use crate::node::{Attempt, HostPath, Service};
use crate::plan::blocked::Blocked;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::restart::service::service;
use crate::report::{Failure, FailureCode};

/// How the runtime runs after a rollback, in words.
pub(in crate::plan) const AS_BEFORE: &str = "as before";

/// The reason why nothing is rolled back.
pub(in crate::plan) const SOMEBODY_ELSES: &str = "somebody else has changed its config since";

/// The part of a sentence that says whose bytes the config file has, if this program does not roll it back.
pub fn somebody_elses(path: &HostPath) -> String {
    format!("{path} has bytes that another program wrote since, and stays as it is")
}

pub(in crate::plan) fn still_down(why: &str) -> Blocked {
    Blocked::refused(
        FailureCode::RollbackFailed,
        format!("the runtime's config was rolled back, but the runtime is still not up: {why}"),
        "on the host: systemctl status containerd; journalctl -u containerd",
    )
}

/// The message for values that were tried and rolled back; `runs` describes how the runtime runs now.
pub(in crate::plan) fn tried(cx: &PlanContext<'_>, attempt: &Attempt, desired: &str, runs: &str) -> Failure {
    let why = attempt.trouble.as_deref().map_or_else(String::new, |trouble| format!(" ({trouble})"));
    let so = match (cx.node.overwritten(attempt), cx.runtime()) {
        (None, _) => format!(", so its config was rolled back and it runs {runs}"),
        (Some(path), RuntimeState::Status(_)) => {
            format!("; it is up; {}", somebody_elses(path))
        }
        (Some(path), _) => format!("; {}", somebody_elses(path)),
    };
    Failure::new(
        FailureCode::RestartRolledBack,
        format!(
            "the runtime did not come up with {desired}{why}{so}; the program tries again once somebody restarts \
             the runtime or changes its config"
        ),
        "see journalctl -u containerd for the cause; mend the config or restart the runtime, and run this again",
    )
}

/// The message for values that the file has but the runtime does not use.
pub(in crate::plan) fn overridden(cx: &PlanContext<'_>, desired: &str, why: &str) -> Failure {
    let config = match service(cx) {
        Ok(Service { config: Some(config), .. }) => config.to_string(),
        _ => "the runtime's config".to_owned(),
    };
    Failure::new(
        FailureCode::ConfigOverridden,
        format!("{config} says {desired}; the runtime was restarted since and does not: {why}"),
        format!(
            "find the file that overrides it: containerd --config {config} config dump, and the imports in it"
        ),
    )
}
