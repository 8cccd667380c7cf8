//! A node without our layer: the record, undone in the safe order. The chain first, so that no pod is made with a
//! plugin that goes; the runtime's config next, when one network is left whatever it says; binaries last.

pub(in crate::plan) mod verify;

use crate::cni::Conflist;
use crate::node::{
    Before, Content, Digest, HostPath, Kind, Observed, Question, Record, RestartReason, SAVED_DIR, Written,
};
use crate::plan::back::{Back, back, foreign, foreign_files, is_of_another};
use crate::plan::chain::binaries::names_type;
use crate::plan::change::{Change, Publish, Source, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Outcome, Plan, ReasonKind};
use crate::plan::grants::mounted;
use crate::plan::restart::{at_rest, comes_up, once, rollback_timer, unread, unseen};
use crate::plan::settings::RuntimeKind;
use crate::plan::uninstall::verify::{NO_NETWORK, verified};
use crate::plan::values::unknown;
use crate::plan::{restart, runtime};
use crate::report::{Exit, Failure, FailureCode, Finding, Severity};

/// Takes back what the record says, step by step, each verified.
pub(in crate::plan) fn uninstall(cx: &PlanContext<'_>) -> Plan {
    let record = match cx.records.get(&cx.desired.owner) {
        None => return Plan::done(),
        Some(Ok(record)) => record,
        Some(Err(error)) => {
            return Plan::fail(Failure::new(
                FailureCode::RecordUnusable,
                format!("the record of {:?} cannot be used: {error}", cx.desired.owner),
                "take back by hand what it names; it is left as it is",
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
    // What the runtime says before the chain is gone verifies nothing: it is looked at first.
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

/// Without a loadable primary nothing verifies that the runtime runs on it again. All else is undone; the record
/// stays, so that the next run can end what this one could not verify.
fn unproven_without_network(mut plan: Plan, code: FailureCode, finding: &Finding) -> Plan {
    let forgets = plan.steps.iter().position(|step| matches!(step, Step::Change(Change::Forget)));
    plan.steps.truncate(forgets.unwrap_or(plan.steps.len()));
    if plan.steps.is_empty() && plan.outcome == Outcome::Done && plan.questions.is_empty() {
        let remedy = format!("{}, then run uninstall again", finding.remedy);
        plan.outcome = Outcome::Fail(Failure::new(
            code,
            format!("the chain is removed, and no primary is loaded in its place: {}", finding.message),
            remedy,
        ));
    }
    plan
}

/// Whether the config is not yet what can be judged.
fn waits_for_an_author(outcome: &Outcome) -> bool {
    let reason = match outcome {
        Outcome::Wait(wait) => &wait.reason,
        Outcome::SkippedNoWait(reason) => reason,
        _ => return false,
    };
    matches!(reason.kind, ReasonKind::ConfigAtWork | ReasonKind::AuthorsTurn)
}

/// What is not mounted from the host looks as if it were gone, and its record would go with it.
fn mounts(cx: &PlanContext<'_>, record: &Record) -> Result<(), Failure> {
    let kinds = [Kind::Chain, Kind::Config, Kind::Binary];
    let mut paths = kinds.into_iter().flat_map(|kind| record.of_kind(kind));
    paths.try_for_each(|(path, _)| mounted(cx, &path.parent()))
}

/// What was saved is verified before anything is undone: a binary that cannot be rolled back would be told too late.
fn saved(cx: &PlanContext<'_>, record: &Record) -> Result<(), Failure> {
    record.of_kind(Kind::Binary).try_for_each(|(path, written)| {
        let Back::Change(change) = back(cx, &path, written) else { return Ok(()) };
        let Change::Publish(Publish { source: Source::Saved(digest), .. }) = *change else { return Ok(()) };
        let saved = HostPath::known(SAVED_DIR).join(digest.as_str());
        let words = match cx.node.file(&saved) {
            Observed::Present(file) if file.content.digest().as_ref() == Some(&digest) => return Ok(()),
            Observed::Present(file) => match &file.content {
                Content::Unread(why) => format!("cannot be read: {why}"),
                _ => "is damaged: its bytes have another hash than its name says".to_owned(),
            },
            Observed::Absent => "is gone".to_owned(),
            Observed::Unknown(why) => format!("cannot be read: {why}"),
        };
        Err(Failure::new(
            FailureCode::SavedBytesDamaged,
            format!("{saved} {words}, so what was at {path} before cannot be rolled back; nothing was changed"),
            format!(
                "put the binary that belongs at {path} there by hand, or remove it: what this program did not write \
                 stays as it is; then run uninstall again"
            ),
        ))
    })
}

fn chain(cx: &PlanContext<'_>, record: &Record) -> Plan {
    let mut plan = Plan::done();
    for (path, written) in record.of_kind(Kind::Chain) {
        // Adopted bytes come back only if they load, and if no binary goes that they need.
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
                plan.findings.push(foreign(&path));
                continue;
            }
            Back::Change(change) if worth => *change,
            Back::Change(_) | Back::AsBefore => Change::Remove { path, kind: Kind::Chain },
        };
        plan.steps.push(Step::Change(change));
    }
    if !plan.steps.is_empty() {
        plan.steps.push(Step::Look("the runtime to load the primary"));
    }
    plan
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

/// The config files that are rolled back, and what is told of those that stay.
fn restored_config(cx: &PlanContext<'_>, record: &Record) -> (Vec<Step>, Vec<Finding>) {
    let (mut publish, mut findings) = (Vec::new(), Vec::new());
    for (path, written) in record.of_kind(Kind::Config) {
        match back(cx, &path, written) {
            Back::AsBefore => {}
            Back::Change(change) if !is_of_another(cx, &path) => publish.push(Step::Change(*change)),
            Back::Change(_) | Back::Foreign => findings.push(foreign(&path)),
        }
    }
    (publish, findings)
}

fn config(cx: &PlanContext<'_>, record: &Record) -> Plan {
    let (publish, findings) = restored_config(cx, record);
    let mut plan = Plan { findings, ..Plan::done() };
    let target = cx.desired_values();
    let status = match cx.runtime() {
        RuntimeState::NotUsed => return Plan { steps: publish, ..plan },
        RuntimeState::NotAsked => return Plan::ask(Question::Runtime),
        RuntimeState::Unreachable(_) if publish.is_empty() => return plan,
        RuntimeState::Unreachable(why) => return plan.then(|| revive(cx, publish, why)),
        RuntimeState::Status(status) => status,
    };
    let changed_config = record.of_kind(Kind::Config).next().is_some();
    if !changed_config || plan.findings.iter().any(|finding| finding.code == "changed-since") {
        plan.steps = publish;
        return plan;
    }
    let differs = cx.differences(status);
    let unread = match unread::unread(cx) {
        Ok(unread) => unread,
        Err(other) => return other,
    };
    // What nobody has loaded is restored without a restart.
    if !unread && differs.is_empty() && (publish.is_empty() || rollback_timer::never_tried(cx).is_some()) {
        plan.steps = publish;
        return plan;
    }
    if cx.settings.restart == crate::plan::RestartMode::Never {
        plan.steps = publish;
        return plan.with_finding(Finding {
            code: "restart-needed",
            severity: Severity::Warning,
            subject: "runtime".to_owned(),
            message: "the runtime's config is rolled back and takes effect at the runtime's next start"
                .to_owned(),
            remedy: "systemctl restart containerd".to_owned(),
        });
    }
    let unknown = unknown(&target, &status.live);
    if !unknown.is_empty() {
        return plan.then(|| runtime::unsaid_values(&unknown));
    }
    let failure = match failure(cx, &publish) {
        Ok(failure) => failure,
        Err(other) => return other,
    };
    if let Some(hit) = once::hit(cx, &failure) {
        let (words, in_file) = (differs.join(" and "), publish.is_empty());
        return plan.then(|| Plan::fail(hit.failure(cx, &target.words(), &words, in_file)));
    }
    match comes_up::on_disk(cx, &publish, "as it was before") {
        Ok(verdict) => plan.then(|| restart::ask_for(cx, verdict, failure, publish)),
        Err(other) => other,
    }
}

/// Why the runtime is restarted: the values from before, and the files with which they are to come.
fn failure(cx: &PlanContext<'_>, publish: &[Step]) -> Result<RestartReason, Plan> {
    let files = comes_up::digest_once(cx, publish)?;
    Ok(RestartReason::Values { desired: cx.desired_values().words(), files })
}

/// Whether the runtime is down while config files are to be rolled back: they come first then, since nothing can be
/// verified before, and it may be they that keep it down.
fn is_to_revive(cx: &PlanContext<'_>, record: &Record) -> bool {
    matches!(cx.runtime(), RuntimeState::Unreachable(_)) && !restored_config(cx, record).0.is_empty()
}

/// Gives the config files back to a runtime that is down, and has its unit started.
fn revive(cx: &PlanContext<'_>, publish: Vec<Step>, why: &str) -> Plan {
    if let Err(plan) = unseen::down(cx, why) {
        return plan;
    }
    let failure = match failure(cx, &publish) {
        Ok(failure) => failure,
        Err(other) => return other,
    };
    if let Some(hit) = once::hit(cx, &failure) {
        return Plan::fail(hit.failure(cx, &cx.desired_values().words(), why, false));
    }
    if cx.settings.restart == crate::plan::RestartMode::Never {
        return Plan::steps(publish);
    }
    match comes_up::on_disk(cx, &publish, "as it was before") {
        Ok(verdict) => restart::started_anew(restart::ask_for(cx, verdict, failure, publish)),
        Err(other) => other,
    }
}

fn binaries(cx: &PlanContext<'_>, record: &Record, going: &[HostPath]) -> Plan {
    let mut plan = Plan::done();
    let mut stays = false;
    for (path, written) in record.of_kind(Kind::Binary) {
        let change = match back(cx, &path, written) {
            Back::AsBefore => continue,
            Back::Foreign => {
                plan.findings.push(foreign(&path));
                continue;
            }
            Back::Change(change) => *change,
        };
        let removed = match &change {
            Change::Remove { .. } => true,
            // A link that leads nowhere is no binary either.
            Change::Link { target, .. } => cx.node.file(&cx.node.led_to(&path, target)).present().is_none(),
            _ => false,
        };
        if removed && let Some(file) = names_type(cx, path.name(), going) {
            stays = true;
            plan.findings.push(Finding {
                code: "binary-still-named",
                severity: Severity::Warning,
                subject: path.to_string(),
                message: format!("{file} still names the plugin {:?}, so its binary stays", path.name()),
                remedy: "take the plugin out of that file, then run uninstall again".to_owned(),
            });
            continue;
        }
        plan.steps.push(Step::Change(change));
    }
    // What lies deeper goes first.
    let dirs: Vec<_> = record.of_kind(Kind::Directory).map(|(path, _)| path).collect();
    for path in dirs.into_iter().rev() {
        // containerd 2.1 ends when the directory that it watches goes (`cni_conf_syncer.go`).
        let watched = cx.settings.runtime != RuntimeKind::None && cx.desired.dirs.conf.is_within(&path);
        if watched {
            continue;
        }
        if cx.node.dirs.get(&path).is_some_and(|dir| matches!(dir, Observed::Present(_))) && !stays {
            plan.steps.push(Step::Change(Change::RemoveDir(path)));
        }
    }
    if !stays {
        plan.steps.push(Step::Change(Change::Forget));
        plan.steps.push(Step::Look("nothing of ours"));
    }
    plan
}
