//! The network of a list: its name, and the directory with that name, from which libcni 1.3 appends plugins.

use crate::cni::{Composed, Conflist, would_load};
use crate::node::HostPath;
use crate::plan::blocked::Blocked;
use crate::plan::chain::appended::appended;
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
    match appended(cx.node, &chain.parent(), &list) {
        Err((path, violation)) => {
            return Err(Blocked::refused(
                FailureCode::NetworkFileInvalid,
                format!(
                    "the runtime adds the files of {} to the network {:?}, and would not load the chain: {path} {violation}",
                    path.parent(),
                    list.network()
                ),
                "mend or remove that file",
            ));
        }
        Ok(files) => {
            let twice = files.iter().find_map(|(path, file)| {
                let ours = cx.desired.added().map(|(_, plugin)| plugin.plugin_type());
                Some((path, ours.into_iter().find(|own| file.types().contains(own))?))
            });
            if let Some((path, plugin)) = twice {
                return Err(Blocked::refused(
                    FailureCode::PluginRunsTwice,
                    format!(
                        "{path} already adds the plugin {plugin:?} to the network, so the plugin would run twice"
                    ),
                    "remove that file, or leave the plugin out of --plugin",
                ));
            }
        }
    }
    if list.has_usable_name() {
        return Ok(());
    }
    draft.findings.push(unusable(cx, primary, &list)?);
    Ok(())
}

/// The finding about a network name that libcni loads but refuses for each pod (libcni `utils.go`,
/// `ValidateNetworkName`); a failure if it is new with the chain.
fn unusable(cx: &PlanContext<'_>, primary: &Ready, list: &Conflist) -> Result<Finding, Blocked> {
    let message = format!(
        "{} has the network name {:?}: the runtime loads it and then fails every pod (invalid characters found \
         in network name)",
        primary.path,
        list.network()
    );
    let remedy = "mend it where the file is made: a name starts with a letter or a digit and has only letters, \
        digits, '_', '.' and '-'";
    if !was_so_before(cx, primary) {
        return Err(Blocked::refused(FailureCode::NetworkNameInvalid, message, remedy));
    }
    Ok(Finding {
        code: check::NETWORK_NAME.name,
        severity: Severity::Error,
        subject: primary.path.to_string(),
        message,
        remedy: remedy.to_owned(),
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
