//! A fresh node, whose pods never had a network: only there the runtime comes before the primary.

use crate::node::{HostPath, Kind, Observed, Question};
use crate::plan::blocked::Blocked;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::grants::mounted;
use crate::plan::layers::is_same_dir;
use crate::plan::settings::Goal;

/// The load error for a directory without a loadable file. A load that failed on a file has another message (go-cni
/// `opts.go`, `loadFromConfDir`).
const NO_FILE: &str = "no network config found in";

impl PlanContext<'_> {
    /// True on a fresh node: CRI answers, it found no file to load and none exists, no record names a chain, and
    /// there is at least one pod sandbox (so the kubelet uses this runtime) and all are on the host's network.
    pub(in crate::plan) fn is_fresh(&self) -> Result<bool, Blocked> {
        let a_chain_is_recorded = || {
            let mut records = self.records.values();
            records.any(|record| {
                record.as_ref().map_or(true, |record| record.of_kind(Kind::Chain).next().is_some())
            })
        };
        if self.settings.goal != Goal::Install || a_chain_is_recorded() || !self.no_file_is_there() {
            return Ok(false);
        }
        let status = match self.runtime_since(self.history.woke) {
            RuntimeState::Status(status) => status,
            RuntimeState::NotAsked => return Err(Blocked::ask(Question::Runtime)),
            RuntimeState::NotUsed | RuntimeState::NotJudged(_) | RuntimeState::Unreachable(_) => {
                return Ok(false);
            }
        };
        let theirs = status.conf_dir.as_deref().and_then(|dir| HostPath::new(dir).ok());
        let looks_there = theirs.is_some_and(|dir| is_same_dir(self.node, &dir, &self.desired.dirs.conf));
        let found_no_file = status.load_status.as_deref().is_some_and(|words| words.contains(NO_FILE));
        if !looks_there || !found_no_file {
            return Ok(false);
        }
        match &self.node.answers.sandboxes {
            Some(asked)
                if asked.incarnation == self.node.incarnation()
                    && self.history.woke.is_none_or(|woke| asked.at >= woke) =>
            {
                // A missing answer proves nothing.
                Ok(asked.said.present().is_some_and(|s| s.on_host_network > 0 && !s.pod_network))
            }
            _ => Err(Blocked::ask(Question::Sandboxes)),
        }
    }

    /// True if the runtime's directory is visible and has no loadable name.
    fn no_file_is_there(&self) -> bool {
        let dir = &self.desired.dirs.conf;
        let seen = self.node.dirs.get(dir).is_some_and(|dir| !matches!(dir, Observed::Unknown(_)));
        seen && mounted(self, dir).is_ok() && self.listing(dir).loadable().next().is_none()
    }
}
