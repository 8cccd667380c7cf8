//! The network of a list: its name, and the directory with that name, from which libcni 1.3 appends plugins.

use crate::cni::{Composed, Conflist, would_load};
use crate::node::HostPath;
use crate::plan::blocked::Blocked;
use crate::plan::chain::faults::{AddedFault, added, name_fault};
use crate::plan::chain::ready::Ready;
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::report::codes::check;
use crate::report::{FailureCode, Finding, Severity};

/// Reasons to refuse the chain because of its network. A fault that existed before the chain is only reported.
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
    if let Some(message) = name_fault(&list, primary.path.as_str()) {
        draft.findings.push(unusable(cx, primary, message)?);
    }
    Ok(())
}

/// The finding about a network name that libcni loads but refuses for each pod (libcni `utils.go`,
/// `ValidateNetworkName`); a failure if it is new with the chain.
fn unusable(cx: &PlanContext<'_>, primary: &Ready, message: String) -> Result<Finding, Blocked> {
    let remedy = format!("give the network another name where {} is made, by its agent", primary.path);
    if !was_so_before(cx, primary) {
        return Err(Blocked::refused(FailureCode::NetworkNameInvalid, message, remedy));
    }
    Ok(Finding {
        code: check::NETWORK_NAME.name,
        severity: Severity::Error,
        subject: primary.path.to_string(),
        message,
        remedy,
    })
}

/// True if pods get the primary's network without the chain: then its fault is not new.
fn was_so_before(cx: &PlanContext<'_>, primary: &Ready) -> bool {
    let dir = &cx.desired.dirs.conf;
    let own = cx.chains();
    let listing = cx.listing(dir);
    let others = listing.without(|name| own.contains(&dir.join(name)));
    let loads = would_load(&others, 1, cx.rules());
    loads.is_ok_and(|files| files.first().is_some_and(|(name, _)| dir.join(name) == primary.path))
}
