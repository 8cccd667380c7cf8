//! A node's chain has one owner.

use crate::node::{Kind, RECORD_DIR};
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::report::FailureCode;

/// Refused while another owner has the chain, or may have it; the other owner's record decides.
pub(in crate::plan) fn refusal(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    for (owner, record) in cx.records.iter().filter(|(owner, _)| **owner != cx.desired.owner) {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                return Err(Blocked::refused(
                    FailureCode::OwnerUnknown,
                    format!(
                        "{owner:?} may own this node's chain: {RECORD_DIR}/{owner}.json cannot be used: {error}"
                    ),
                    format!(
                        "uninstall it with the release that wrote it (cni-bootstrap uninstall --owner {owner}), \
                         or move the record away if nothing that it names is left"
                    ),
                ));
            }
        };
        if record.of_kind(Kind::Chain).any(|(path, _)| cx.node.file(&path).present().is_some()) {
            return Err(Blocked::refused(
                FailureCode::ChainOfAnotherOwner,
                format!(
                    "{owner:?} already owns this node's chain, and the runtime would load only one of two chain \
                     files"
                ),
                format!(
                    "uninstall it first (cni-bootstrap uninstall --owner {owner}), or chain both plugins in one call"
                ),
            ));
        }
    }
    Ok(())
}
