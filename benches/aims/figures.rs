//! Percentiles of durations.

use std::fmt;
use std::time::Duration;

/// Sorted durations.
pub(crate) struct Figures(Vec<Duration>);

impl Figures {
    pub(crate) fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort();
        Self(durations)
    }

    /// The percentile by nearest rank, which is always a measured value.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1]
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, percent) in [("min", 0), ("p50", 50), ("p99", 99), ("max", 100)] {
            write!(f, "{name} {:>8.2} ms  ", self.percentile(percent).as_secs_f64() * 1000.0)?;
        }
        Ok(())
    }
}
