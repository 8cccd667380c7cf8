//! Points in time, as the loop uses them.

use std::time::Duration;

/// Time since boot, including suspended time. The wall clock may jump; this clock does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Duration);

impl Moment {
    /// The moment `since_boot` after the kernel started.
    pub const fn since_boot(since_boot: Duration) -> Self {
        Self(since_boot)
    }

    /// Milliseconds since boot, as stored in `/run`.
    pub fn millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }

    /// The inverse of [`Moment::millis`].
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// The time since `earlier`; zero if `earlier` lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment `span` later.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}
