//! A network that the node's runtime brings itself: it is the primary only if nothing else comes.

use std::time::Duration;

use crate::distro::{self, RuntimeName};
use crate::node::{HostPath, Kind, Observed, Runtime};
use crate::plan::blocked::Blocked;
use crate::plan::chain::ready::Ready;
use crate::plan::context::PlanContext;
use crate::plan::decision::{Reason, ReasonKind};
use crate::plan::settings::{Layout, RuntimeKind};
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// How long another network is awaited.
const ALONE: Duration = Duration::from_secs(30);

impl PlanContext<'_> {
    /// How the names of the networks begin that the node's runtime brings: CRI-O has its own bridge.
    pub(in crate::plan) fn own_networks(&self) -> Vec<&'static str> {
        let of_answer = match self.node.answers.running() {
            Some(Runtime::NotJudged(other)) => other.known == Some(RuntimeName::CriO),
            Some(Runtime::Containerd(_)) => false,
            None => {
                let sockets = distro::sockets_of(RuntimeName::CriO);
                let is_of_cri_o = |path: &HostPath| sockets.contains(&path.as_str());
                // With `--runtime none` nobody is asked, and the socket tells the runtime.
                let mut stamps = self.node.observations.stamps.iter();
                self.node.endpoint().is_some_and(is_of_cri_o)
                    || stamps.any(|(path, stamp)| is_of_cri_o(path) && stamp.present().is_some())
            }
        };
        if of_answer || self.settings.runtime == RuntimeKind::CriO {
            distro::own_networks(RuntimeName::CriO)
        } else {
            Vec::new()
        }
    }

    /// Waits for another network, unless a chain stands already, or a layer without one has been installed before. A
    /// run that does not wait looks at the directory: nothing came for as long.
    pub(in crate::plan) fn wait_for_another(&self, dir: &HostPath, name: &str) -> Result<(), Blocked> {
        let mut records = self.records.values().flatten().filter(|record| !record.leaving);
        let stands = records.any(|record| {
            let is_unchained =
                record.owner == self.desired.owner && record.layer.layout == Layout::None.word();
            is_unchained || record.of_kind(Kind::Chain).any(|(path, _)| self.node.bytes(&path).is_some())
        });
        if stands {
            return Ok(());
        }
        let text = format!(
            "{name} is the runtime's own default network; it is the primary if no other comes within {} s",
            ALONE.as_secs()
        );
        if self.settings.no_wait {
            let dir = self.node.dirs.get(dir).and_then(Observed::present);
            let changed = dir.map_or(self.node.wall, |dir| dir.stamp.mtime);
            let alone = self.node.wall.saturating_sub(changed);
            let is_old = alone >= i128::try_from(ALONE.as_nanos()).unwrap_or(i128::MAX);
            return if is_old {
                Ok(())
            } else {
                Err(Blocked::skipped(Reason { kind: ReasonKind::Primary, text }))
            };
        }
        let patience = self.settings.primary_timeout.map_or(ALONE, |timeout| ALONE.min(timeout));
        self.awaited(&text, Some(patience))
    }
}

/// Tells that the primary is the runtime's own default.
pub(in crate::plan) fn finding(primary: &Ready) -> Option<Finding> {
    primary.is_last_resort.then(|| Finding {
        code: install::PRIMARY_DEFAULT.name,
        severity: Severity::Info,
        subject: primary.path.to_string(),
        message: format!(
            "{} is the runtime's own default network, and the chain is made from it because no other network is there",
            primary.path
        ),
        remedy: "name it with --primary if it is meant, so that no other is awaited".to_owned(),
    })
}
