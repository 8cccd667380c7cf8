//! What several concerns of one plan need to know.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::cni::Libcni;
use crate::node::{Attempt, Digest, HostPath, Kind, Moment, Node, Observed, Record, RecordError, Status};
use crate::plan::chain::ready::Ready;
use crate::plan::change::{Change, Step};
use crate::plan::decision::Plan;
use crate::plan::history::History;
use crate::plan::resolve::Desired;
use crate::plan::settings::{RuntimeKind, Settings};

/// How soon a runtime that gave no answer is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// The inputs of one planning pass.
pub(in crate::plan) struct PlanContext<'a> {
    pub(in crate::plan) node: &'a Node,
    pub(in crate::plan) settings: &'a Settings,
    pub(in crate::plan) desired: &'a Desired,
    pub(in crate::plan) history: &'a History,
    pub(in crate::plan) now: Moment,
    pub(in crate::plan) records: BTreeMap<String, Result<Record, RecordError>>,
    pub(in crate::plan) attempt: Option<Attempt>,
    /// The primary, once it was looked for.
    pub(in crate::plan) primary: OnceCell<Result<Ready, Plan>>,
}

/// What is known of the runtime.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) enum RuntimeState<'a> {
    /// It is not to be asked (`--runtime none`).
    NotUsed,
    /// It must be asked first.
    NotAsked,
    /// It gave no answer, for this reason.
    Unreachable(&'a str),
    /// Its answer, given by the process that runs now.
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
            attempt: node.attempt(),
            primary: OnceCell::new(),
        }
    }

    /// The owner's record, if there is one that can be read.
    pub(in crate::plan) fn record(&self) -> Option<&Record> {
        self.records.get(&self.desired.owner)?.as_ref().ok()
    }

    /// Whether a file with these bytes at `path` was written by this owner.
    pub(in crate::plan) fn is_ours(&self, path: &HostPath, digest: &Digest) -> bool {
        // A link is nothing that this program wrote; only the one to the runtime's config is followed.
        let link = self.node.symlinks.contains_key(path);
        self.record().is_some_and(|record| {
            let config = record.paths.get(path.as_str()).is_some_and(|written| written.kind == Kind::Config);
            (!link || config) && record.wrote(path, digest)
        })
    }

    /// The chains of this owner by its record: more than one after the output's name changed.
    pub(in crate::plan) fn own_chains(&self) -> Vec<HostPath> {
        let record = self.record();
        record.into_iter().flat_map(|record| record.of_kind(Kind::Chain)).map(|(path, _)| path).collect()
    }

    /// Where this owner's chains were published.
    pub(in crate::plan) fn chain_dirs(&self) -> Vec<HostPath> {
        self.own_chains().into_iter().map(|path| path.parent()).collect()
    }

    /// Makes a directory and those above it that are not there, each named by the record.
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

    /// What the runtime says, if it said so after `not_before`.
    pub(in crate::plan) fn runtime_since(&self, not_before: Option<Moment>) -> RuntimeState<'a> {
        if self.settings.runtime == RuntimeKind::None {
            return RuntimeState::NotUsed;
        }
        let Some(asked) = &self.node.answers.runtime else { return RuntimeState::NotAsked };
        if asked.incarnation != self.node.incarnation() {
            return RuntimeState::NotAsked;
        }
        match &asked.said {
            Observed::Present(_) if not_before.is_some_and(|moment| asked.at < moment) => {
                RuntimeState::NotAsked
            }
            Observed::Present(status) => RuntimeState::Status(status),
            // Only after a wait: a look that takes longer than this must not keep it from being waited at all.
            Observed::Unknown(_) | Observed::Absent
                if self.is_stale() && self.now.since(asked.at) >= ASK_AGAIN =>
            {
                RuntimeState::NotAsked
            }
            Observed::Unknown(why) => RuntimeState::Unreachable(why),
            Observed::Absent => RuntimeState::Unreachable("no runtime socket exists"),
        }
    }

    /// Whether there was a wait since the runtime was asked last, so that another answer may be had.
    pub(in crate::plan) fn is_stale(&self) -> bool {
        let asked = self.node.answers.runtime.as_ref();
        asked.is_none_or(|asked| self.history.woke.is_some_and(|woke| asked.at < woke))
    }

    /// What the runtime says, whenever the process that runs now said it. Its config cannot have changed since: no
    /// containerd reads it again without a restart.
    pub(in crate::plan) fn runtime(&self) -> RuntimeState<'a> {
        self.runtime_since(None)
    }

    /// The rules by which this runtime loads files; where it is not known, what every release loads.
    pub(in crate::plan) fn rules(&self) -> Libcni {
        match self.node.answers.status() {
            Some(status) if status.runtime_name == "containerd" => {
                Libcni::of_containerd(&status.runtime_version)
            }
            _ => Libcni::Any,
        }
    }
}
