//! The chain in the primary's own file (layout `in-place`).

use std::time::Duration;

use crate::cni::Composed;
use crate::node::{HostPath, Kind, Observed, Place};
use crate::plan::blocked::Blocked;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::takeover::check_takeover;
use crate::plan::change::Source;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::report::FailureCode;

/// How often a plugin object may be retired: at first, and once more after its writer brought it back.
const MOST_RETIRED: usize = 2;

/// The chain's bytes, with those of the primary for the record.
pub(in crate::plan) fn source(primary: &Ready, chain: &HostPath, composed: &Composed) -> Source {
    let base = (*chain == primary.path).then(|| primary.conflist.bytes().into());
    Source::InPlace { bytes: composed.bytes.clone(), base }
}

/// The mode of a new list: that of the plugin object in whose place it comes.
pub(in crate::plan) fn mode(cx: &PlanContext<'_>, primary: &Ready) -> u32 {
    cx.node.file(&primary.path).present().map_or(cx.settings.conf_mode, |file| file.stamp.mode)
}

/// Reasons to refuse the chain in the primary's place.
pub(in crate::plan) fn refusal(
    cx: &PlanContext<'_>,
    primary: &Ready,
    chain: &HostPath,
) -> Result<(), Blocked> {
    if let Some(text) = cx.node.symlinks.get(&primary.path) {
        return Err(Blocked::refused(
            FailureCode::OutputPathOccupied,
            format!(
                "{} is a symbolic link to {text}, and a chain in its place would take the primary away from whoever \
                 writes there",
                primary.path
            ),
            "use --layout own-file",
        ));
    }
    first(cx, primary, chain)?;
    if *chain == primary.path {
        return Ok(());
    }
    check_takeover(cx, chain)?;
    brought_back(cx, primary)?;
    both_for_a_moment(cx, primary, chain)
}

/// The runtime takes the first file, so the primary must be the first.
fn first(cx: &PlanContext<'_>, primary: &Ready, chain: &HostPath) -> Result<(), Blocked> {
    let dir = primary.path.parent();
    let own = cx.chains();
    let listing = cx.listing(&dir);
    let mut before = listing.loadable().take_while(|name| *name < chain.name());
    let other = before.find(|name| !own.contains(&dir.join(name)) && *name != primary.path.name());
    other.map_or(Ok(()), |other| {
        Err(Blocked::refused(
            FailureCode::OutputFileInvalid,
            format!("the runtime would not use {chain}, because {other:?} sorts before it"),
            format!("remove {}, or use --layout own-file", dir.join(other)),
        ))
    })
}

/// A writer that brings its plugin object back again and again would hide the chain each time.
fn brought_back(cx: &PlanContext<'_>, primary: &Ready) -> Result<(), Blocked> {
    let Some(file) = cx.node.files.get(&primary.path).and_then(Observed::present) else { return Ok(()) };
    let which = format!("{}-{}", file.stamp.ino, file.stamp.ctime);
    let retired = cx.usable_records().flat_map(|record| record.of_kind(Kind::Chain));
    let mut retired = retired.filter(|(path, written)| {
        written.place == Place::Retired && *path == primary.path && !written.retired.contains(&which)
    });
    if !retired.any(|(_, written)| written.retired.len() >= MOST_RETIRED) {
        return Ok(());
    }
    Err(Blocked::refused(
        FailureCode::PrimaryBroughtBack,
        format!(
            "{} was replaced by a list with the chain {MOST_RETIRED} times, and each time its writer brought it back: \
             the runtime takes it before the list",
            primary.path
        ),
        "use --layout own-file, whose file sorts before it",
    ))
}

/// The list is there before the plugin object is gone. A runtime that loads several files would load both.
fn both_for_a_moment(cx: &PlanContext<'_>, primary: &Ready, chain: &HostPath) -> Result<(), Blocked> {
    if cx.node.file(&primary.path).is_absent() {
        return Ok(());
    }
    let RuntimeState::Status(status) = cx.runtime() else { return Ok(()) };
    match cx.desired.values.max_conf_num.or(status.live.max_conf_num) {
        None | Some(1) => Ok(()),
        Some(number) => Err(Blocked::refused(
            FailureCode::SeveralNetworks,
            format!(
                "with max_conf_num = {number} the runtime would load {chain} beside {} for a moment, and pods would get \
                 two networks",
                primary.path
            ),
            "give --max-conf-num 1, or use --layout own-file",
        )),
    }
}

/// Waits for a writer that opened the primary's file before it was replaced. Its bytes are the next primary.
pub(in crate::plan) fn late_writers(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let open = cx.node.late.iter().filter(|(_, late)| cx.now < late.until);
    let Some((path, late)) = open.max_by_key(|(_, late)| late.until) else { return Ok(()) };
    if cx.settings.no_wait {
        return Ok(());
    }
    Err(Blocked::wait(Wait {
        reason: Reason {
            kind: ReasonKind::LateWriter,
            text: format!("a program that opened {path} before it was replaced may still write it"),
        },
        until: Some(late.until),
        gives_up: None,
        poll: Poll::Every(Duration::from_millis(250)),
        interruptible: true,
    }))
}
