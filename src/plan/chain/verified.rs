//! The verification: the runtime reports that it has loaded the published chain.

use std::time::Duration;

use crate::cni::{Composed, Conflist, would_load};
use crate::node::{Digest, HostPath, Kind, Question, RestartReason, heard};
use crate::plan::blocked::Blocked;
use crate::plan::chain::appended::appended_types;
use crate::plan::chain::needs;
use crate::plan::chain::ready::Ready;
use crate::plan::change::Change;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::plan::draft::Draft;
use crate::plan::restart::{once, request};
use crate::plan::settings::RestartMode;
use crate::report::codes::install;
use crate::report::{FailureCode, Finding, Severity};
use crate::verify::{Verification, verify};

/// How soon the runtime is nudged if it has not loaded the chain. containerd lists the directory within milliseconds.
const NUDGE_AFTER: Duration = Duration::from_secs(1);

/// How long a plugin must report that it is not ready before the report counts.
const STEADY_FOR: Duration = Duration::from_secs(2);

/// How long after a nudge the runtime's watch counts as dead (promise 5 of the contract).
const DEAD_AFTER: Duration = Duration::from_secs(5);

pub(in crate::plan) fn verified(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    primary: &Ready,
    path: &HostPath,
    composed: &Composed,
) -> Result<(), Blocked> {
    if cx.settings.verify_timeout.is_zero() {
        return Ok(());
    }
    let status = match cx.runtime_since(cx.history.changed) {
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => return Ok(()),
        RuntimeState::NotAsked => return Err(Blocked::ask(Question::Runtime)),
        RuntimeState::Unreachable(why) => {
            return unverified(
                cx,
                draft,
                path,
                composed,
                None,
                &format!("the runtime does not answer: {why}"),
            );
        }
        RuntimeState::Status(status) => status,
    };
    let proof = verify(status, &composed.bytes, &types_in_memory(cx, path, composed));
    if proof.verdict != Verification::Verified && cx.is_stale() {
        return Err(Blocked::ask(Question::Runtime));
    }
    match &proof.verdict {
        Verification::Verified => Ok(()),
        // The conditions and the loaded networks are read at different moments, so a load in between looks like this
        // for a moment.
        Verification::PluginNotReady(words)
            if cx.now < cx.history.since(ReasonKind::Unverified, cx.now).after(STEADY_FOR) =>
        {
            Err(Blocked::wait(Wait {
                reason: Reason {
                    kind: ReasonKind::Unverified,
                    text: format!("{path} is loaded; a plugin of it is not ready: {}", heard(words)),
                },
                until: None,
                gives_up: None,
                poll: Poll::Every(Duration::from_millis(200)),
                interruptible: true,
            }))
        }
        Verification::PluginNotReady(words) => {
            draft.findings.push(not_ready(path, words));
            Ok(())
        }
        Verification::LoadFailed(words) => unverified(cx, draft, path, composed, Some(words), words),
        Verification::MorePlugins(more) => {
            let network = status.pod_networks().next().map_or("", |network| network.name.as_str());
            let words = format!(
                "the runtime has loaded it and adds the plugins {} from the directory {}",
                more.join(", "),
                path.parent().join(network)
            );
            unverified(cx, draft, path, composed, None, &words)
        }
        Verification::NotLoaded => {
            let loaded: Vec<String> = status
                .pod_networks()
                .map(|network| format!("{:?} ({})", network.name, network.types.join(", ")))
                .collect();
            let loaded = if loaded.is_empty() { "nothing".to_owned() } else { loaded.join(" and ") };
            unverified(cx, draft, path, composed, None, &format!("the runtime has loaded {loaded} instead"))
        }
        // A plugin that the runtime does not find was reported already, and was missing without the chain too.
        Verification::NotReady(_) if needs::is_lacking(cx, primary) => Ok(()),
        Verification::NotReady(words) => unverified(cx, draft, path, composed, None, words),
    }
}

fn not_ready(chain: &HostPath, words: &str) -> Finding {
    Finding {
        code: install::PLUGIN_NOT_READY.name,
        severity: Severity::Info,
        subject: chain.to_string(),
        message: format!(
            "the runtime runs {chain}; one of its plugins says that it is not ready yet: {}",
            heard(words)
        ),
        remedy: "wait if its agent is still starting; else see the agent's log".to_owned(),
    }
}

