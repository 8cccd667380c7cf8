//! Arms and cancels the rollback timer, and reads what it has done.

use std::time::Duration;

use crate::node::{Changed, HostPath, Observed, RUN_DIR, RestartMethod};
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Step};
use crate::plan::context::PlanContext;
use crate::plan::restart::rollback_timer::{CAME_UP, FIRED, RollbackTimer, is_of_rollback_timer};
use crate::plan::restart::service::{WithMethods, with_methods};
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// How long after the program's own deadline the timer fires: the time for the program's own rollback.
const MARGIN: Duration = Duration::from_secs(10);

/// True if files of a rollback timer exist in `/run`.
pub(in crate::plan) fn is_armed(cx: &PlanContext<'_>) -> bool {
    let dir = cx.node.dirs.get(&HostPath::known(RUN_DIR)).and_then(Observed::present);
    dir.is_some_and(|dir| dir.names.iter().any(|name| is_of_rollback_timer(name)))
}

/// True if the rollback timer has restored something.
pub(in crate::plan) fn has_fired(cx: &PlanContext<'_>) -> bool {
    let dir = cx.node.dirs.get(&HostPath::known(RUN_DIR)).and_then(Observed::present);
    dir.is_some_and(|dir| dir.names.contains(FIRED))
}

/// True if the runtime was up with the files that the rollback timer restored.
pub(in crate::plan) fn had_come_up(cx: &PlanContext<'_>) -> bool {
    let dir = cx.node.dirs.get(&HostPath::known(RUN_DIR)).and_then(Observed::present);
    dir.is_some_and(|dir| dir.names.contains(CAME_UP))
}

/// Arms the rollback timer before a restart by this method, if that is possible.
pub(in crate::plan) fn arm(
    cx: &PlanContext<'_>,
    known: &WithMethods<'_>,
    by: RestartMethod,
    changed: Vec<Changed>,
) -> Option<Step> {
    known.restart.timers.iter().find(|(method, can)| *method == by && can.is_ok())?;
    Some(Step::Change(Change::Arm(RollbackTimer {
        by,
        unit: known.service.unit.clone()?,
        socket: cx.node.endpoint()?.clone(),
        changed,
        after: cx.settings.restart_timeout + MARGIN,
        needed: true,
    })))
}

/// Arms the rollback timer again before a restart that rolls back.
pub(in crate::plan) fn arm_if_possible(
    cx: &PlanContext<'_>,
    known: &WithMethods<'_>,
    by: RestartMethod,
    changed: Vec<Changed>,
) -> Option<Step> {
    let mut step = arm(cx, known, by, changed)?;
    if let Step::Change(Change::Arm(timer)) = &mut step {
        timer.needed = false;
    }
    Some(step)
}

/// Cancels the rollback timer, if there is one.
pub(in crate::plan) fn disarm(cx: &PlanContext<'_>) -> Result<Vec<Step>, Blocked> {
    if !is_armed(cx) {
        return Ok(Vec::new());
    }
    let known = with_methods(cx)?;
    let by = known.restart.timers.iter().find(|(_, can)| can.is_ok()).map(|(by, _)| *by);
    Ok(vec![Step::Change(Change::Disarm { by })])
}

/// What a person should know before this restart: that nothing rolls it back if the program is killed, and
/// what else restarts.
pub(in crate::plan) fn findings(known: &WithMethods<'_>, by: RestartMethod, values: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let unit = known.service.unit.clone().unwrap_or_else(|| "the runtime".to_owned());
    let can = known.restart.timers.iter().find(|(method, _)| *method == by).map(|(_, can)| can);
    let why = match can {
        Some(Ok(())) => None,
        Some(Err(why)) => Some(why.as_str()),
        None => {
            Some("a restart by signal reaches only the runtime, and not a systemd that could roll back later")
        }
    };
    if let Some(why) = why.filter(|_| values) {
        findings.push(Finding {
            code: install::NO_ROLLBACK_TIMER.name,
            severity: Severity::Warning,
            subject: unit.clone(),
            message: format!(
                "the restart is by {}, and no rollback timer can be started for it ({why}): if this program is \
                 killed while the runtime does not come up with the new config, nothing restores the old one",
                by.word()
            ),
            remedy: "mount the host's /run/systemd into the container (read-only is enough) and use --restart dbus"
                .to_owned(),
        });
    }
    if !known.restart.taken_along.is_empty() && by != RestartMethod::Signal {
        findings.push(Finding {
            code: install::TAKES_ALONG.name,
            severity: Severity::Warning,
            subject: unit.clone(),
            message: format!(
                "systemd restarts {} together with {unit}: each says Requires=, BindsTo= or PartOf= {unit}",
                known.restart.taken_along.join(", ")
            ),
            remedy: format!("use Wants= and After={unit} in them instead, if they need not be restarted"),
        });
    }
    findings
}
