//! Clocks.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::node::Moment;

/// The wall clock in seconds since the epoch. It may jump, so it only dates tokens.
pub fn wall() -> i64 {
    clock_gettime(ClockId::Realtime).tv_sec
}

/// The age of a file by the wall clock, which also stamps files; zero if the stamp lies in the future.
pub fn age(mtime_nanos: i128) -> Duration {
    Duration::from_nanos(u64::try_from(wall_nanos() - mtime_nanos).unwrap_or(0))
}

/// The wall clock, which also stamps files, in nanoseconds since the epoch.
pub fn wall_nanos() -> i128 {
    let now = clock_gettime(ClockId::Realtime);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

/// The id of this boot of the machine.
pub fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The time since boot, including suspended time, so that it can be compared with times in `/run`.
pub fn now() -> Moment {
    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    Moment::since_boot(Duration::new(seconds, nanos))
}
