//! How the node stands, whatever is planned next: what `watch` tells its probes.

use crate::cni::Conflist;
use crate::node::{Attempt, Digest, Kind, Moment, Node};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::history::History;
use crate::plan::resolve::Desired;
use crate::plan::settings::{RuntimeKind, Settings};

/// How the node stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// True if a pod made now gets a chain of this owner: the runtime says that it has loaded it, or, without a proof,
    /// the chain is on disk as it was written.
    pub in_place: bool,
    /// When the runtime was asked last; `None` if it gave no answer.
    pub asked: Option<Moment>,
    /// The condition NetworkReady; `None` if the runtime did not report it.
    pub network_ready: Option<bool>,
    /// The name of the chain's network.
    pub network: Option<String>,
    /// True if the primary exists and is valid.
    pub has_primary: bool,
    /// The deadline of a restart that is in hand.
    pub restart_until: Option<Moment>,
}

/// How the node stands now.
pub fn standing(
    node: &Node,
    settings: &Settings,
    desired: &Desired,
    history: &History,
    now: Moment,
) -> Standing {
    let cx = PlanContext::new(node, settings, desired, history, now);
    let published = published(&cx);
    let is_proven = settings.runtime != RuntimeKind::None && !settings.verify_timeout.is_zero();
    let status = match cx.runtime() {
        RuntimeState::Status(status) => Some(status),
        _ => None,
    };
    Standing {
        in_place: if is_proven { cx.last_good_chain_is_loaded() } else { published.is_some() },
        asked: status.and(node.answers.runtime.as_ref()).map(|asked| asked.at),
        network_ready: status.map(|status| status.network_ready),
        network: published,
        has_primary: cx.primary().is_ok(),
        restart_until: cx.attempt.as_ref().filter(|attempt| attempt.is_in_hand()).map(Attempt::deadline),
    }
}

/// The network of the chain on disk, if it is as this owner wrote it.
fn published(cx: &PlanContext<'_>) -> Option<String> {
    let chains = cx.record()?.of_kind(Kind::Chain);
    let mut networks = chains.filter_map(|(path, written)| {
        let bytes = cx.node.bytes(&path).filter(|bytes| written.is_chain(&Digest::of(bytes)))?;
        Some(Conflist::read(path.name(), bytes, cx.rules()).ok()?.network().to_owned())
    });
    networks.next()
}
