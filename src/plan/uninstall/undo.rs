//! The order in which a record is undone. Each step is verified.

use crate::node::{Content, HostPath, Kind, Observed, Record, SAVED_DIR};
use crate::plan::change::{Change, Publish, Source, Step};
use crate::plan::context::PlanContext;
use crate::plan::decision::{Outcome, Plan, ReasonKind};
use crate::plan::grants::mounted;
use crate::plan::restart::at_rest;
use crate::plan::uninstall::back::{Back, back, foreign_files};
use crate::plan::uninstall::binaries::binaries;
use crate::plan::uninstall::chain::chain;
use crate::plan::uninstall::config::{config, is_to_revive};
use crate::plan::uninstall::verify::{NO_NETWORK, verified};
use crate::report::{Exit, Failure, FailureCode, Finding};

/// Uninstalls everything in the record, step by step, and verifies each step.
pub(in crate::plan) fn uninstall(cx: &PlanContext<'_>) -> Plan {
    let record = match cx.records.get(&cx.desired.owner) {
        None => return Plan::done(),
        Some(Ok(record)) => record,
        Some(Err(error)) => {
            return Plan::fail(Failure::new(
                FailureCode::RecordUnusable,
                format!("the record of {:?} cannot be used: {error}", cx.desired.owner),
                "undo by hand what the record names; the record stays as it is",
            ));
        }
    };
    if let Err(failure) = mounts(cx, record) {
        return Plan::fail(failure);
    }
    if let Err(failure) = saved(cx, record) {
        return Plan::fail(failure);
    }
    if let Some(plan) = at_rest::awaited_back(cx, &foreign_files(cx, record)) {
        return plan;
    }
    let removed = chain(cx, record);
    if removed.changes().next().is_some() {
        // The whole plan is checked before its first change (promise 10 of the contract).
        let later = config(cx, record);
        if !later.questions.is_empty() {
            return later;
        }
        let is_refused = matches!(
            &later.outcome,
            Outcome::Fail(failure) if matches!(failure.exit(), Exit::Permission | Exit::Config | Exit::Restart)
        );
        if is_refused || waits_for_an_author(&later.outcome) {
            return Plan { steps: Vec::new(), ..later };
        }
    }
    let going: Vec<HostPath> = removed.changes().filter_map(Change::path).cloned().collect();
    // A report from before the removal verifies nothing, so the node is observed first.
    let is_provable = going.is_empty() && !is_to_revive(cx, record);
    let removed = if is_provable { removed.then(|| verified(cx)) } else { removed };
    let no_network = removed.findings.iter().find_map(|finding| {
        let code = NO_NETWORK.into_iter().find(|code| code.name() == finding.code)?;
        Some((code, finding.clone()))
    });
    let plan = removed.then(|| config(cx, record)).then(|| binaries(cx, record, &going));
    match no_network {
        Some((code, finding)) => unproven_without_network(plan, code, &finding),
        None => plan,
    }
}

/// Without a loadable primary the runtime cannot be verified to run on it. Everything else is undone; the record
/// stays, so that the next run can complete the verification.
fn unproven_without_network(mut plan: Plan, code: FailureCode, finding: &Finding) -> Plan {
    let forgets = plan.steps.iter().position(|step| matches!(step, Step::Change(Change::Forget)));
    plan.steps.truncate(forgets.unwrap_or(plan.steps.len()));
    if plan.steps.is_empty() && plan.outcome == Outcome::Done && plan.questions.is_empty() {
        let remedy = format!("{}, then run uninstall again", finding.remedy);
        plan.outcome = Outcome::Fail(Failure::new(
            code,
            format!("the chain is removed, but no primary is loaded in its place: {}", finding.message),
            remedy,
        ));
    }
    plan
}

/// True if the config cannot be judged yet.
fn waits_for_an_author(outcome: &Outcome) -> bool {
    let reason = match outcome {
        Outcome::Wait(wait) => &wait.reason,
        Outcome::SkippedNoWait(reason) => reason,
        _ => return false,
    };
    matches!(reason.kind, ReasonKind::ConfigAtWork | ReasonKind::AuthorsTurn)
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
