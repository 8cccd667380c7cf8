//! Waits for files that another container may bring: the primary, a plugin binary.

use std::time::Duration;

use crate::node::Moment;
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::report::Failure;

impl PlanContext<'_> {
    /// Waits as long as `--primary-timeout` allows; with `--no-wait` the run ends without it.
    pub(in crate::plan) fn wait_for(&self, text: String, at_deadline: Failure) -> Blocked {
        if self.settings.no_wait {
            return Blocked::skipped(Reason { kind: ReasonKind::Primary, text });
        }
        self.awaited(&text, self.settings.primary_timeout).err().unwrap_or_else(|| at_deadline.into())
    }

    /// Blocked until `patience` has passed; without a limit if it is `None`.
    pub(in crate::plan) fn awaited(&self, text: &str, patience: Option<Duration>) -> Result<(), Blocked> {
        let until = patience.map(|patience| self.history.began.after(patience));
        let lasts = until.is_none_or(|until| self.now < until);
        if lasts { Err(wait_until(ReasonKind::Primary, text, until)) } else { Ok(()) }
    }
}

/// The wait until this moment; without a limit if it is `None`.
pub(in crate::plan) fn wait_until(kind: ReasonKind, text: &str, until: Option<Moment>) -> Blocked {
    Blocked::wait(Wait {
        reason: Reason { kind, text: text.to_owned() },
        until,
        gives_up: until,
        poll: Poll::Backoff,
        interruptible: true,
    })
}
