//! A rate limit: some actions at once after a quiet time, then a fixed rate.

use std::time::Duration;

use crate::node::Moment;

/// A token bucket, stored as the moment when it is full again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// The time in which one action becomes available.
    each: Duration,
    /// The time in which the whole burst becomes available.
    burst: Duration,
    full_at: Moment,
}

impl Allowance {
    /// Allows `burst` actions at once, then one action for each `each`.
    pub(super) const fn new(burst: u32, each: Duration) -> Self {
        Self { each, burst: each.saturating_mul(burst), full_at: Moment::since_boot(Duration::ZERO) }
    }

    /// The time until the next action is allowed; zero if it is allowed now.
    pub(super) fn wait(&self, now: Moment) -> Duration {
        (self.full_at.since(now) + self.each).saturating_sub(self.burst)
    }

    /// Records that an action was done.
    pub(super) fn take(&mut self, now: Moment) {
        self.full_at = self.full_at.max(now).after(self.each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn after_a_quiet_time_all_is_allowed_at_once_and_then_one_at_a_time() {
        let at = |millis| Moment::from_millis(millis);
        let mut looks = Allowance::new(3, Duration::from_millis(50));
        let mut waits = Vec::new();
        for millis in [1_000, 1_000, 1_000, 1_000, 1_050, 1_075, 1_100, 5_000, 5_000] {
            let wait = looks.wait(at(millis));
            waits.push(wait.as_millis());
            if wait.is_zero() {
                looks.take(at(millis));
            }
        }
        assert_eq!(waits, [0, 0, 0, 50, 0, 25, 0, 0, 0]);
    }

    proptest! {
        /// For any events and any span: no more actions than the burst plus the span's share.
        #[test]
        fn a_storm_is_bounded(gaps in prop::collection::vec(0..40_u64, 1..400)) {
            let mut looks = Allowance::new(8, Duration::from_millis(50));
            let (mut now, mut done) = (10_000, Vec::new());
            for gap in gaps {
                now += gap;
                if looks.wait(Moment::from_millis(now)).is_zero() {
                    looks.take(Moment::from_millis(now));
                    done.push(now);
                }
            }
            for (first, from) in done.iter().enumerate() {
                for (last, until) in done.iter().enumerate().skip(first) {
                    prop_assert!((last - first) as u64 <= 8 + (until - from) / 50);
                }
            }
        }
    }
}
