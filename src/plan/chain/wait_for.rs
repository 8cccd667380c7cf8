//! Waits for files that another container may bring: the primary, a plugin binary.

use std::time::Duration;

use crate::node::Moment;
use crate::plan::context::PlanContext;
use crate::plan::decision::{Outcome, Plan, Poll, Reason, ReasonKind, Wait};
use crate::report::Failure;

impl PlanContext<'_> {
    /// Waits as long as `--primary-timeout` allows; with `--no-wait` the run ends without it.
    pub(in crate::plan) fn wait_for(&self, text: String, at_deadline: Failure) -> Plan {
        if self.settings.no_wait {
            return Plan::outcome(Outcome::SkippedNoWait(Reason { kind: ReasonKind::Primary, text }));
        }
        self.awaited(&text, self.settings.primary_timeout).unwrap_or_else(|| Plan::fail(at_deadline))
    }

    /// The wait until `patience` has passed; without a limit if it is `None`.
    pub(in crate::plan) fn awaited(&self, text: &str, patience: Option<Duration>) -> Option<Plan> {
        let until = patience.map(|patience| self.history.began.after(patience));
        let lasts = until.is_none_or(|until| self.now < until);
        lasts.then(|| wait_until(ReasonKind::Primary, text, until))
    }
}

/// The wait until this moment; without a limit if it is `None`.
pub(in crate::plan) fn wait_until(kind: ReasonKind, text: &str, until: Option<Moment>) -> Plan {
    Plan::outcome(Outcome::Wait(Wait {
        reason: Reason { kind, text: text.to_owned() },
        until,
        gives_up: until,
        poll: Poll::Backoff,
        interruptible: true,
    }))
}
