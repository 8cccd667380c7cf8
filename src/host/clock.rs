//! The hour.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::node::Moment;

/// The wall clock, seconds since the epoch. It dates tokens and nothing else: it may jump.
pub fn wall() -> i64 {
    clock_gettime(ClockId::Realtime).tv_sec
}

/// How long ago a file was stamped, by the wall clock that stamps files; zero if that lies in the future.
pub fn age(mtime_nanos: i128) -> Duration {
    Duration::from_nanos(u64::try_from(wall_nanos() - mtime_nanos).unwrap_or(0))
}

/// The wall clock that stamps files, nanoseconds since the epoch.
pub fn wall_nanos() -> i128 {
    let now = clock_gettime(ClockId::Realtime);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

/// Time since boot, suspended time included, so that it can be compared with what `/run` remembers.
pub fn now() -> Moment {
    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    Moment::since_boot(Duration::new(seconds, nanos))
}