/// The types in the runtime's memory once the chain is loaded: those that the runtime appends come last.
fn types_in_memory(cx: &PlanContext<'_>, path: &HostPath, composed: &Composed) -> Vec<String> {
    let list = Conflist::of(path.name(), &composed.bytes, cx.rules()).ok();
    let more = list.map(|list| appended_types(cx.node, &path.parent(), &list)).unwrap_or_default();
    composed.types.iter().cloned().chain(more).collect()
}

/// The runtime has not loaded the chain: it missed the event (nudge), its watch is dead (restart), or it cannot.
fn unverified(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    path: &HostPath,
    composed: &Composed,
    load_error: Option<&str>,
    words: &str,
) -> Result<(), Blocked> {
    let words = &heard(words);
    let since = cx.history.since(ReasonKind::Unverified, cx.now);
    let reason = Reason { kind: ReasonKind::Unverified, text: format!("{path} is in place; {words}") };
    let deadline = since.after(cx.settings.verify_timeout);
    let wait = |until| {
        let poll = if cx.now.since(since) < NUDGE_AFTER { 20 } else { 250 };
        Err(Blocked::wait(Wait {
            reason: reason.clone(),
            until: Some(until),
            gives_up: Some(deadline),
            poll: Poll::Every(Duration::from_millis(poll)),
            interruptible: true,
        }))
    };
    if cx.now >= deadline {
        return Err(give_up(cx, draft, path, load_error, words));
    }
    match cx.history.nudged {
        None if cx.now < since.after(NUDGE_AFTER) => wait(since.after(NUDGE_AFTER)),
        None => {
            draft.change(Change::Nudge(cx.desired.dirs.conf.clone()));
            draft.look("the runtime to list the directory again");
            Ok(())
        }
        Some(nudged) if cx.now < nudged.after(DEAD_AFTER) => wait(nudged.after(DEAD_AFTER)),
        Some(_)
            if !names(load_error, path)
                && !is_loaded(cx, composed)
                && loads_on_disk(cx)
                && may_restart(cx, composed) =>
        {
            request::for_chain(cx, draft, path, Digest::of(&composed.bytes))
        }
        Some(_) => wait(deadline),
    }
}

/// True if the runtime's load error is about this file.
pub(in crate::plan) fn names(load_error: Option<&str>, path: &HostPath) -> bool {
    load_error.is_some_and(|error| error.contains(path.name()))
}

/// True if the runtime has exactly these bytes: then a restart changes nothing.
pub(in crate::plan) fn is_loaded(cx: &PlanContext<'_>, composed: &Composed) -> bool {
    let RuntimeState::Status(status) = cx.runtime() else { return false };
    let source = status.pod_networks().next().and_then(|network| network.source.as_deref());
    source.map(str::as_bytes) == Some(&composed.bytes)
}

/// True if the directory on disk would load: then the runtime's report is out of date.
fn loads_on_disk(cx: &PlanContext<'_>) -> bool {
    let most = match cx.runtime() {
        RuntimeState::Status(status) => status.live.max_conf_num.unwrap_or(1),
        RuntimeState::NotUsed
        | RuntimeState::NotAsked
        | RuntimeState::NotJudged(_)
        | RuntimeState::Unreachable(_) => 1,
    };
    would_load(&cx.listing(&cx.desired.dirs.conf), most, cx.rules()).is_ok()
}

/// One restart for one reason: false if the runtime was already restarted for this chain.
fn may_restart(cx: &PlanContext<'_>, composed: &Composed) -> bool {
    let digest = Digest::of(&composed.bytes);
    once::hit(cx, &RestartReason::Chain { chain: digest }).is_none()
        && cx.settings.restart != RestartMode::Never
}

fn give_up(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    path: &HostPath,
    load_error: Option<&str>,
    words: &str,
) -> Blocked {
    let names_us = names(load_error, path);
    let digest = cx.node.bytes(path).map(Digest::of);
    // Without a chain the file is the primary, which is somebody else's.
    let goes = names_us && digest.is_some_and(|digest| cx.is_ours(path, &digest));
    // A chain in the primary's own file is undone there; the file stays.
    let restored = cx.to_restore(None);
    if goes && restored.is_empty() {
        draft.change(Change::Remove { path: path.clone(), kind: Kind::Chain });
    } else if goes {
        for change in restored {
            draft.change(change);
        }
    }
    let removed = if goes { "; the chain was removed" } else { "" };
    Blocked::refused(
        FailureCode::ChainNotConfirmed,
        format!(
            "the runtime does not confirm {path} within {:?}: {words}{removed}",
            cx.settings.verify_timeout
        ),
        format!(
            "see the runtime's log (journalctl -u containerd) and which files sort before {} in its directory",
            path.name()
        ),
    )
}
