//! The rollback timer: a rollback that the host's systemd makes when nobody is left to make it.
//!
//! If containerd does not come back, the kubelet cannot run our container again either. So before a restart a timer is
//! started outside of this process, and stopped when the restart is settled or rolled back.

use std::time::Duration;

use crate::node::{
    Attempt, Before, Changed, Digest, HostPath, KEPT, Kind, Phase, ROLLBACK_SCRIPT, RUN_DIR, RestartMethod,
    Service, quoted,
};
use crate::plan::change::{Change, Step};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::restart;
use crate::report::{Finding, Severity};

/// How long after our own deadline it fires: what we need to roll back ourselves.
const MARGIN: Duration = Duration::from_secs(10);
/// What it runs, with the arguments that it describes. It is a file so that shellcheck reads it.
const SCRIPT: &str = include_str!("roll-back.sh");
/// What the script leaves when it has put something back: without it nobody tried the values.
const FIRED: &str = "rolled-back";
/// What it leaves as well if the runtime was up with what was restored.
const CAME_UP: &str = "rolled-back-while-up";
/// How the script writes the hash of a file that is not there.
const NOTHING: &str = "absent";

/// A rollback that is to happen unless it is called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackTimer {
    /// By which method systemd is reached.
    pub by: RestartMethod,
    /// The runtime's unit.
    pub unit: String,
    /// The runtime's socket, made anew at each start.
    pub socket: HostPath,
    /// What is restored.
    pub changed: Vec<Changed>,
    /// When it fires, from now.
    pub after: Duration,
    /// Whether nothing is restarted where it cannot be armed. A restart that rolls back is better than none.
    pub needed: bool,
}

impl RollbackTimer {
    /// The shell script that rolls back. It lies in `/run/cni-bootstrap` beside the mark and the saved bytes, and does
    /// nothing once the mark says that the restart is settled, or if a file is neither as we wrote it nor as before.
    pub fn script(&self) -> String {
        let hash = |digest: Option<&Digest>| digest.map_or(NOTHING, Digest::as_str).to_owned();
        let mut arguments = vec![quoted(&self.unit), quoted(self.socket.as_str())];
        for changed in &self.changed {
            arguments.push(hash(changed.digest_before().as_ref()));
            arguments.push(hash(changed.after.as_ref()));
            arguments.push(quoted(changed.path.as_str()));
        }
        format!("# The arguments of the script that follows.\nset -- {}\n{SCRIPT}", arguments.join(" "))
    }
}

/// Whether anything of a rollback timer is left in `/run`.
pub(in crate::plan) fn is_armed(cx: &PlanContext<'_>) -> bool {
    let dir = cx.node.dirs.get(&HostPath::known(RUN_DIR)).and_then(crate::node::Observed::present);
    dir.is_some_and(|dir| dir.names.iter().any(|name| is_of_switch(name)))
}

/// Whether the rollback timer has put something back.
pub(in crate::plan) fn has_fired(cx: &PlanContext<'_>) -> bool {
    let dir = cx.node.dirs.get(&HostPath::known(RUN_DIR)).and_then(crate::node::Observed::present);
    dir.is_some_and(|dir| dir.names.contains(FIRED))
}

/// Whether the runtime was up with what the rollback timer has restored.
pub(in crate::plan) fn had_come_up(cx: &PlanContext<'_>) -> bool {
    let dir = cx.node.dirs.get(&HostPath::known(RUN_DIR)).and_then(crate::node::Observed::present);
    dir.is_some_and(|dir| dir.names.contains(CAME_UP))
}

/// Whether a name in `/run/cni-bootstrap` belongs to a rollback timer.
pub fn is_of_switch(name: &str) -> bool {
    name.starts_with(KEPT)
        || name == FIRED
        || name == CAME_UP
        || name == HostPath::known(ROLLBACK_SCRIPT).name()
}

/// Arms the rollback timer before a restart by this method, where it can be.
pub(in crate::plan) fn arm(
    cx: &PlanContext<'_>,
    service: &Service,
    by: RestartMethod,
    changed: Vec<Changed>,
) -> Option<Step> {
    service.timers.iter().find(|(method, can)| *method == by && can.is_ok())?;
    Some(Step::Change(Change::Arm(RollbackTimer {
        by,
        unit: service.unit.clone()?,
        socket: cx.node.endpoint()?.clone(),
        changed,
        after: cx.settings.restart_timeout + MARGIN,
        needed: true,
    })))
}

/// Arms the rollback timer anew before a restart that rolls back.
pub(in crate::plan) fn arm_if_possible(
    cx: &PlanContext<'_>,
    service: &Service,
    by: RestartMethod,
    changed: Vec<Changed>,
) -> Option<Step> {
    let mut step = arm(cx, service, by, changed)?;
    if let Step::Change(Change::Arm(timer)) = &mut step {
        timer.needed = false;
    }
    Some(step)
}

/// Calls the rollback timer off, if there is one.
pub(in crate::plan) fn disarm(cx: &PlanContext<'_>) -> Result<Vec<Step>, Plan> {
    if !is_armed(cx) {
        return Ok(Vec::new());
    }
    let service = restart::service(cx)?;
    let by = service.timers.iter().find(|(_, can)| can.is_ok()).map(|(by, _)| *by);
    Ok(vec![Step::Change(Change::Disarm { by })])
}

/// The config files that these steps change, and those that a run before this one changed for a restart that never
/// was: it was cut short, or not allowed to.
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
    // What is restored as it was is no change of what the runtime came up with.
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

/// An attempt whose files nobody has loaded: the restart never was.
pub(in crate::plan) fn never_tried<'a>(cx: &'a PlanContext<'_>) -> Option<&'a Attempt> {
    cx.attempt.as_ref().filter(|attempt| {
        matches!(attempt.phase, Phase::Asked | Phase::Left) && attempt.incarnation == cx.node.incarnation()
    })
}

/// What a person should know before this restart: that nobody mends it if we are killed, and what else restarts.
pub(in crate::plan) fn findings(service: &Service, by: RestartMethod, values: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let unit = service.unit.clone().unwrap_or_else(|| "the runtime".to_owned());
    let can = service.timers.iter().find(|(method, _)| *method == by).map(|(_, can)| can);
    let why = match can {
        Some(Ok(())) => None,
        Some(Err(why)) => Some(why.as_str()),
        None => Some("a signal reaches the runtime only, and no systemd that could do it later"),
    };
    if let Some(why) = why.filter(|_| values) {
        findings.push(Finding {
            code: "no-rollback-timer",
            severity: Severity::Warning,
            subject: unit.clone(),
            message: format!(
                "the restart is by {} and no rollback can be armed outside this program ({why}): if it is killed while the \
                 runtime does not come up with the new config, nobody puts the old one back",
                by.word()
            ),
            remedy: "mount the host's /run/systemd into the container (read-only is enough) and use --restart dbus"
                .to_owned(),
        });
    }
    if !service.taken_along.is_empty() && by != RestartMethod::Signal {
        findings.push(Finding {
            code: "restart-takes-along",
            severity: Severity::Warning,
            subject: unit.clone(),
            message: format!(
                "systemd restarts {} together with {unit}: each says Requires=, BindsTo= or PartOf= {unit}",
                service.taken_along.join(", ")
            ),
            remedy: format!("let them say Wants= and After={unit} instead, if they need not be restarted"),
        });
    }
    findings
}
