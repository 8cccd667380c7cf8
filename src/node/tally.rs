//! What is counted across processes: the content of `/run/cni-bootstrap/tally.json`.
//!
//! A path that is written to the same state again was undone in between. Both counts end with the boot.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{HostPath, Moment, RunNote};

/// The number of moments that are kept for a path, and for restarts.
const KEPT: usize = 16;

/// Writes of paths, and restarts of the runtime, with their times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    writes: BTreeMap<HostPath, Writes>,
    /// Milliseconds since boot.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    restarts: BTreeSet<u64>,
}

/// The writes of one path to one state, without another one in between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Writes {
    /// The state, in words that differ for different states.
    state: String,
    /// Milliseconds since boot.
    at: BTreeSet<u64>,
    /// When this process wrote another state last: what was counted before that does not count any more.
    #[serde(skip)]
    anew: u64,
}

impl RunNote for Tally {}

impl Tally {
    /// Counts a write of a path to a state.
    pub fn wrote(&mut self, path: &HostPath, state: &str, now: Moment) {
        let writes = self.writes.entry(path.clone()).or_default();
        if writes.state != state {
            let anew = if writes.state.is_empty() { 0 } else { now.millis() };
            *writes = Writes { state: state.to_owned(), at: BTreeSet::new(), anew };
        }
        keep(&mut writes.at, now);
    }

    /// Counts a restart of the runtime.
    pub fn restarted(&mut self, now: Moment) {
        keep(&mut self.restarts, now);
    }

    /// How often a path was written to this state within the time before `now`, and to no other state since.
    pub fn writes_of(&self, path: &HostPath, state: &str, within: Duration, now: Moment) -> usize {
        let writes = self.writes.get(path).filter(|writes| writes.state == state);
        writes.map_or(0, |writes| recent(&writes.at, within, now))
    }

    /// The number of restarts within the time before `now`.
    pub fn restarts_within(&self, within: Duration, now: Moment) -> usize {
        recent(&self.restarts, within, now)
    }

    /// What this process counted together with what earlier ones did. Where both know a path, this process knows it
    /// better: it has written last.
    #[must_use]
    pub fn with(&self, earlier: &Self) -> Self {
        let mut all = self.clone();
        all.restarts.extend(&earlier.restarts);
        for (path, writes) in &earlier.writes {
            let known = all.writes.entry(path.clone()).or_insert_with(|| writes.clone());
            if known.state == writes.state {
                known.at.extend(writes.at.iter().filter(|at| **at >= known.anew));
            }
        }
        all
    }

    /// The same, without what no count needs any more.
    #[must_use]
    pub fn since(mut self, within: Duration, now: Moment) -> Self {
        let is_recent = |at: &u64| now.since(Moment::from_millis(*at)) < within;
        self.restarts.retain(is_recent);
        self.writes.values_mut().for_each(|writes| writes.at.retain(is_recent));
        self.writes.retain(|_, writes| !writes.at.is_empty());
        self
    }
}

fn keep(at: &mut BTreeSet<u64>, now: Moment) {
    at.insert(now.millis());
    while at.len() > KEPT {
        at.pop_first();
    }
}

fn recent(at: &BTreeSet<u64>, within: Duration, now: Moment) -> usize {
    at.iter().filter(|at| now.since(Moment::from_millis(**at)) < within).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(600);

    fn at(seconds: u64) -> Moment {
        Moment::since_boot(Duration::from_secs(seconds))
    }

    #[test]
    fn a_state_that_this_process_replaced_in_between_begins_anew() {
        let chain = HostPath::known("/etc/cni/net.d/05-x.conflist");
        let mut noted = Tally::default();
        noted.wrote(&chain, "a", at(1));
        noted.wrote(&chain, "a", at(2));
        let mut own = Tally::default();
        own.wrote(&chain, "a", at(2));
        assert_eq!(
            own.with(&noted).writes_of(&chain, "a", WINDOW, at(3)),
            2,
            "what an earlier process counted"
        );
        // The primary changed and changed back: nobody has undone anything.
        own.wrote(&chain, "b", at(4));
        own.wrote(&chain, "a", at(5));
        assert_eq!(own.with(&noted).writes_of(&chain, "a", WINDOW, at(6)), 1);
    }

    #[test]
    fn only_the_same_state_counts_and_only_within_the_window() {
        let (chain, other) = (HostPath::known("/etc/cni/net.d/05-a.conflist"), HostPath::known("/x"));
        let mut tally = Tally::default();
        for second in [1, 2, 3] {
            tally.wrote(&chain, "a", at(second));
        }
        assert_eq!(tally.writes_of(&chain, "a", WINDOW, at(4)), 3);
        assert_eq!(tally.writes_of(&chain, "a", WINDOW, at(602)), 1);
        assert_eq!(
            (tally.writes_of(&chain, "b", WINDOW, at(4)), tally.writes_of(&other, "a", WINDOW, at(4))),
            (0, 0)
        );
        tally.wrote(&chain, "b", at(5));
        assert_eq!(tally.writes_of(&chain, "a", WINDOW, at(5)), 0, "another state ends the count");
    }

    #[test]
    fn counts_survive_the_process_and_are_not_counted_twice() {
        let chain = HostPath::known("/etc/cni/net.d/05-a.conflist");
        let mut earlier = Tally::default();
        earlier.wrote(&chain, "a", at(1));
        earlier.restarted(at(1));
        let mut now = Tally::read(&earlier.bytes());
        assert_eq!(now, earlier);
        now.wrote(&chain, "a", at(2));
        now.restarted(at(2));
        let all = now.with(&earlier);
        assert_eq!(all.writes_of(&chain, "a", WINDOW, at(3)), 2);
        assert_eq!(all.restarts_within(WINDOW, at(3)), 2);
        assert_eq!(all.clone().since(WINDOW, at(602)).writes_of(&chain, "a", WINDOW, at(602)), 0);
        assert_eq!(Tally::read(b"{\"writes\": 7}"), Tally::default());
    }

    #[test]
    fn a_tally_is_small() {
        let mut tally = Tally::default();
        for second in 0..10_000 {
            tally.restarted(at(second));
            tally.wrote(&HostPath::known("/x"), "a", at(second));
        }
        assert!(tally.bytes().len() < 1000);
    }
}
