//! The memory of a process.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::node::{Asked, Attempt, HostPath, Moment, Node, RestartMethod, Runtime, Stamp, Tally};
use crate::plan::change::{Change, Left};
use crate::plan::decision::{Plan, Reason, ReasonKind};

/// How long the run continues after the runtime is back. If a container ends before containerd watches it again, its
/// exit is recorded as 255 (containerd `restart.go`).
const SETTLE: Duration = Duration::from_secs(2);

/// The time in which the same change of a path counts as undone again and again (`guard.rs`).
pub(in crate::plan) const WINDOW: Duration = Duration::from_secs(600);
/// The time in which `watch` requests at most two restarts.
pub(in crate::plan) const HOUR: Duration = Duration::from_secs(3600);

/// What happened in this process so far. It is not needed after a SIGKILL: the node has the rest.
#[derive(Clone, Debug)]
pub struct History {
    /// When the process began.
    pub began: Moment,
    /// When the last wait ended.
    pub woke: Option<Moment>,
    /// The random delay of this process before a restart.
    pub jitter: Duration,
    /// Since when each kind of reason has been true without a break.
    pub since: BTreeMap<ReasonKind, Moment>,
    /// The last state of each changed path.
    pub left: BTreeMap<HostPath, Left>,
    /// How often each path was set to its last state, and how often the runtime was restarted.
    pub tally: Tally,
    /// The time of the last change that the runtime must notice.
    pub changed: Option<Moment>,
    /// The time of the last nudge.
    pub nudged: Option<Moment>,
    /// The runtime's config files as observed last, and since when they have been like that.
    pub config: BTreeMap<HostPath, (Option<Stamp>, Moment)>,
    /// The last restart that this process requested.
    pub restart: Option<RequestedRestart>,
    /// When the runtime was last seen to answer again after a downtime.
    pub returned: Option<Moment>,
    /// The number of restarts that this process requested.
    pub restarts: u32,
    /// The last mark of a restart, if there was no room to write it.
    pub unwritten: Option<UnwrittenMark>,
    /// Restart methods that failed before they reached the host.
    pub unusable: BTreeSet<RestartMethod>,
}

/// A mark of a restart that only this process knows, because there was no room for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnwrittenMark {
    /// The mark that is there instead.
    pub on_disk: Option<Attempt>,
    /// The mark that should be there.
    pub mark: Attempt,
}

/// A restart that this process requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedRestart {
    /// The method.
    pub by: RestartMethod,
    /// When it was requested.
    pub asked: Moment,
    /// Since when the runtime is down; earlier than the request, if an earlier restart did not bring it back.
    pub away: Moment,
    /// When the runtime answered again.
    pub back: Option<Moment>,
    /// The service manager's error.
    pub trouble: Option<String>,
}

impl History {
    /// The memory of a process that begins now.
    pub fn new(began: Moment) -> Self {
        Self {
            began,
            woke: None,
            jitter: Duration::ZERO,
            since: BTreeMap::new(),
            left: BTreeMap::new(),
            tally: Tally::default(),
            changed: None,
            nudged: None,
            config: BTreeMap::new(),
            restart: None,
            returned: None,
            restarts: 0,
            unwritten: None,
            unusable: BTreeSet::new(),
        }
    }

    /// Begins a run in the same process (`watch`). The runtime's answers so far are too old for it. Deadlines begin anew
    /// only if something has changed or is tried again: a primary that stays away is not waited for at each look.
    pub fn begin_anew(&mut self, now: Moment, with_deadlines: bool) {
        self.woke = Some(now);
        self.changed = Some(now);
        self.nudged = None;
        // A binary that stays away is waited for once in a process.
        self.since.retain(|kind, _| *kind == ReasonKind::Binary);
        if with_deadlines {
            self.began = now;
            self.unusable.clear();
        }
    }

    /// Since when a kind of reason has been true; `now` if it is new.
    pub fn since(&self, kind: ReasonKind, now: Moment) -> Moment {
        self.since.get(&kind).copied().unwrap_or(now)
    }

    /// The restart in hand, also if its last mark could not be written and nobody has written another since.
    pub fn attempt(&self, node: &Node) -> Option<Attempt> {
        let on_disk = node.attempt();
        match &self.unwritten {
            Some(unwritten) if unwritten.on_disk == on_disk => Some(unwritten.mark.clone()),
            _ => on_disk,
        }
    }

    /// Records the current reason to wait. The other kinds end.
    pub fn note_reason(&mut self, reason: &Reason, now: Moment) {
        self.since.retain(|kind, _| *kind == reason.kind || *kind == ReasonKind::Binary);
        self.since.entry(reason.kind).or_insert(now);
    }

    /// Records a change that was made.
    pub fn note_change(&mut self, change: &Change, now: Moment) {
        match change {
            Change::Publish(_) | Change::Link { .. } => {
                self.changed = Some(now);
                self.nudged = None;
                self.since.retain(|kind, _| *kind == ReasonKind::Binary);
            }
            Change::Remove { .. } | Change::Retire(_) => {
                self.changed = Some(now);
                self.nudged = None;
            }
            Change::Nudge(_) => {
                self.changed = Some(now);
                self.nudged = Some(now);
            }
            _ => {}
        }
    }

    /// Counts a change. `at` is when its plan was applied: the tally on the node has the same moment.
    pub fn count(&mut self, change: &Change, at: Moment) {
        let Some((path, left)) = change.leaves() else { return };
        self.tally.wrote(path, &left.word(), at);
        self.left.insert(path.clone(), left);
    }

    /// What the node must note before these changes are made at this moment, if it must note anything: a change that was
    /// made before, and a restart of a run that stays.
    pub fn tally_of(&self, node: &Node, plan: &Plan, stays: bool, at: Moment) -> Option<Tally> {
        let mut tally = self.tally.with(&node.tally());
        let mut is_news = false;
        for change in plan.first_changes() {
            if let Some((path, left)) = change.leaves() {
                is_news |= tally.writes_of(path, &left.word(), WINDOW, at) > 0;
                tally.wrote(path, &left.word(), at);
            }
            if matches!(change, Change::Restart { .. }) && stays {
                is_news = true;
                tally.restarted(at);
            }
        }
        is_news.then(|| tally.since(HOUR, at))
    }

    /// Records a restart that was requested. If the runtime was still down, its downtime began with the earlier
    /// restart.
    pub fn note_restart(&mut self, by: RestartMethod, asked: Moment, trouble: Option<String>) {
        self.restarts += 1;
        let first = self.restart.as_ref().filter(|restart| restart.back.is_none());
        let away = first.map_or(asked, |restart| restart.away);
        self.restart = Some(RequestedRestart { by, asked, away, back: None, trouble });
    }

    /// Records the runtime's previous answer and its current one.
    pub fn note_answer(&mut self, before: Option<&Asked<Runtime>>, answer: &Asked<Runtime>, now: Moment) {
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

    /// The earliest time at which the program may end, so that the runtime misses no container's exit.
    pub fn settles_until(&self) -> Option<Moment> {
        self.returned.map(|returned| returned.after(SETTLE))
    }

    /// The restart in this attempt that this process requested.
    pub fn restart_of(&self, attempt: &Attempt) -> Option<&RequestedRestart> {
        self.restart.as_ref().filter(|restart| restart.asked >= attempt.asked())
    }

    /// The runtime's downtime in this process's restart, once it is back.
    pub fn downtime(&self) -> Option<Duration> {
        let restart = self.restart.as_ref()?;
        Some(restart.back?.since(restart.away))
    }
}
