//! One network for each pod (promise 1 of the contract).

use crate::node::HostPath;
use crate::plan::blocked::Blocked;
use crate::plan::chain::ready::Ready;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::report::FailureCode;

/// Refused if the runtime would load another file beside the chain: each would give every pod a network.
pub(in crate::plan) fn refusal(
    cx: &PlanContext<'_>,
    primary: &Ready,
    chain: &HostPath,
) -> Result<(), Blocked> {
    let Some(single_network) = single_network(cx) else { return Ok(()) };
    // The chain is the first file; zero and negative values mean all files (go-cni `opts.go`, `loadFromConfDir`).
    let most = if single_network > 0 {
        usize::try_from(single_network - 1).unwrap_or(usize::MAX)
    } else {
        usize::MAX
    };
    let dir = chain.parent();
    let own = cx.chains();
    let listing = cx.listing(&dir);
    let beside: Vec<HostPath> = listing
        .loadable()
        .map(|name| dir.join(name))
        .filter(|path| path != chain && !own.contains(path))
        .take(most)
        .collect();
    let Some(first) = beside.iter().find(|path| **path == primary.path).or(beside.first()) else {
        return Ok(());
    };
    Err(two_networks(single_network, first.as_str(), &dir))
}

/// Refused if the runtime would load a primary beside the chain, whichever primary arrives.
pub(in crate::plan) fn refusal_without_primary(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let dirs = &cx.desired.dirs;
    match single_network(cx) {
        Some(single_network) if dirs.primary == dirs.conf => {
            Err(two_networks(single_network, "the primary", &dirs.conf))
        }
        _ => Ok(()),
    }
}

/// The number of files that the runtime will load, unless it is one.
fn single_network(cx: &PlanContext<'_>) -> Option<i64> {
    let RuntimeState::Status(status) = cx.runtime() else { return None };
    let single_network = cx.desired.values.max_conf_num.or(status.live.max_conf_num);
    single_network.filter(|single_network| *single_network != 1)
}

fn two_networks(single_network: i64, beside: &str, dir: &HostPath) -> Blocked {
    Blocked::refused(
        FailureCode::SeveralNetworks,
        format!(
            "with max_conf_num = {single_network} the runtime loads {beside} beside the chain in {dir}, and every pod gets two networks"
        ),
        format!(
            "leave --max-conf-num out (its default is 1), or keep only the chain in {dir} (see --primary-dir for \
             the primary)"
        ),
    )
}
