//! All memory of a process.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::node::{Asked, Attempt, HostPath, Moment, RestartMethod, Stamp, Status};
use crate::plan::change::{Change, Left};
use crate::plan::decision::{Reason, ReasonKind};

/// How long a runtime that is back is given before a container that lived through its absence may end: its exit would
/// be recorded as 255 if containerd were not yet watching (containerd `restart.go`).
const SETTLE: Duration = Duration::from_secs(2);

/// What happened in this process so far. Nothing in it is needed after a SIGKILL: the node tells the rest.
#[derive(Clone, Debug)]
pub struct History {
    /// When the process began.
    pub began: Moment,
    /// When the last wait ended.
    pub woke: Option<Moment>,
    /// How long this process holds a restart back, drawn once.
    pub jitter: Duration,
    /// Since when each kind of reason has held without a break.
    pub since: BTreeMap<ReasonKind, Moment>,
    /// How each path was left last, and how often in a row.
    pub left: BTreeMap<HostPath, (Left, u32)>,
    /// When something was last changed that the runtime has to notice.
    pub changed: Option<Moment>,
    /// When the runtime was last nudged.
    pub nudged: Option<Moment>,
    /// The runtime's config files as they were seen last, and since when they have been so.
    pub config: BTreeMap<HostPath, (Option<Stamp>, Moment)>,
    /// The last restart that this process asked for.
    pub restart: Option<RequestedRestart>,
    /// When the runtime was last seen to answer again after it had been away.
    pub returned: Option<Moment>,
    /// How many it asked for.
    pub restarts: u32,
    /// Methods of restarting that failed before anything was asked of the host.
    pub unusable: BTreeSet<RestartMethod>,
}

/// A restart that this process asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedRestart {
    /// By which method.
    pub by: RestartMethod,
    /// When it was asked for.
    pub asked: Moment,
    /// Since when the runtime is away: longer, if a restart before this one did not bring it back.
    pub away: Moment,
    /// When the runtime answered again.
    pub back: Option<Moment>,
    /// What the service manager said against it.
    pub trouble: Option<String>,
}

impl History {
    /// A process that begins now.
    pub fn new(began: Moment) -> Self {
        Self {
            began,
            woke: None,
            jitter: Duration::ZERO,
            since: BTreeMap::new(),
            left: BTreeMap::new(),
            changed: None,
            nudged: None,
            config: BTreeMap::new(),
            restart: None,
            returned: None,
            restarts: 0,
            unusable: BTreeSet::new(),
        }
    }

    /// Since when a kind of reason has held; `now` if it is new.
    pub fn since(&self, kind: ReasonKind, now: Moment) -> Moment {
        self.since.get(&kind).copied().unwrap_or(now)
    }

    /// Notes that this is the reason to wait now. The other kinds no longer hold.
    pub fn note_reason(&mut self, reason: &Reason, now: Moment) {
        self.since.retain(|kind, _| *kind == reason.kind || *kind == ReasonKind::Binary);
        self.since.entry(reason.kind).or_insert(now);
    }

    /// Notes a change that was made.
    pub fn note_change(&mut self, change: &Change, now: Moment) {
        match change {
            Change::Publish(_) | Change::Link { .. } => {
                self.changed = Some(now);
                self.nudged = None;
                self.since.retain(|kind, _| *kind == ReasonKind::Binary);
            }
            Change::Remove { .. } => {
                self.changed = Some(now);
                self.nudged = None;
            }
            Change::Nudge(_) => {
                self.changed = Some(now);
                self.nudged = Some(now);
            }
            _ => {}
        }
        let Some((path, left)) = change.leaves() else { return };
        match self.left.get_mut(path) {
            Some((last, count)) if *last == left => *count += 1,
            _ => {
                self.left.insert(path.clone(), (left, 1));
            }
        }
    }

    /// Notes a restart that was asked for. A runtime that a second one finds still away was away since the first.
    pub fn note_restart(&mut self, by: RestartMethod, asked: Moment, trouble: Option<String>) {
        self.restarts += 1;
        let first = self.restart.as_ref().filter(|restart| restart.back.is_none());
        let away = first.map_or(asked, |restart| restart.away);
        self.restart = Some(RequestedRestart { by, asked, away, back: None, trouble });
    }

    /// Notes what the runtime's answer to the question before was, and what it is now.
    pub fn note_answer(&mut self, before: Option<&Asked<Status>>, answer: &Asked<Status>, now: Moment) {
        if answer.said.present().is_none() {
            return;
        }
        if before.is_some_and(|b| b.said.present().is_none() || b.incarnation != answer.incarnation) {
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
    pub fn restart_of(&self, attempt: &Attempt) -> Option<&RequestedRestart> {
        self.restart.as_ref().filter(|restart| restart.asked >= attempt.asked())
    }

    /// How long the runtime was away in the restart of this process, once it is back.
    pub fn downtime(&self) -> Option<Duration> {
        let restart = self.restart.as_ref()?;
        Some(restart.back?.since(restart.away))
    }
}
