//! How often something may be done: at once after a quiet time, and at a bounded rate under a storm.

use std::time::Duration;

use crate::node::Moment;

/// A token bucket, kept as the moment at which it is full again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// One of them, in time.
    each: Duration,
    /// All that may be done at once, in time.
    burst: Duration,
    full_at: Moment,
}

impl Allowance {
    /// `burst` at once, then one `each`.
    pub(super) const fn new(burst: u32, each: Duration) -> Self {
        Self { each, burst: each.saturating_mul(burst), full_at: Moment::since_boot(Duration::ZERO) }
    }

    /// How long until the next one is allowed; zero if it is now.
    pub(super) fn wait(&self, now: Moment) -> Duration {
        (self.full_at.since(now) + self.each).saturating_sub(self.burst)
    }

    /// Notes that it was done.
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
        /// Whatever the events, in no span are there more than the burst and what its length allows.
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
