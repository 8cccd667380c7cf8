//! The order in which a record is undone. Each step is verified.

use crate::node::{Content, HostPath, Kind, Observed, Record, SAVED_DIR};
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Publish, Source, Step};
use crate::plan::context::PlanContext;
use crate::plan::decision::ReasonKind;
use crate::plan::draft::{Draft, Part};
use crate::plan::grants::mounted;
use crate::plan::owners;
use crate::plan::restart::at_rest;
use crate::plan::uninstall::back::{Back, back, foreign_files};
use crate::plan::uninstall::binaries::binaries;
use crate::plan::uninstall::chain::chain;
use crate::plan::uninstall::config::{config, is_to_revive};
use crate::plan::uninstall::verify::{Left, verified};
use crate::report::{Exit, Failure, FailureCode, Finding};

/// Uninstalls everything in the record, step by step, and verifies each step.
pub(in crate::plan) fn uninstall(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<(), Blocked> {
    let record = match cx.records.get(&cx.desired.owner) {
        None => return Ok(()),
        Some(Ok(record)) => record,
        Some(Err(error)) => {
            return Err(Blocked::refused(
                FailureCode::RecordUnusable,
                format!("the record of {:?} cannot be used: {error}", cx.desired.owner),
                "undo by hand what the record names; the record stays as it is",
            ));
        }
    };
    mounts(cx, record)?;
    saved(cx, record)?;
    at_rest::awaited_back(cx, &foreign_files(cx, record))?;
    owners::refusal_to_leave(cx, record)?;
    let removed = chain(cx, record)?;
    if removed.changes().next().is_some() {
        // The whole plan is checked before its first change (promise 10 of the contract).
        let later = Part::of(|draft| config(cx, draft, record));
        if let Err(blocked) = later.end
            && forbids_to_begin(&blocked)
        {
            draft.findings.extend(later.draft.findings);
            return Err(blocked);
        }
    }
    let going: Vec<HostPath> = removed.changes().filter_map(Change::path).cloned().collect();
    draft.extend(removed);
    // A report from before the removal verifies nothing, so the node is observed first.
    let is_provable = going.is_empty() && !is_to_revive(cx, record);
    let left = if is_provable { verified(cx, draft)? } else { Left::Network };
    let rest = Part::of(|draft| {
        config(cx, draft, record)?;
        binaries(cx, draft, record, &going);
        Ok(())
    });
    match left {
        Left::Network => rest.add_to(draft),
        Left::Nothing(code, finding) => unproven_without_network(rest, code, &finding).add_to(draft),
    }
}

/// True if uninstall must not begin yet, or at all: a question about the config is open, the config cannot be restored,
/// or its author is still writing.
fn forbids_to_begin(config: &Blocked) -> bool {
    let is_refused = config
        .failure()
        .is_some_and(|failure| matches!(failure.exit(), Exit::Permission | Exit::Config | Exit::Restart));
    let waits_for_an_author = config
        .awaits()
        .is_some_and(|reason| matches!(reason.kind, ReasonKind::ConfigAtWork | ReasonKind::AuthorMayRestart));
    config.asks() || is_refused || waits_for_an_author
}

/// Without a loadable primary the runtime cannot be verified to run on it. Everything else is undone; the record
/// stays, so that the next run can complete the verification.
fn unproven_without_network(mut rest: Part, code: FailureCode, finding: &Finding) -> Part {
    let steps = &mut rest.draft.steps;
    let forgets = steps.iter().position(|step| matches!(step, Step::Change(Change::Forget)));
    steps.truncate(forgets.unwrap_or(steps.len()));
    if steps.is_empty() && rest.end.is_ok() {
        rest.end = Err(Blocked::refused(
            code,
            format!("the chain is removed, but no primary is loaded in its place: {}", finding.message),
            format!("{}, then run uninstall again", finding.remedy),
        ));
    }
    rest
}

/// A path that is not mounted from the host looks missing, and its record would be removed.
fn mounts(cx: &PlanContext<'_>, record: &Record) -> Result<(), Failure> {
    let kinds = [Kind::Chain, Kind::Config, Kind::Binary];
    let mut paths = kinds.into_iter().flat_map(|kind| record.of_kind(kind));
    paths.try_for_each(|(path, _)| mounted(cx, &path.parent()))
}

/// Saved bytes are checked before anything is undone: later it would be too late to report a damaged binary.
fn saved(cx: &PlanContext<'_>, record: &Record) -> Result<(), Failure> {
    record.of_kind(Kind::Binary).try_for_each(|(path, written)| {
        let Back::Change(change) = back(cx, &path, written) else { return Ok(()) };
        let Change::Publish(Publish { source: Source::Saved(digest), .. }) = *change else { return Ok(()) };
        let saved = HostPath::known(SAVED_DIR).join(digest.as_str());
        let words = match cx.node.file(&saved) {
            Observed::Present(file) if file.content.digest().as_ref() == Some(&digest) => return Ok(()),
            Observed::Present(file) => match &file.content {
                Content::Unread(why) => format!("cannot be read: {why}"),
                _ => "is damaged: the hash of its bytes is not its name".to_owned(),
            },
            Observed::Absent => "is gone".to_owned(),
            Observed::Unknown(why) => format!("cannot be read: {why}"),
        };
        Err(Failure::new(
            FailureCode::SavedBytesDamaged,
            format!("{saved} {words}, so the former bytes of {path} cannot be restored; nothing was changed"),
            format!(
                "put the right binary at {path} by hand, or remove it; this program does not change a file that \
                 it did not write; then run uninstall again"
            ),
        ))
    })
}
