//! The config files that an attempt changes, and their current state.

use crate::node::{Attempt, Before, Changed, Digest, HostPath, Kind, Phase};
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::PlanContext;
use crate::plan::restart::at_rest;

/// True if the config files are as they were before the attempt.
pub(in crate::plan) fn is_rolled_back(cx: &PlanContext<'_>, attempt: &Attempt) -> bool {
    let mut changed = attempt.changed.iter();
    !attempt.changed.is_empty() && changed.all(|c| now(cx, c) == c.digest_before())
}

/// True if the config files are as the attempt wrote them.
pub(in crate::plan) fn stands(cx: &PlanContext<'_>, attempt: &Attempt) -> bool {
    attempt.changed.iter().all(|c| now(cx, c) == c.after)
}

pub(in crate::plan) fn now(cx: &PlanContext<'_>, changed: &Changed) -> Option<Digest> {
    cx.node.bytes(&changed.path).map(Digest::of)
}

/// Blocked while another program writes one of the config files: it may be writing the attempt's bytes.
pub(in crate::plan) fn being_written(cx: &PlanContext<'_>, attempt: &Attempt) -> Result<(), Blocked> {
    let is_foreign = |c: &&Changed| now(cx, c) != c.after && now(cx, c) != c.digest_before();
    let foreign: Vec<_> =
        attempt.changed.iter().filter(is_foreign).map(|c| (c.path.clone(), Kind::Config)).collect();
    at_rest::awaited_back(cx, &foreign)
}

/// The changes that restore the old bytes of each config file that still has the attempt's bytes.
pub(in crate::plan) fn bytes_before(cx: &PlanContext<'_>, attempt: &Attempt) -> Vec<Step> {
    let left = attempt.changed.iter().filter(|changed| now(cx, changed) == changed.after);
    left.filter_map(|Changed { path, before, .. }| match before {
        Before::Absent => Some(Change::Remove { path: path.clone(), kind: Kind::Config }),
        Before::Bytes(bytes) => Some(Change::Publish(Publish {
            path: path.clone(),
            kind: Kind::Config,
            source: Source::Bytes(bytes.clone().into()),
            mode: Mode::New(0o644),
        })),
        // Config files are saved as bytes in the record, and a link to one is followed. So these do not occur.
        Before::Saved(..) | Before::Link(_) => None,
    })
    .map(Step::Change)
    .collect()
}

/// The config files that these steps change, and those of an earlier run whose restart never happened: it was
/// interrupted, or not allowed to restart.
pub(in crate::plan) fn changed(cx: &PlanContext<'_>, steps: &[Step]) -> Vec<Changed> {
    let never_tried = never_tried(cx);
    let now = |path: &HostPath| cx.node.bytes(path);
    let earlier: Vec<&Changed> = never_tried
        .into_iter()
        .flat_map(|attempt| &attempt.changed)
        .filter(|changed| now(&changed.path).map(Digest::of) == changed.after)
        .collect();
    let one = |path: &HostPath, after: Option<Digest>| Changed {
        path: path.clone(),
        before: earlier.iter().find(|changed| changed.path == *path).map_or_else(
            || now(path).map_or(Before::Absent, |bytes| Before::Bytes(bytes.to_vec())),
            |changed| changed.before.clone(),
        ),
        after,
    };
    // A file that gets back the bytes with which the runtime came up is not changed by the restart.
    let differs = |changed: &Changed| changed.digest_before() != changed.after;
    let mut changed: Vec<Changed> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Change(Change::Publish(publish)) if publish.kind == Kind::Config => {
                Some(one(&publish.path, Some(publish.source.digest())))
            }
            Step::Change(Change::Remove { path, kind: Kind::Config }) => Some(one(path, None)),
            _ => None,
        })
        .collect();
    let others = earlier.into_iter().filter(|other| changed.iter().all(|changed| changed.path != other.path));
    changed.extend(others.cloned().collect::<Vec<_>>());
    changed.into_iter().filter(differs).collect()
}

/// The attempt whose files were never loaded, because its restart never happened.
pub(in crate::plan) fn never_tried<'a>(cx: &'a PlanContext<'_>) -> Option<&'a Attempt> {
    cx.attempt.as_ref().filter(|attempt| {
        matches!(attempt.phase, Phase::Asked | Phase::Left) && attempt.incarnation == cx.node.incarnation()
    })
}
