//! A path that is another one at every write than at the look before it: looked at again, ever more slowly, and not for
//! ever.

use std::time::Duration;

use crate::node::HostPath;
use crate::report::{Exit, Failure};

/// How often in a row the node may be another one than was looked at: with the pauses between, about ten seconds.
const MOST: u32 = 60;
/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_millis(200);

/// How often in a row nothing could be applied, since something had changed since the look.
#[derive(Debug, Default)]
pub(super) struct Stale(u32);

impl Stale {
    /// Something was applied.
    pub(super) fn over(&mut self) {
        self.0 = 0;
    }

    /// Nothing was applied because of this path: how long to pause before the next look, or why it ends.
    pub(super) fn again(&mut self, path: &HostPath) -> Result<Duration, Failure> {
        self.0 += 1;
        if self.0 >= MOST {
            return Err(Failure::new(
                Exit::Contended,
                format!(
                    "{path} was another one at each of {MOST} writes than at the look right before it, so nothing was \
                     written"
                ),
                format!(
                    "find the program that changes {path} all the time, or what keeps it from being read twice"
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
        assert_eq!(stale.again(&path).unwrap_err().exit, Exit::Contended);
        stale.over();
        assert!(stale.again(&path).is_ok());
    }
}
