//! The network of a list: its name, and the directory with that name, from which libcni 1.3 appends plugins.

use crate::cni::{Composed, Conflist};
use crate::node::HostPath;
use crate::plan::blocked::Blocked;
use crate::plan::chain::faults::{AddedFault, added, name_fault};
use crate::plan::chain::ready::Ready;
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::report::codes::check;
use crate::report::{FailureCode, Finding, Severity};

/// Reasons to refuse the chain because of the files that are added to its network. The network's name is reported.
pub(in crate::plan) fn refusal(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    primary: &Ready,
    chain: &HostPath,
    composed: &Composed,
) -> Result<(), Blocked> {
    let Ok(list) = Conflist::of(chain.name(), &composed.bytes, cx.rules()) else { return Ok(()) };
    let own: Vec<&str> = cx.desired.added().map(|(_, plugin)| plugin.plugin_type()).collect();
    match added(cx.node, &chain.parent(), &list, (chain.name(), &own)) {
        Ok(_) => {}
        Err(AddedFault::Broken(path, _, message)) => {
            let remedy = format!("mend or remove {path}");
            return Err(Blocked::refused(FailureCode::NetworkFileInvalid, message, remedy));
        }
        Err(AddedFault::Twice(path, message)) => {
            let remedy = format!("remove {path}, or leave the plugin out of --plugin");
            return Err(Blocked::refused(FailureCode::PluginRunsTwice, message, remedy));
        }
    }
    draft.findings.extend(name_fault(&list, primary.path.as_str()).map(|message| unusable(primary, message)));
    Ok(())
}

/// The finding about a network name that libcni loads but refuses for each pod (libcni `utils.go`,
/// `ValidateNetworkName`). If the chain brings it, the judgement refuses the plan (`src/judgement.rs`).
fn unusable(primary: &Ready, message: String) -> Finding {
    Finding {
        code: check::NETWORK_NAME.name,
        severity: Severity::Error,
        subject: primary.path.to_string(),
        message,
        remedy: format!("give the network another name where {} is made, by its agent", primary.path),
    }
}
