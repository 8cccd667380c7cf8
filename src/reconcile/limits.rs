//! Rates and intervals of the loop.

use std::time::Duration;

use super::allowance::Allowance;
use super::backoff::Intervals;

/// The rate limit for observations when many events arrive: a file that grows, a program that writes all the time.
pub(super) const LOOKS: Allowance = Allowance::new(32, Duration::from_millis(50));
/// The same for a run that stays: a program that writes all the time costs the node little.
pub(super) const LOOKS_WHILE_IT_STAYS: Allowance = Allowance::new(32, Duration::from_millis(200));
/// The rate limit for lines about what the node has come to.
pub(super) const TELLS: Allowance = Allowance::new(8, Duration::from_secs(10));
/// The rate limit for counting pods: a primary that changes all the time does not have the runtime list them each time.
pub(super) const COUNTS: Allowance = Allowance::new(8, Duration::from_secs(20));
/// The longest time between two observations of a run that stays, and between two proofs of the runtime. Probes ask for
/// one in 60 s.
pub(super) const RESCAN: Duration = Duration::from_secs(50);
/// The same while the runtime says that its network is not ready: no event tells that a plugin's agent has started. The
/// kubelet asks as often (kubelet.go `updateRuntimeUp`).
const RESCAN_WHILE_NOT_READY: Duration = Duration::from_secs(5);

/// The longest time until the next observation of a run that stays, by what the runtime said last of its network.
pub(super) fn rescan(network_ready: Option<bool>) -> Duration {
    if network_ready == Some(false) { RESCAN_WHILE_NOT_READY } else { RESCAN }
}

/// The intervals at which a failure is tried again on a node that has not changed.
pub(super) fn retries() -> Intervals {
    Intervals::new(Duration::from_secs(5), Duration::from_secs(600))
}

/// A random span between zero and `longest`.
pub(super) fn draw(longest: Duration) -> Duration {
    use std::hash::{BuildHasher as _, Hasher as _};
    // The standard library seeds the hasher at random in each process.
    let drawn = std::hash::RandomState::new().build_hasher().finish() >> 32;
    let share = f64::from(u32::try_from(drawn).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
    longest.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node whose agent has just started must not stay NotReady for `/readyz` until the next rescan.
    #[test]
    fn an_agent_that_is_awaited_is_looked_for_as_often_as_the_kubelet_asks() {
        assert_eq!(rescan(Some(false)), Duration::from_secs(5));
        assert_eq!([rescan(Some(true)), rescan(None)], [RESCAN; 2], "at rest only the rescan wakes it");
    }
}
