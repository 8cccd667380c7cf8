//! A person who waits sees why: one line at once, one at each change of the reason, one every 30 seconds.

use std::time::Duration;

use crate::node::Moment;
use crate::plan::{Reason, ReasonKind, Wait};

/// How often the same reason is told again.
const AGAIN: Duration = Duration::from_secs(30);

/// What was told last.
#[derive(Default)]
pub(super) struct Narrator {
    told: Option<(Reason, Moment)>,
}

impl Narrator {
    /// Tells the reason if it is new or was told long ago. `since` is when the wait began.
    pub(super) fn wait(&mut self, wait: &Wait, since: Moment, now: Moment) {
        if self.is_due(&wait.reason, now) {
            tracing::info!("{}", line(wait, since, now));
        }
    }

    /// Whether it is to be told now; then it counts as told.
    fn is_due(&mut self, reason: &Reason, now: Moment) -> bool {
        let due = self.told.as_ref().is_none_or(|(told, at)| told != reason || now.since(*at) >= AGAIN);
        if due {
            self.told = Some((reason.clone(), now));
        }
        due
    }

    /// When the same reason is told again.
    pub(super) fn next(&self, now: Moment) -> Duration {
        self.told.as_ref().map_or(AGAIN, |(_, at)| AGAIN.saturating_sub(now.since(*at)))
    }
}

/// `10-azure.conflist is 0 bytes, 42 s so far, giving up at 5m`
fn line(wait: &Wait, since: Moment, now: Moment) -> String {
    if wait.reason.kind == ReasonKind::RestartHeld {
        return wait.reason.text.clone();
    }
    let so_far = now.since(since).as_secs();
    let end = wait.gives_up.map_or_else(
        || "waiting without a limit".to_owned(),
        |until| format!("giving up at {}", humantime::format_duration(round(until.since(since)))),
    );
    format!("{}, {so_far} s so far, {end}", wait.reason.text)
}

/// To whole seconds, or to milliseconds below one.
fn round(span: Duration) -> Duration {
    let half_up = span + Duration::from_micros(500);
    if span < Duration::from_secs(1) {
        return Duration::from_millis(u64::try_from(half_up.as_millis()).unwrap_or(u64::MAX));
    }
    Duration::from_secs((span + Duration::from_millis(500)).as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Poll;

    #[test]
    fn a_reason_is_told_at_once_at_each_change_and_every_30_seconds() {
        let at = |seconds| Moment::since_boot(Duration::from_secs(seconds));
        let reason = |text: &str| Reason { kind: ReasonKind::Primary, text: text.to_owned() };
        let mut narrator = Narrator::default();
        let told: Vec<u64> =
            [(0, "a"), (1, "a"), (29, "a"), (30, "a"), (59, "a"), (59, "b"), (88, "b"), (89, "b")]
                .into_iter()
                .filter(|(second, text)| narrator.is_due(&reason(text), at(*second)))
                .map(|(second, _)| second)
                .collect();
        assert_eq!(told, [0, 30, 59, 89]);
        assert_eq!(narrator.next(at(100)), Duration::from_secs(19), "no wait sleeps through it");
    }

    #[test]
    fn the_line_says_what_how_long_and_until_when() {
        let at = |seconds| Moment::since_boot(Duration::from_secs(seconds));
        let mut wait = Wait {
            reason: Reason { kind: ReasonKind::Primary, text: "10-azure.conflist is 0 bytes".to_owned() },
            until: Some(at(1010)),
            gives_up: Some(at(1300)),
            poll: Poll::Backoff,
            interruptible: true,
        };
        assert_eq!(
            line(&wait, at(1000), at(1042)),
            "10-azure.conflist is 0 bytes, 42 s so far, giving up at 5m"
        );
        wait.gives_up = None;
        assert_eq!(
            line(&wait, at(1000), at(1001)),
            "10-azure.conflist is 0 bytes, 1 s so far, waiting without a limit"
        );
    }
}
