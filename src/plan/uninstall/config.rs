//! The config of the runtime as it was before: rolled back when one network is left, whatever the config says.

use crate::node::{Kind, Question, Record, RestartReason};
use crate::plan::change::Step;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::Plan;
use crate::plan::restart::down::down;
use crate::plan::restart::verdict::judges;
use crate::plan::restart::{changed_files, once, request, unread};
use crate::plan::runtime::config;
use crate::plan::settings::RestartMode;
use crate::plan::uninstall::back::{Back, back, foreign, is_of_another};
use crate::plan::values::unknown;
use crate::report::{Finding, Severity};

/// The config files that are rolled back, and what is told of those that stay.
pub(in crate::plan) fn restored_config(cx: &PlanContext<'_>, record: &Record) -> (Vec<Step>, Vec<Finding>) {
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

pub(in crate::plan) fn config(cx: &PlanContext<'_>, record: &Record) -> Plan {
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
    if !unread && differs.is_empty() && (publish.is_empty() || changed_files::never_tried(cx).is_some()) {
        plan.steps = publish;
        return plan;
    }
    if cx.settings.restart == RestartMode::Never {
        plan.steps = publish;
        return plan.with_finding(Finding {
            code: "restart-needed",
            severity: Severity::Warning,
            subject: "runtime".to_owned(),
            message: "the runtime's config is restored and takes effect at the runtime's next start"
                .to_owned(),
            remedy: "systemctl restart containerd".to_owned(),
        });
    }
    let unknown = unknown(&target, &status.live);
    if !unknown.is_empty() {
        return plan.then(|| config::unsaid_values(&unknown));
    }
    let failure = match failure(cx, &publish) {
        Ok(failure) => failure,
        Err(other) => return other,
    };
    if let Some(hit) = once::hit(cx, &failure) {
        let (words, in_file) = (differs.join(" and "), publish.is_empty());
        return plan.then(|| Plan::fail(hit.failure(cx, &target.words(), &words, in_file)));
    }
    match judges::on_disk(cx, &publish, "as it was before") {
        Ok(verdict) => plan.then(|| request::ask_for(cx, verdict, failure, publish)),
        Err(other) => other,
    }
}

/// Why the runtime is restarted: the values from before, and the files with which they are to come.
fn failure(cx: &PlanContext<'_>, publish: &[Step]) -> Result<RestartReason, Plan> {
    let files = judges::digest_once(cx, publish)?;
    Ok(RestartReason::Values { desired: cx.desired_values().words(), files })
}

/// Whether the runtime is down while config files are to be rolled back: they come first then, since nothing can be
/// verified before, and it may be they that keep it down.
pub(in crate::plan) fn is_to_revive(cx: &PlanContext<'_>, record: &Record) -> bool {
    matches!(cx.runtime(), RuntimeState::Unreachable(_)) && !restored_config(cx, record).0.is_empty()
}

/// Gives the config files back to a runtime that is down, and has its unit started.
fn revive(cx: &PlanContext<'_>, publish: Vec<Step>, why: &str) -> Plan {
    if let Err(plan) = down(cx, why) {
        return plan;
    }
    let failure = match failure(cx, &publish) {
        Ok(failure) => failure,
        Err(other) => return other,
    };
    if let Some(hit) = once::hit(cx, &failure) {
        return Plan::fail(hit.failure(cx, &cx.desired_values().words(), why, false));
    }
    if cx.settings.restart == RestartMode::Never {
        return Plan::steps(publish);
    }
    match judges::on_disk(cx, &publish, "as it was before") {
        Ok(verdict) => request::started_anew(request::ask_for(cx, verdict, failure, publish)),
        Err(other) => other,
    }
}
