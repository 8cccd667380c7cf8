//! Verifies, after the chain was removed, that the runtime runs the network that loads without it.

use std::time::Duration;

use crate::cni::{Conflist, Plugin, Unloadable, would_load};
use crate::node::{Digest, HostPath, Kind, LoadedNetwork, NotJudged, Question, Status, heard};
use crate::plan::blocked::Blocked;
use crate::plan::chain::appended::appended_types;
use crate::plan::change::Change;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::plan::draft::Draft;
use crate::report::codes::install;
use crate::report::{FailureCode, Finding, Severity};
use crate::verify::is_from;

const NOT_YET: &str = "the runtime has not loaded the primary yet";

/// What the runtime runs after the chain was removed.
pub(in crate::plan) enum Left {
    /// The network that loads without this owner's chain; or nothing can be verified.
    Network,
    /// No network: the failure's code, and the finding about it.
    Nothing(FailureCode, Finding),
}

/// Succeeds if the runtime runs the network that loads without this owner's chain, or if none loads.
pub(in crate::plan) fn verified(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<Left, Blocked> {
    if cx.settings.verify_timeout.is_zero() {
        return Ok(Left::Network);
    }
    if cx.as_before_without_cri() {
        draft.findings.push(without_cri());
        return Ok(Left::Network);
    }
    let status = match cx.runtime_since(cx.history.changed) {
        RuntimeState::NotUsed => return Ok(Left::Network),
        RuntimeState::NotAsked => return Err(Blocked::ask(Question::Runtime)),
        RuntimeState::Unreachable(why) => {
            return unverified(cx, draft, &format!("the runtime does not answer: {why}"));
        }
        RuntimeState::NotJudged(other) => {
            draft.findings.push(not_said(other));
            return Ok(Left::Network);
        }
        RuntimeState::Status(status) => status,
    };
    let dir = loaded_from(cx, status);
    let listing = cx.listing(&dir);
    let loads = would_load(&listing, status.live.max_conf_num.unwrap_or(1), cx.rules());
    let holds_ours = has_ours(cx, status);
    // A runtime that missed the event still starts pods with the chain.
    if let Some((code, finding)) = nothing_loads(&dir, &loads).filter(|_| !holds_ours) {
        draft.findings.push(finding.clone());
        return Ok(Left::Nothing(code, finding));
    }
    let expected = loads.unwrap_or_default();
    let loaded: Vec<&LoadedNetwork> = status.pod_networks().collect();
    if status.load_status.as_deref() == Some("OK")
        && !expected.is_empty()
        && loaded.len() == expected.len()
        && loaded
            .iter()
            .zip(&expected)
            .all(|(network, (name, file))| is_from(network, name, file, &appended_types(cx.node, &dir, file)))
    {
        return Ok(Left::Network);
    }
    if cx.is_stale() {
        return Err(Blocked::ask(Question::Runtime));
    }
    let words = status.load_status.as_deref().filter(|words| *words != "OK");
    let still = if holds_ours { "the runtime still has the removed plugins loaded" } else { NOT_YET };
    unverified(cx, draft, &words.map_or_else(|| still.to_owned(), heard))
}

/// The finding about a directory from which no network loads.
fn nothing_loads(
    dir: &HostPath,
    loads: &Result<Vec<(&str, Conflist)>, Unloadable>,
) -> Option<(FailureCode, Finding)> {
    let (failure, code, subject, message, remedy) = match loads {
        Err(unloadable) => (
            FailureCode::PrimaryDoesNotLoad,
            install::PRIMARY_DOES_NOT_LOAD.name,
            dir.join(&unloadable.name),
            format!(
                "{} {}; the chain is gone, and the node has no network until it is mended",
                unloadable.name, unloadable.violation
            ),
            "mend or remove that file",
        ),
        Ok(networks) if networks.is_empty() => (
            FailureCode::NoPrimaryLeft,
            install::NO_PRIMARY_LEFT.name,
            dir.clone(),
            "the node has no network configuration left and is NotReady until the primary comes back"
                .to_owned(),
            "start the pod that writes the primary",
        ),
        Ok(_) => return None,
    };
    let finding = Finding {
        code,
        severity: Severity::Warning,
        subject: subject.to_string(),
        message,
        remedy: remedy.to_owned(),
    };
    Some((failure, finding))
}

fn without_cri() -> Finding {
    Finding {
        code: install::CRI_DISABLED_AGAIN.name,
        severity: Severity::Warning,
        subject: "runtime".to_owned(),
        message: "the restored config disables CRI, as it did before, so no kubelet can use this runtime"
            .to_owned(),
        remedy: "to use it with a kubelet, remove cri from disabled_plugins and restart containerd"
            .to_owned(),
    }
}

/// Only containerd reports its loaded networks, so another runtime is never verified.
fn not_said(other: &NotJudged) -> Finding {
    Finding {
        code: install::NETWORK_UNKNOWN.name,
        severity: Severity::Info,
        subject: other.title(),
        message: format!(
            "the chain is removed; {other} does not report over CRI which network it has loaded, so the removal \
             could not be verified"
        ),
        remedy: format!("see the log of {} on the host, or start a pod", other.title()),
    }
}

/// True if the runtime has loaded a network with this owner's plugin, or one that this owner wrote.
fn has_ours(cx: &PlanContext<'_>, status: &Status) -> bool {
    let Some(record) = cx.record() else { return false };
    let plugins: Vec<Plugin> = record.layer.plugins.iter().filter_map(|text| text.parse().ok()).collect();
    let chains: Vec<_> = record.of_kind(Kind::Chain).collect();
    status.pod_networks().any(|network| {
        let digest = network.source.as_ref().map(|source| Digest::of(source.as_bytes()));
        digest.is_some_and(|digest| chains.iter().any(|(_, written)| written.is_chain(&digest)))
            || plugins.iter().any(|plugin| network.types.iter().any(|own| own == plugin.plugin_type()))
    })
}

/// The directory that the runtime loads: the setting, else the runtime's report, else the directory of the chain.
fn loaded_from(cx: &PlanContext<'_>, status: &Status) -> HostPath {
    let known = cx.settings.conf_dir.is_some() || status.conf_dir.is_some();
    let published = cx.chain_dirs().into_iter().next().filter(|_| !known);
    published.unwrap_or_else(|| cx.desired.dirs.conf.clone())
}

/// What was done before the runtime is asked.
fn done(cx: &PlanContext<'_>) -> &'static str {
    let has_chain = cx.record().is_none_or(|record| record.of_kind(Kind::Chain).next().is_some());
    if has_chain { "the chain is removed" } else { "no chain is to be removed" }
}

fn unverified(cx: &PlanContext<'_>, draft: &mut Draft, words: &str) -> Result<Left, Blocked> {
    let since = cx.history.since(ReasonKind::Unverified, cx.now);
    if cx.now >= since.after(cx.settings.verify_timeout) {
        return Err(Blocked::refused(
            FailureCode::PrimaryNotConfirmed,
            format!("{}, but the runtime does not confirm the primary: {words}", done(cx)),
            "see journalctl -u containerd; a restart makes the runtime read its directory again",
        ));
    }
    if cx.history.nudged.is_none() && cx.now >= since.after(Duration::from_secs(1)) {
        draft.change(Change::Nudge(cx.desired.dirs.conf.clone()));
        draft.look("the runtime to list the directory again");
        return Ok(Left::Network);
    }
    Err(Blocked::wait(Wait {
        reason: Reason { kind: ReasonKind::Unverified, text: format!("{}; {words}", done(cx)) },
        until: None,
        gives_up: None,
        poll: Poll::Every(Duration::from_millis(100)),
        interruptible: true,
    }))
}
