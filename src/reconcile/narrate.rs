//! Shows why the program waits: one line at once, one at each change of the reason, one every 30 seconds. If the
//! reason changes all the time (a primary that grows), one line a second.

use std::collections::BTreeMap;
use std::time::Duration;

use super::allowance::Allowance;
use crate::node::Moment;
use crate::plan::{Reason, ReasonKind, Wait};

/// The interval after which the same reason is shown again.
const AGAIN: Duration = Duration::from_secs(30);

/// The shortest interval between two lines for the same change. A change is tried again when its basis changes.
const SAME: Duration = Duration::from_secs(1);
/// The rate limit for new reasons.
const LINES: Allowance = Allowance::new(8, Duration::from_secs(1));

/// The reason that was shown last.
pub(super) struct Narrator {
    told: Option<(Reason, Moment)>,
    lines: Allowance,
    /// The number of reasons that were not shown since.
    untold: u32,
    changes: BTreeMap<String, Moment>,
}

impl Default for Narrator {
    fn default() -> Self {
        Self { told: None, lines: LINES, untold: 0, changes: BTreeMap::new() }
    }
}

impl Narrator {
    /// Shows the reason if it is new or was shown long ago. `since` is when the wait began.
    pub(super) fn wait(&mut self, wait: &Wait, since: Moment, now: Moment) {
        if let Some(untold) = self.due(&wait.reason, now) {
            tracing::info!("{}{}", line(wait, since, now), others(untold));
        }
    }

    /// Shows a change before it is made.
    pub(super) fn change(&mut self, line: &str, now: Moment) {
        if self.is_new(line, now) {
            tracing::info!("{line}");
        }
    }

    fn is_new(&mut self, line: &str, now: Moment) -> bool {
        self.changes.retain(|_, at| now.since(*at) < SAME);
        if self.changes.contains_key(line) {
            return false;
        }
        self.changes.insert(line.to_owned(), now);
        true
    }

    /// If the reason is due: the number of reasons that were not shown before it. The reason then counts as shown.
    fn due(&mut self, reason: &Reason, now: Moment) -> Option<u32> {
        let same = self.told.as_ref().filter(|(told, _)| told == reason);
        if same.is_some_and(|(_, at)| now.since(*at) < AGAIN) {
            // The reason that was shown last is true again, so nothing is left to show.
            self.untold = 0;
            return None;
        }
        if !self.lines.wait(now).is_zero() {
            self.untold = self.untold.saturating_add(1);
            return None;
        }
        self.lines.take(now);
        self.told = Some((reason.clone(), now));
        Some(std::mem::take(&mut self.untold))
    }

    /// The time until a reason is due.
    pub(super) fn next(&self, now: Moment) -> Duration {
        if self.untold > 0 {
            return self.lines.wait(now);
        }
        self.told.as_ref().map_or(AGAIN, |(_, at)| AGAIN.saturating_sub(now.since(*at)))
    }
}

fn others(untold: u32) -> String {
    if untold == 0 { String::new() } else { format!(" ({untold} changes since the previous line)") }
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

/// Rounds to whole seconds, or to milliseconds below one second.
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
                .filter(|(second, text)| narrator.due(&reason(text), at(*second)).is_some())
                .map(|(second, _)| second)
                .collect();
        assert_eq!(told, [0, 30, 59, 89]);
        assert_eq!(narrator.next(at(100)), Duration::from_secs(19), "no wait sleeps through it");
    }

    /// A regression: a primary that grew caused two thousand lines a second.
    #[test]
    fn a_reason_that_changes_all_the_time_is_one_line_a_second_with_a_count() {
        let mut narrator = Narrator::default();
        let mut told = Vec::new();
        for millis in 0..10_000 {
            let reason = Reason { kind: ReasonKind::Primary, text: format!("ends at column {millis}") };
            told.extend(narrator.due(&reason, Moment::from_millis(50_000 + millis)));
        }
        assert!((15..=20).contains(&told.len()), "{told:?}");
        assert_eq!(told.iter().sum::<u32>() as usize + told.len() + narrator.untold as usize, 10_000);
        // The last reason is shown as soon as the limit allows it.
        let last = Moment::from_millis(59_999);
        let wait = narrator.next(last);
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
        let reason = Reason { kind: ReasonKind::Primary, text: "ends at column 9999".to_owned() };
        assert!(narrator.due(&reason, last.after(wait)).is_some());
        assert_eq!(others(3), " (3 changes since the previous line)");
    }

    #[test]
    fn a_change_that_is_tried_again_at_once_is_told_once() {
        let mut narrator = Narrator::default();
        let lines = (0..300).filter(|tenth| narrator.is_new("publishing x", Moment::from_millis(tenth * 10)));
        assert_eq!(lines.count(), 3);
        assert!(narrator.is_new("publishing y", Moment::from_millis(3_000)));
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
