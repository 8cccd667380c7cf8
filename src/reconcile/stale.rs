//! The limit for a path that changes between each observation and its write: the next observations come more and more
//! slowly, and then the run fails.

use std::time::Duration;

use crate::node::HostPath;
use crate::report::{Failure, FailureCode};

/// The number of consecutive attempts that may find a changed node. With the pauses this is about ten seconds.
const MOST: u32 = 60;
/// The longest pause between two observations.
const LONGEST: Duration = Duration::from_millis(200);

/// The number of consecutive attempts in which the node had changed since the observation.
#[derive(Debug, Default)]
pub(super) struct Stale(u32);

impl Stale {
    /// A change was applied.
    pub(super) fn over(&mut self) {
        self.0 = 0;
    }

    /// This path had changed, so nothing was applied. Returns the pause before the next observation, or the failure
    /// at the limit.
    pub(super) fn again(&mut self, path: &HostPath) -> Result<Duration, Failure> {
        self.0 += 1;
        if self.0 >= MOST {
            return Err(Failure::new(
                FailureCode::FileKeepsChanging,
                format!(
                    "{path} changed between the look and the write, {MOST} times, so nothing was written"
                ),
                format!(
                    "find the program that changes {path} all the time, or find out why two looks at it differ"
                ),
            ));
        }
        Ok(LONGEST.min(Duration::from_millis(1 << self.0.min(8)) / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_and_begins_anew_once_something_was_applied() {
        let path = HostPath::known("/etc/cni/net.d");
        let mut stale = Stale::default();
        let pauses: Vec<Duration> = std::iter::from_fn(|| stale.again(&path).ok()).collect();
        assert_eq!(pauses.len(), usize::try_from(MOST).unwrap() - 1);
        assert!(pauses.is_sorted() && pauses.iter().sum::<Duration>() < Duration::from_secs(12));
        assert_eq!(stale.again(&path).unwrap_err().code, FailureCode::FileKeepsChanging);
        stale.over();
        assert!(stale.again(&path).is_ok());
    }
}
