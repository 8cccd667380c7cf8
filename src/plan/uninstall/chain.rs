//! Removes the chain first, so that no new pod uses a plugin that is about to be removed.

use crate::cni::Conflist;
use crate::node::{Before, Digest, HostPath, Kind, Record, Written};
use crate::plan::change::Change;
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::plan::uninstall::back::{Back, back, foreign};

pub(in crate::plan) fn chain(cx: &PlanContext<'_>, record: &Record) -> Draft {
    let mut draft = Draft::default();
    for (path, written) in record.of_kind(Kind::Chain) {
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
            Back::Change(_) | Back::AsBefore => Change::Remove { path, kind: Kind::Chain },
        };
        draft.change(change);
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
