//! A record of a newer release: that release manages the node while its chain exists.

use crate::node::{HostPath, RECORD_DIR, RecordError};
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::plan::settings::Goal;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// Blocked on a node that a newer release has chained. Its other changes are not known here, so a change might undo
/// them.
pub(in crate::plan) fn newer(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    // The own record, of a newer release, is not uninstalled at all: `uninstall/undo.rs`.
    let is_own = |owner: &String| cx.settings.goal == Goal::Uninstall && *owner == cx.desired.owner;
    let finding = cx.records.iter().filter(|(owner, _)| !is_own(owner)).find_map(|(owner, record)| {
        let Err(error @ RecordError::Newer { chains, .. }) = record else { return None };
        let chain = standing(cx, owner, chains)?;
        let record = format!("{RECORD_DIR}/{owner}.json");
        Some(Finding {
            code: install::NEWER_RECORD.name,
            severity: Severity::Warning,
            message: format!(
                "{record} cannot be used: {error}; its chain {chain} exists, so nothing is changed"
            ),
            subject: record,
            remedy: format!(
                "run the newer release, or uninstall with it first (cni-bootstrap uninstall --owner {owner})"
            ),
        })
    });
    match finding {
        Some(finding) => {
            Err(Blocked::kept_last_good("a newer release made this node's chain; the chain stays", finding))
        }
        None => Ok(()),
    }
}

/// The existing chain of that record: a path in it, else a file with the usual name of its owner's chain.
fn standing(cx: &PlanContext<'_>, owner: &str, chains: &[HostPath]) -> Option<HostPath> {
    let dir = &cx.desired.dirs.conf;
    let usual = [format!("05-{owner}.conflist"), format!("00-{owner}.conflist"), format!("00-{owner}.conf")];
    let usual: Vec<HostPath> = usual.iter().map(|name| dir.join(name)).collect();
    let candidates = if chains.is_empty() { &usual[..] } else { chains };
    candidates.iter().find(|path| cx.node.file(path).present().is_some()).cloned()
}
