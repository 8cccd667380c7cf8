//! The intervals between polls, computed by the `backoff` crate.
//!
//! No other file uses the crate (it is unmaintained: RUSTSEC-2025-0012; see `deny.toml`).

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;

/// The random part of an interval, in both directions: nodes that start together do not poll together.
const JITTER: f64 = 0.3;

/// Growing intervals with jitter.
pub(super) struct Intervals(ExponentialBackoff);

impl Intervals {
    /// Intervals from `initial`, doubled each time, up to `max`.
    pub(super) fn new(initial: Duration, max: Duration) -> Self {
        let mut backoff = ExponentialBackoff {
            initial_interval: initial,
            randomization_factor: JITTER,
            multiplier: 2.0,
            max_interval: max.max(initial),
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        backoff.reset();
        Self(backoff)
    }

    /// The next interval.
    pub(super) fn next(&mut self) -> Duration {
        self.0.next_backoff().unwrap_or(self.0.max_interval)
    }

    /// Starts again at the first interval, because something happened.
    pub(super) fn reset(&mut self) {
        self.0.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_grow_to_the_limit_with_jitter_and_begin_anew() {
        let (initial, max) = (Duration::from_millis(100), Duration::from_secs(10));
        let mut intervals = Intervals::new(initial, max);
        let first = intervals.next();
        assert!((0.69..=1.31).contains(&(first.as_secs_f64() / initial.as_secs_f64())), "{first:?}");
        let later: Vec<Duration> = (0..20).map(|_| intervals.next()).collect();
        assert!(later.iter().all(|interval| interval.as_secs_f64() <= max.as_secs_f64() * 1.31));
        assert!(later[19].as_secs_f64() >= max.as_secs_f64() * 0.69);
        intervals.reset();
        assert!(intervals.next() < Duration::from_millis(140));
    }
}
