//! Removes the chain first, so that no new pod uses a plugin that is about to be removed.

use crate::cni::{Composed, Conflist};
use crate::node::{Before, Digest, HostPath, Kind, Place, Record, Written};
use crate::plan::blocked::Blocked;
use crate::plan::chain::compose::compose_chain;
use crate::plan::chain::publish;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::takeover::check_takeover;
use crate::plan::change::Change;
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::plan::uninstall::back::{Back, back, foreign};

/// Takes this owner's layer out of the chain: the file of the last owner is removed.
pub(in crate::plan) fn chain(cx: &PlanContext<'_>, record: &Record) -> Result<Draft, Blocked> {
    if cx.desired.sharers().is_empty() { Ok(alone(cx, record)) } else { shared(cx, record) }
}

/// Publishes the chain of the other owners, as if this one had never been.
fn shared(cx: &PlanContext<'_>, record: &Record) -> Result<Draft, Blocked> {
    let mut draft = Draft::default();
    if record.of_kind(Kind::Chain).next().is_none() {
        return Ok(draft);
    }
    let behind = |blocked: Blocked| {
        blocked.behind("nothing is undone yet, since the others' chain is made from the primary")
    };
    let primary = cx.primary().map_err(behind)?;
    let (path, composed) = without_own(cx, primary).map_err(behind)?;
    let steps = publish::publish(cx, &mut draft, primary, path, composed)?;
    draft.steps.extend(steps);
    if !draft.steps.is_empty() {
        draft.look("the runtime to load the chain of the other owners");
    }
    Ok(draft)
}

/// The chain of the other owners. It is made from the primary: the chain on disk does not tell which plugins of the
/// primary this owner's layer replaced.
fn without_own<'a>(cx: &PlanContext<'_>, primary: &'a Ready) -> Result<&'a (HostPath, Composed), Blocked> {
    let chain = compose_chain(cx, primary)?;
    if chain.0 != primary.path {
        check_takeover(cx, &chain.0)?;
    }
    Ok(chain)
}

fn alone(cx: &PlanContext<'_>, record: &Record) -> Draft {
    let mut draft = Draft::default();
    for (path, written) in record.of_kind(Kind::Chain).filter(|(_, written)| written.place.is_own()) {
        // Adopted bytes are restored only if they load, and if no binary that they need is removed.
        let worth = worth_restoring(cx, record, &path, written);
        let now = cx.node.bytes(&path).map(Digest::of);
        let change = match back(cx, &path, written) {
            Back::AsBefore
                if worth
                    || matches!(written.before, Before::Link(_))
                    || now.is_none_or(|now| !written.wrote.contains(&now)) =>
            {
                continue;
            }
            Back::Foreign => {
                draft.findings.push(foreign(&path));
                continue;
            }
            Back::Change(change) if worth => *change,
            Back::Change(_) | Back::AsBefore | Back::Shared(_) => Change::Remove { path, kind: Kind::Chain },
        };
        draft.change(change);
    }
    if record.of_kind(Kind::Chain).any(|(_, written)| written.place == Place::Primary) {
        for change in cx.to_restore(None) {
            draft.change(change);
        }
    }
    if !draft.steps.is_empty() {
        draft.look("the runtime to load the primary");
    }
    draft
}

fn worth_restoring(cx: &PlanContext<'_>, record: &Record, path: &HostPath, written: &Written) -> bool {
    let bytes = match &written.before {
        Before::Bytes(bytes) => Some(&bytes[..]),
        Before::Link(text) => cx.node.bytes(&cx.node.led_to(path, text)),
        Before::Absent | Before::Saved(..) => None,
    };
    let Some(bytes) = bytes else { return false };
    let Ok(conflist) = Conflist::read(path.name(), bytes, cx.rules()) else { return false };
    let mut goes = record.of_kind(Kind::Binary).filter(|(_, written)| written.before == Before::Absent);
    !goes.any(|(binary, _)| conflist.needs(binary.name()))
}
