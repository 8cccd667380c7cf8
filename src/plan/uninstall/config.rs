//! Rolls back the runtime's config, when only one network is left.

use crate::node::{Kind, Question, Record, RestartReason};
use crate::plan::blocked::Blocked;
use crate::plan::change::Step;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::draft::Draft;
use crate::plan::restart::down::down;
use crate::plan::restart::unread::unread;
use crate::plan::restart::verdict::judges;
use crate::plan::restart::{changed_files, once, request};
use crate::plan::runtime::config;
use crate::plan::settings::RestartMode;
use crate::plan::uninstall::back::{Back, back, foreign};
use crate::plan::uninstall::shared_config;
use crate::plan::values::unknown;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// The config files to roll back, and findings about those that stay.
pub(in crate::plan) fn restored_config(
    cx: &PlanContext<'_>,
    record: &Record,
) -> Result<(Vec<Step>, Vec<Finding>), Blocked> {
    let (mut publish, mut shared, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    for (path, written) in record.of_kind(Kind::Config) {
        match back(cx, &path, written) {
            Back::AsBefore => {}
            Back::Shared(change) => shared.push(*change),
            Back::Change(change) => publish.push(Step::Change(*change)),
            Back::Foreign => findings.push(foreign(&path)),
        }
    }
    publish.extend(shared_config::without_own(cx, &shared)?);
    Ok((publish, findings))
}

pub(in crate::plan) fn config(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    record: &Record,
) -> Result<(), Blocked> {
    let (publish, findings) = restored_config(cx, record)?;
    let stays = findings.iter().any(|finding| finding.code == install::CHANGED_SINCE.name);
    draft.findings.extend(findings);
    let target = cx.desired_values();
    let status = match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => {
            draft.steps.extend(publish);
            return Ok(());
        }
        RuntimeState::NotAsked => return Err(Blocked::ask(Question::Runtime)),
        RuntimeState::Unreachable(_) if publish.is_empty() => return Ok(()),
        RuntimeState::Unreachable(why) => return revive(cx, draft, publish, why),
        RuntimeState::Status(status) => status,
    };
    let changed_config = record.of_kind(Kind::Config).next().is_some();
    if !changed_config || stays {
        draft.steps.extend(publish);
        return Ok(());
    }
    let differs = cx.differences(status);
    let Some(is_unread) = unread(cx)?.noted(draft) else { return Ok(()) };
    // A config that was never loaded is restored without a restart.
    if !is_unread && differs.is_empty() && (publish.is_empty() || changed_files::never_tried(cx).is_some()) {
        draft.steps.extend(publish);
        return Ok(());
    }
    if cx.settings.restart == RestartMode::Never {
        draft.steps.extend(publish);
        draft.findings.push(Finding {
            code: install::RESTART_NEEDED.name,
            severity: Severity::Warning,
            subject: "runtime".to_owned(),
            message: "the runtime's config is restored and takes effect at the runtime's next start"
                .to_owned(),
            remedy: "systemctl restart containerd".to_owned(),
        });
        return Ok(());
    }
    let unknown = unknown(&target, &status.live);
    if !unknown.is_empty() {
        return Err(config::unsaid_values(&unknown));
    }
    let reason = reason(cx, &publish)?;
    if let Some(hit) = once::hit(cx, &reason) {
        return Err(hit.failure(cx, &target.words(), &differs.join(" and "), publish.is_empty()).into());
    }
    let verdict = judges::on_disk(cx, &publish, "as it was before")?;
    request::ask_for(cx, draft, verdict, reason, publish)
}

/// The reason for the restart: the original values, and the files that set them.
fn reason(cx: &PlanContext<'_>, publish: &[Step]) -> Result<RestartReason, Blocked> {
    let files = judges::digest_once(cx, publish)?;
    Ok(RestartReason::Values { desired: cx.desired_values().words(), files })
}

/// True if the runtime is down while config files have to be rolled back. They are rolled back first, because nothing
/// can be verified before, and because they may keep the runtime down.
pub(in crate::plan) fn is_to_revive(cx: &PlanContext<'_>, record: &Record) -> bool {
    matches!(cx.runtime(), RuntimeState::Unreachable(_))
        && restored_config(cx, record).is_ok_and(|(publish, _)| !publish.is_empty())
}

/// Restores the config files of a runtime that is down, and starts its unit.
fn revive(cx: &PlanContext<'_>, draft: &mut Draft, publish: Vec<Step>, why: &str) -> Result<(), Blocked> {
    down(cx, why)?;
    let reason = reason(cx, &publish)?;
    if let Some(hit) = once::hit(cx, &reason) {
        return Err(hit.failure(cx, &cx.desired_values().words(), why, false).into());
    }
    if cx.settings.restart == RestartMode::Never {
        draft.steps.extend(publish);
        return Ok(());
    }
    let verdict = judges::on_disk(cx, &publish, "as it was before")?;
    request::ask_for(cx, draft, verdict, reason, publish)?;
    request::started_anew(draft);
    Ok(())
}
