//! Rolls back the runtime's config, when only one network is left.

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
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// The config files to roll back, and findings about those that stay.
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
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => return Plan { steps: publish, ..plan },
        RuntimeState::NotAsked => return Plan::ask(Question::Runtime),
        RuntimeState::Unreachable(_) if publish.is_empty() => return plan,
        RuntimeState::Unreachable(why) => return plan.then(|| revive(cx, publish, why)),
        RuntimeState::Status(status) => status,
    };
    let changed_config = record.of_kind(Kind::Config).next().is_some();
    if !changed_config || plan.findings.iter().any(|finding| finding.code == install::CHANGED_SINCE.name) {
        plan.steps = publish;
        return plan;
    }
    let differs = cx.differences(status);
    let unread = match unread::unread(cx) {
        Ok(unread) => unread,
        Err(other) => return other,
    };
    // A config that was never loaded is restored without a restart.
    if !unread && differs.is_empty() && (publish.is_empty() || changed_files::never_tried(cx).is_some()) {
        plan.steps = publish;
        return plan;
    }
    if cx.settings.restart == RestartMode::Never {
        plan.steps = publish;
        return plan.with_finding(Finding {
            code: install::RESTART_NEEDED.name,
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

/// The reason for the restart: the original values, and the files that set them.
fn failure(cx: &PlanContext<'_>, publish: &[Step]) -> Result<RestartReason, Plan> {
    let files = judges::digest_once(cx, publish)?;
    Ok(RestartReason::Values { desired: cx.desired_values().words(), files })
}

/// True if the runtime is down while config files have to be rolled back. They are rolled back first, because nothing
/// can be verified before, and because they may keep the runtime down.
pub(in crate::plan) fn is_to_revive(cx: &PlanContext<'_>, record: &Record) -> bool {
    matches!(cx.runtime(), RuntimeState::Unreachable(_)) && !restored_config(cx, record).0.is_empty()
}

/// Restores the config files of a runtime that is down, and starts its unit.
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
