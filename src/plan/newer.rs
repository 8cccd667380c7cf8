//! A record of a newer release: the node is left to that release while its chain stands.

use crate::node::{HostPath, RECORD_DIR, RecordError};
use crate::plan::context::PlanContext;
use crate::plan::decision::{Outcome, Plan};
use crate::plan::settings::Goal;
use crate::report::{Finding, Severity};

/// The plan of a node that a newer release has chained: nothing. What else that release changed is not known here, so
/// neither is what a change would undo.
pub(in crate::plan) fn newer(cx: &PlanContext<'_>) -> Option<Plan> {
    if cx.settings.goal != Goal::Install {
        return None;
    }
    cx.records.iter().find_map(|(owner, record)| {
        let Err(error @ RecordError::Newer { chains, .. }) = record else { return None };
        let chain = standing(cx, owner, chains)?;
        let record = format!("{RECORD_DIR}/{owner}.json");
        let finding = Finding {
            code: "record-of-newer-release",
            severity: Severity::Warning,
            message: format!(
                "{record} cannot be used: {error}; its chain {chain} exists, so nothing is changed"
            ),
            subject: record,
            remedy: format!(
                "run the newer release, or uninstall with it first (cni-bootstrap uninstall --owner {owner})"
            ),
        };
        Some(
            Plan::outcome(Outcome::KeptLastGood("a newer release made this node's chain; the chain stays"))
                .with_finding(finding),
        )
    })
}

/// The chain of that record that is there: one that it names, else one at an owner's usual name.
fn standing(cx: &PlanContext<'_>, owner: &str, chains: &[HostPath]) -> Option<HostPath> {
    let dir = &cx.desired.dirs.conf;
    let usual = [format!("05-{owner}.conflist"), format!("00-{owner}.conflist"), format!("00-{owner}.conf")];
    let usual: Vec<HostPath> = usual.iter().map(|name| dir.join(name)).collect();
    let candidates = if chains.is_empty() { &usual[..] } else { chains };
    candidates.iter().find(|path| cx.node.file(path).present().is_some()).cloned()
}
