//! All memory of a process.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::next::{Reason, ReasonKind};
use crate::containerd::Status;
use crate::node::{Asked, Attempt, Digest, HostPath, Moment, RunBy};

/// How long a runtime that is back is given before a container that lived through its absence may end: its exit would
/// be recorded as 255 if containerd were not yet watching (containerd `restart.go`).
const SETTLE: Duration = Duration::from_secs(2);

/// What happened in this process so far. Nothing in it is needed after a SIGKILL: the node tells the rest.
#[derive(Clone, Debug)]
pub struct Past {
    /// When the process began.
    pub began: Moment,
    /// When the last wait ended.
    pub woke: Option<Moment>,
    /// How long this process holds a restart back, drawn once.
    pub jitter: Duration,
    /// Since when each kind of reason has held without a break.
    pub since: BTreeMap<ReasonKind, Moment>,
    /// What was written, how often, by path.
    pub writes: BTreeMap<HostPath, (Digest, u32)>,
    /// When something was last changed that the runtime has to notice.
    pub changed: Option<Moment>,
    /// When the runtime was last nudged.
    pub nudged: Option<Moment>,
    /// The restart that this process asked for.
    pub restart: Option<RestartPast>,
    /// When the runtime was last seen to answer again after it had been away.
    pub returned: Option<Moment>,
    /// Means of restarting that failed before anything was asked of the host.
    pub unusable: BTreeSet<RunBy>,
}

/// A restart that this process asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartPast {
    /// By which means.
    pub by: RunBy,
    /// When it was asked for.
    pub asked: Moment,
    /// Since when the runtime is away: longer, if a restart before this one did not bring it back.
    pub away: Moment,
    /// When the runtime answered again.
    pub back: Option<Moment>,
    /// What the service manager said against it.
    pub trouble: Option<String>,
}

impl Past {
    /// A process that begins now.
    pub fn new(began: Moment) -> Self {
        Self {
            began,
            woke: None,
            jitter: Duration::ZERO,
            since: BTreeMap::new(),
            writes: BTreeMap::new(),
            changed: None,
            nudged: None,
            restart: None,
            returned: None,
            unusable: BTreeSet::new(),
        }
    }

    /// Since when a kind of reason has held; `now` if it is new.
    pub fn since(&self, kind: ReasonKind, now: Moment) -> Moment {
        self.since.get(&kind).copied().unwrap_or(now)
    }

    /// Notes that this is the reason to wait now. The other kinds no longer hold.
    pub fn note_reason(&mut self, reason: &Reason, now: Moment) {
        self.since.retain(|kind, _| *kind == reason.kind);
        self.since.entry(reason.kind).or_insert(now);
    }

    /// Notes a file that was written. Says how often these bytes were written there.
    pub fn note_write(&mut self, path: &HostPath, digest: &Digest, now: Moment) -> u32 {
        self.changed = Some(now);
        self.nudged = None;
        self.since.clear();
        let (last, count) = self.writes.entry(path.clone()).or_insert((digest.clone(), 0));
        if last == digest {
            *count += 1;
        } else {
            (*last, *count) = (digest.clone(), 1);
        }
        *count
    }

    /// Notes a restart that was asked for. A runtime that a second one finds still away was away since the first.
    pub fn note_restart(&mut self, by: RunBy, asked: Moment, trouble: Option<String>) {
        let first = self.restart.as_ref().filter(|restart| restart.back.is_none());
        let away = first.map_or(asked, |restart| restart.away);
        self.restart = Some(RestartPast { by, asked, away, back: None, trouble });
    }

    /// Notes what the runtime's answer to the question before was, and what it is now.
    pub fn note_answer(&mut self, before: Option<&Asked<Status>>, answer: &Asked<Status>, now: Moment) {
        if answer.said.seen().is_none() {
            return;
        }
        if before.is_some_and(|b| b.said.seen().is_none() || b.incarnation != answer.incarnation) {
            self.returned = Some(now);
        }
        if let Some(restart) = self.restart.as_mut()
            && restart.back.is_none()
            && answer.at > restart.asked
        {
            restart.back = Some(now);
        }
    }

    /// Until when the program does not end, whatever the end is: nothing that the runtime must see may be lost.
    pub fn settles_until(&self) -> Option<Moment> {
        self.returned.map(|returned| returned.after(SETTLE))
    }

    /// The restart that this process asked for in this attempt.
    pub fn restart_of(&self, attempt: &Attempt) -> Option<&RestartPast> {
        self.restart.as_ref().filter(|restart| restart.asked >= attempt.asked())
    }

    /// How long the runtime was away in the restart of this process, once it is back.
    pub fn downtime(&self) -> Option<Duration> {
        let restart = self.restart.as_ref()?;
        Some(restart.back?.since(restart.away))
    }
}
