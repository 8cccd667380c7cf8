//! The runtime does not answer, and this program did not cause that.

use std::time::Duration;

use crate::containerd::{self, Judgement, Refusal, RefusalKind};
use crate::node::{HostPath, Observed};
use crate::plan::blocked::{Blocked, if_possible};
use crate::plan::context::PlanContext;
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::plan::restart::service::with_unit;
use crate::plan::restart::verdict::judges;
use crate::plan::runtime::edit_target;
use crate::plan::runtime::judged::judgement;
use crate::plan::runtime::main_file::started_with;
use crate::report::{Failure, FailureCode};

/// How long `--no-wait` waits for the socket.
const AT_MOST: Duration = Duration::from_secs(5);

/// Blocked for `--restart-timeout`. The exit is then 10, or 6 if the config files show why the runtime is down.
pub(in crate::plan) fn silent(cx: &PlanContext<'_>, why: &str) -> Result<(), Blocked> {
    let refusal = broken_config(cx)?;
    Err(silent_because(cx, why, refusal))
}

fn silent_because(cx: &PlanContext<'_>, why: &str, config: Option<Refusal>) -> Blocked {
    let text = match &config {
        Some(refusal) => format!("the runtime does not answer: {why}; its config: {}", refusal.sentence()),
        None => format!("the runtime does not answer: {why}"),
    };
    let settings = cx.settings;
    let patience = settings.restart_timeout.min(if settings.no_wait { AT_MOST } else { Duration::MAX });
    let until = cx.history.since(ReasonKind::RuntimeSilent, cx.now).after(patience);
    let reason = Reason { kind: ReasonKind::RuntimeSilent, text };
    if cx.now < until {
        return Blocked::wait(Wait {
            reason,
            until: Some(until),
            gives_up: Some(until),
            poll: Poll::Every(Duration::from_millis(300)),
            interruptible: true,
        });
    }
    if let Some(refusal) = config {
        let failure = judges::refused(FailureCode::RuntimeConfigRefused, &refusal);
        return Blocked::from(Failure {
            sentence: format!(
                "the runtime does not answer ({why}) because of its config: {}",
                refusal.sentence()
            ),
            ..failure
        });
    }
    if settings.no_wait {
        return Blocked::skipped(reason);
    }
    if cx.node.without_cri() {
        return Blocked::refused(
            FailureCode::CriPluginFailed,
            format!("{why}; its config does not disable CRI, so the CRI plugin failed to load"),
            "find the cause on the host: journalctl -u containerd | grep -i cri; ctr plugins ls",
        );
    }
    Blocked::refused(
        FailureCode::RuntimeNotRunning,
        format!("the runtime does not answer: {why}"),
        "mount the directory of its socket (/run/containerd) from the host, name it with --runtime-endpoint, or use \
         --runtime none to compose the chain only",
    )
}

/// The fault in the config files of a containerd that is down, as far as they are visible.
fn broken_config(cx: &PlanContext<'_>) -> Result<Option<Refusal>, Blocked> {
    let Some(service) = if_possible(with_unit(cx))? else { return Ok(None) };
    // Without a unit or a process it is not known if this host has a containerd.
    let is_containerd = service.unit.is_some() || service.pid.is_some();
    if !is_containerd || service.unresolved.is_some() && cx.settings.containerd_config.is_none() {
        return Ok(None);
    }
    let config = started_with(cx.settings, service);
    if !is_seen(cx, &config) {
        return Ok(None);
    }
    let (files, _) = edit_target::config_files(cx.node, &config);
    // A file that was not read may have any content.
    if !containerd::wants_read(&files, None).is_empty() {
        return Ok(None);
    }
    let release = cx.node.answers.status().and_then(|status| status.release);
    if let Judgement::Fails(refusals) = judgement(cx.node, &files, release) {
        return Ok(refusals.into_iter().next());
    }
    // If the release is not known, only a fault that every release refuses counts.
    match containerd::effective(&files, release) {
        Err(refusal) if refusal.kind != RefusalKind::ReleasesDiffer => Ok(Some(refusal)),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// True if the file exists and was read: a file that is not mounted says nothing.
fn is_seen(cx: &PlanContext<'_>, config: &HostPath) -> bool {
    matches!(cx.node.file(config), Observed::Present(_))
}
