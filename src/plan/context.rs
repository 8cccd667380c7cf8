//! Inputs and derived facts that several concerns of a plan share.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::cni::Libcni;
use crate::node::{
    Attempt, CRI_O, Digest, HostPath, Kind, Moment, Node, NotJudged, Observed, Record, RecordError, Runtime,
    Status, Tally,
};
use crate::plan::blocked::Blocked;
use crate::plan::chain::ready::Ready;
use crate::plan::change::{Change, Step};
use crate::plan::history::{HOUR, History};
use crate::plan::resolve::Desired;
use crate::plan::settings::{RuntimeKind, Settings};

/// How soon a runtime that did not answer is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(250);
/// The same right after a restart: pods that start between its answer and the chain lack the chain.
const ASK_AGAIN_SOON: Duration = Duration::from_millis(20);
/// How long after a restart the runtime is asked so often. Most are back within a second.
const SOON: Duration = Duration::from_secs(10);

/// The inputs of one planning pass.
pub(in crate::plan) struct PlanContext<'a> {
    pub(in crate::plan) node: &'a Node,
    pub(in crate::plan) settings: &'a Settings,
    pub(in crate::plan) desired: &'a Desired,
    pub(in crate::plan) history: &'a History,
    pub(in crate::plan) now: Moment,
    pub(in crate::plan) records: BTreeMap<String, Result<Record, RecordError>>,
    pub(in crate::plan) attempt: Option<Attempt>,
    /// What this process and earlier ones of this boot counted.
    pub(in crate::plan) tally: Tally,
    /// The primary, once it was looked for.
    pub(in crate::plan) primary: OnceCell<Result<Ready, Blocked>>,
}

/// What is known about the runtime.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) enum RuntimeState<'a> {
    /// The runtime is not used (`--runtime none`).
    NotUsed,
    /// The runtime must be asked first.
    NotAsked,
    /// The runtime did not answer, for this reason.
    Unreachable(&'a str),
    /// The runtime is one that the program cannot judge.
    NotJudged(&'a NotJudged),
    /// The report of the containerd that runs now.
    Status(&'a Status),
}

impl<'a> PlanContext<'a> {
    pub(in crate::plan) fn new(
        node: &'a Node,
        settings: &'a Settings,
        desired: &'a Desired,
        history: &'a History,
        now: Moment,
    ) -> Self {
        Self {
            node,
            settings,
            desired,
            history,
            now,
            records: node.records(),
            attempt: history.attempt(node),
            tally: history.tally.with(&node.tally()),
            primary: OnceCell::new(),
        }
    }

    /// The number of restarts that count against the limit: those of this run, or, for `watch`, those of the last hour.
    pub(in crate::plan) fn restarts(&self) -> usize {
        match self.settings.stays {
            Some(_) => self.tally.restarts_within(HOUR, self.now),
            None => self.history.restarts as usize,
        }
    }

    /// The owner's record, if it exists and can be read.
    pub(in crate::plan) fn record(&self) -> Option<&Record> {
        self.records.get(&self.desired.owner)?.as_ref().ok()
    }

    /// The records that can be used: this owner's first, then those of the others.
    pub(in crate::plan) fn usable_records(&self) -> impl Iterator<Item = &Record> {
        let others = self.records.iter().filter(|(owner, _)| **owner != self.desired.owner);
        self.record().into_iter().chain(others.filter_map(|(_, record)| record.as_ref().ok()))
    }

    /// True if this owner wrote a file with these bytes at `path`.
    pub(in crate::plan) fn is_ours(&self, path: &HostPath, digest: &Digest) -> bool {
        self.record().is_some_and(|record| self.is_written_by(record, path, digest))
    }

    /// True if an owner's record explains a file with these bytes at `path`.
    pub(in crate::plan) fn is_explained(&self, path: &HostPath, digest: &Digest) -> bool {
        self.usable_records().any(|record| self.is_written_by(record, path, digest))
    }

    fn is_written_by(&self, record: &Record, path: &HostPath, digest: &Digest) -> bool {
        // This program writes no links; only a link to the runtime's config is followed.
        let link = self.node.symlinks.contains_key(path);
        let config = record.paths.get(path.as_str()).is_some_and(|written| written.kind == Kind::Config);
        (!link || config) && record.wrote(path, digest)
    }

    /// The chains in the records that have a file of their own: several if the output's name has changed.
    pub(in crate::plan) fn chains(&self) -> Vec<HostPath> {
        let chains = self.usable_records().flat_map(|record| record.of_kind(Kind::Chain));
        let chains = chains.filter(|(_, written)| written.place.is_own());
        let mut paths: Vec<HostPath> = Vec::new();
        for (path, _) in chains {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// The directories in which chains were published.
    pub(in crate::plan) fn chain_dirs(&self) -> Vec<HostPath> {
        let chains = self.usable_records().flat_map(|record| record.of_kind(Kind::Chain));
        chains.map(|(path, _)| path.parent()).collect()
    }

    /// Creates a directory and its missing parents. Each of them is recorded.
    pub(in crate::plan) fn make_dirs(&self, dir: &HostPath) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut dir = dir.clone();
        while self.node.dirs.get(&dir).is_some_and(Observed::is_absent) {
            let parent = dir.parent();
            steps.insert(0, Step::Change(Change::MakeDir(dir)));
            dir = parent;
        }
        steps
    }

    /// The runtime's report, if it is later than `not_before`.
    pub(in crate::plan) fn runtime_since(&self, not_before: Option<Moment>) -> RuntimeState<'a> {
        match self.settings.runtime {
            RuntimeKind::None => return RuntimeState::NotUsed,
            RuntimeKind::CriO => return RuntimeState::NotJudged(&CRI_O),
            RuntimeKind::Auto | RuntimeKind::Containerd => {}
        }
        let Some(asked) = &self.node.answers.runtime else { return RuntimeState::NotAsked };
        if asked.incarnation != self.node.incarnation() {
            return RuntimeState::NotAsked;
        }
        match &asked.said {
            Observed::Present(_) if not_before.is_some_and(|moment| asked.at < moment) => {
                RuntimeState::NotAsked
            }
            Observed::Present(Runtime::Containerd(status)) => RuntimeState::Status(status),
            Observed::Present(Runtime::NotJudged(other)) => RuntimeState::NotJudged(other),
            // Only after a wait: an observation that takes longer than this must not prevent the wait.
            Observed::Unknown(_) | Observed::Absent
                if self.is_stale() && self.now.since(asked.at) >= self.asks_again() =>
            {
                RuntimeState::NotAsked
            }
            Observed::Unknown(why) => RuntimeState::Unreachable(why),
            Observed::Absent => RuntimeState::Unreachable("no runtime socket exists"),
        }
    }

    /// How soon a runtime that did not answer is asked again.
    pub(in crate::plan) fn asks_again(&self) -> Duration {
        let restart = self.history.restart.as_ref().filter(|restart| restart.back.is_none());
        let is_recent = restart.is_some_and(|restart| self.now.since(restart.asked) < SOON);
        if is_recent { ASK_AGAIN_SOON } else { ASK_AGAIN }
    }

    /// True if there was a wait since the runtime was asked last, so that its answer may have changed.
    pub(in crate::plan) fn is_stale(&self) -> bool {
        let asked = self.node.answers.runtime.as_ref();
        asked.is_none_or(|asked| self.history.woke.is_some_and(|woke| asked.at < woke))
    }

    /// The runtime's report, of any age, from the process that runs now. Its config cannot have changed since,
    /// because containerd reads it only at its start.
    pub(in crate::plan) fn runtime(&self) -> RuntimeState<'a> {
        self.runtime_since(None)
    }

    /// The loading rules of this runtime; if its release is not known, the rules that every release accepts.
    pub(in crate::plan) fn rules(&self) -> Libcni {
        let status = self.node.answers.status();
        status.map_or(Libcni::Any, |status| Libcni::of_containerd(&status.runtime_version))
    }
}
