//! The chain: composed from the primary, published, and verified by the runtime.

pub(in crate::plan) mod binaries;
pub(in crate::plan) mod crowded;
pub(in crate::plan) mod elsewhere;
pub(in crate::plan) mod needs;
pub(in crate::plan) mod network;
mod not_composed;
pub(in crate::plan) mod primary;
pub(in crate::plan) mod single_network;
pub(in crate::plan) mod wait_for;

use std::time::Duration;

use crate::cni::{ChainLayer, Composed, Conflist, compose, output_file, would_load};
use crate::node::{Content, Digest, HostPath, Kind, Observed, RestartReason, heard};
use crate::plan::chain::primary::{Ready, refused};
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Outcome, Plan, Poll, Reason, ReasonKind, Wait};
use crate::plan::restart::once;
use crate::plan::{owners, restart};
use crate::report::{Failure, FailureCode, Finding, Severity};
use crate::verify::{Verification, verify};

/// How soon a runtime that has not loaded the chain is nudged: containerd lists the directory within milliseconds.
const NUDGE_AFTER: Duration = Duration::from_secs(1);
/// How long a plugin must say that it is not ready before that is believed.
const STEADY_FOR: Duration = Duration::from_secs(2);
/// How long after a nudge the watch counts as dead (promise 5 of the contract).
const DEAD_AFTER: Duration = Duration::from_secs(5);

/// Publishes the chain if it differs, then verifies it.
pub(in crate::plan) fn chain(cx: &PlanContext<'_>, primary: &Ready) -> Plan {
    let (path, composed) = match compose_chain(cx, primary) {
        Ok(made) => made,
        Err(plan) => return plan,
    };
    let mut plan = Plan::done();
    for plugin in &composed.replaced {
        plan = plan.with_finding(Finding {
            code: "replaces-primary-plugin",
            severity: Severity::Warning,
            subject: primary.path.to_string(),
            message: format!(
                "the primary has a plugin {plugin:?} of its own; ours stands in its place in {path}"
            ),
            remedy: "leave it out of --plugin if the primary's own is meant".to_owned(),
        });
    }
    let plan = plan.then(|| publish(cx, &path, &composed));
    // What the runtime says of a chain that is not published yet verifies nothing: it is looked at first.
    if plan.steps.is_empty() { plan.then(|| verified(cx, primary, &path, &composed)) } else { plan }
}

/// What speaks against the chain however the node comes to look: asked before the first change for it.
pub(in crate::plan) fn refusal(cx: &PlanContext<'_>, primary: &Ready) -> Plan {
    match compose_chain(cx, primary)
        .and_then(|(path, composed)| check_takeover(cx, &path).map(|_| (path, composed)))
    {
        Ok((path, composed)) => single_network::refusal(cx, primary, &path)
            .then(|| network::refusal(cx, primary, &path, &composed)),
        Err(plan) => plan,
    }
}

/// What speaks against the chain whatever the primary will be: asked before the runtime is restarted for it.
pub(in crate::plan) fn refusal_without_primary(cx: &PlanContext<'_>) -> Plan {
    if let Err(plan) = owners::refusal(cx) {
        return plan;
    }
    single_network::refusal_without_primary(cx)
}

/// The chain as it should be, and its file.
fn compose_chain(cx: &PlanContext<'_>, primary: &Ready) -> Result<(HostPath, Composed), Plan> {
    let dir = &cx.desired.dirs.conf;
    owners::refusal(cx)?;
    let own: Vec<HostPath> = owners::own_chains(cx);
    // A link that leads nowhere counts as well: the runtime fails on it.
    let listing = cx.listing(dir);
    let others = listing.names().filter(|name| !own.contains(&dir.join(name)));
    let in_dir = (primary.path.parent() == *dir).then(|| primary.path.name());
    let given = cx.settings.output_file.as_deref();
    // A file already at the output path is never a rival: it is adopted or refused below.
    let names: Vec<&str> = others.collect();
    let usual = given.map_or_else(|| format!("05-{}.conflist", cx.desired.owner), str::to_owned);
    let names = names.into_iter().filter(|name| *name != usual);
    let name = output_file(&cx.desired.owner, given, in_dir, names).map_err(|error| {
        refused(FailureCode::OutputFileInvalid, error.to_string(), "see what is in the directory first")
    })?;
    let layer = ChainLayer {
        owner: cx.desired.owner.clone(),
        plugins: cx.desired.plugins.clone(),
        position: cx.settings.position.clone(),
    };
    let composed = compose(&primary.conflist, &[layer]).map_err(|error| {
        refused(
            not_composed::code(&error),
            format!("{} cannot be chained: {error}", primary.path),
            "see --position and --plugin",
        )
    })?;
    Ok((dir.join(&name), composed))
}

/// Whether the chain is published as it should be, by us: then its plugins were asked for their versions before.
pub(in crate::plan) fn is_current(cx: &PlanContext<'_>, primary: &Ready) -> bool {
    compose_chain(cx, primary).is_ok_and(|(path, composed)| {
        cx.node.bytes(&path) == Some(&composed.bytes) && cx.is_ours(&path, &Digest::of(&composed.bytes))
    })
}

fn publish(cx: &PlanContext<'_>, path: &HostPath, composed: &Composed) -> Plan {
    let mut steps = Vec::new();
    let mut findings = Vec::new();
    // A link to these bytes would be read by the runtime, and somebody else could change them.
    let same = cx.node.bytes(path) == Some(&composed.bytes) && !cx.node.symlinks.contains_key(path);
    let ours = same && cx.is_ours(path, &Digest::of(&composed.bytes));
    if !ours {
        match check_takeover(cx, path) {
            Ok(finding) => findings.extend(finding),
            Err(plan) => return plan,
        }
        steps.extend(cx.make_dirs(&path.parent()));
        steps.push(Step::Change(Change::Publish(Publish {
            path: path.clone(),
            kind: Kind::Chain,
            source: Source::Bytes(composed.bytes.clone()),
            mode: Mode::New(cx.settings.conf_mode),
        })));
    }
    for old in owners::own_chains(cx).into_iter().filter(|old| old != path) {
        let digest = cx.node.bytes(&old).map(Digest::of);
        if digest.is_some_and(|digest| cx.is_ours(&old, &digest)) {
            steps.push(Step::Change(Change::Remove { path: old, kind: Kind::Chain }));
        }
    }
    if !steps.is_empty() {
        steps.push(Step::Look("the runtime to load the chain"));
    }
    let mut plan = Plan::steps(steps);
    plan.findings = findings;
    plan
}

/// Whether the chain may take the place of what is there.
fn check_takeover(cx: &PlanContext<'_>, path: &HostPath) -> Result<Option<Finding>, Plan> {
    let unread = |why: &str| {
        refused(
            FailureCode::OutputPathOccupied,
            format!("{path} cannot be read: {why}"),
            "see what it is; the chain belongs there",
        )
    };
    match cx.node.files.get(path) {
        None | Some(Observed::Absent) => not_a_file(cx, path).map_or(Ok(None), |what| {
            Err(refused(
                FailureCode::OutputPathOccupied,
                format!("{path} is {what}, and the chain belongs there"),
                "move it away, or choose another name with --output-file",
            ))
        }),
        Some(Observed::Unknown(why)) => Err(unread(why)),
        Some(Observed::Present(file)) => match &file.content {
            Content::Bytes(bytes) if cx.is_ours(path, &Digest::of(bytes)) => Ok(None),
            Content::Bytes(bytes) => adopt(cx, path, bytes).map(Some),
            Content::Digest(_) => Err(unread("only its hash was taken")),
            Content::Unread(why) => Err(unread(why)),
        },
    }
}

/// What is at a path, if it is neither a file nor absent.
fn not_a_file(cx: &PlanContext<'_>, path: &HostPath) -> Option<&'static str> {
    let dir = cx.node.dirs.get(&path.parent()).and_then(Observed::present)?;
    let link = dir.names.contains(path.name()).then_some("a symbolic link that leads to no file");
    if dir.dirs.contains(path.name()) { Some("a directory") } else { link }
}

/// Reasons to refuse the output path that hold without a primary, so that none is awaited in vain.
pub(in crate::plan) fn output_refusal(cx: &PlanContext<'_>) -> Plan {
    let given = cx.settings.output_file.as_deref();
    match output_file(&cx.desired.owner, given, None, []) {
        Ok(name) => {
            check_takeover(cx, &cx.desired.dirs.conf.join(&name)).map_or_else(|plan| plan, |_| Plan::done())
        }
        Err(error) => {
            refused(FailureCode::OutputFileInvalid, error.to_string(), "give another --output-file")
        }
    }
}

/// A file already at the output path is taken over if it does not load or holds one of our plugins.
fn adopt(cx: &PlanContext<'_>, path: &HostPath, bytes: &[u8]) -> Result<Finding, Plan> {
    let read = Conflist::read(path.name(), bytes, cx.rules());
    let message = match &read {
        Err(violation) => format!("{path} {violation}; the chain takes its place"),
        Ok(conflist) => {
            let ours =
                cx.desired.plugins.iter().find(|plugin| conflist.types().contains(&plugin.plugin_type()));
            match ours {
                Some(plugin) => format!(
                    "{path} was not written by this program and has our plugin {:?}; the chain takes its place",
                    plugin.plugin_type()
                ),
                None => {
                    return Err(refused(
                        FailureCode::OutputPathOccupied,
                        format!(
                            "{path} is somebody else's network {:?}, and the chain belongs there",
                            conflist.network()
                        ),
                        "move that file away, or choose another name with --output-file",
                    ));
                }
            }
        }
    };
    Ok(Finding {
        code: "adopted-file",
        severity: Severity::Info,
        subject: path.to_string(),
        message,
        remedy: String::new(),
    })
}

fn verified(cx: &PlanContext<'_>, primary: &Ready, path: &HostPath, composed: &Composed) -> Plan {
    if cx.settings.verify_timeout.is_zero() {
        return Plan::done();
    }
    let status = match cx.runtime_since(cx.history.changed) {
        RuntimeState::NotUsed => return Plan::done(),
        RuntimeState::NotAsked => return Plan::ask(crate::node::Question::Runtime),
        RuntimeState::Unreachable(why) => {
            return unverified(cx, path, composed, None, &format!("the runtime does not answer: {why}"));
        }
        RuntimeState::Status(status) => status,
    };
    let proof = verify(status, &composed.bytes, &types_in_memory(cx, path, composed));
    if proof.verdict != Verification::Verified && cx.is_stale() {
        return Plan::ask(crate::node::Question::Runtime);
    }
    match &proof.verdict {
        Verification::Verified => Plan::done(),
        // Conditions and loaded networks are no one snapshot: a load between them looks the same for a moment.
        Verification::PluginNotReady(words)
            if cx.now < cx.history.since(ReasonKind::Unverified, cx.now).after(STEADY_FOR) =>
        {
            Plan::outcome(Outcome::Wait(Wait {
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
        Verification::PluginNotReady(words) => Plan::done().with_finding(Finding {
            code: "plugin-status-not-ready",
            severity: Severity::Info,
            subject: path.to_string(),
            message: format!(
                "the runtime runs the chain; a plugin of it says that it is not ready yet: {}",
                heard(words)
            ),
            remedy: "nothing to do here if its agent is still starting; else see the agent's own log"
                .to_owned(),
        }),
        Verification::LoadFailed(words) => unverified(cx, path, composed, Some(words), words),
        Verification::MorePlugins(more) => {
            let network = status.pod_networks().next().map_or("", |network| network.name.as_str());
            let words = format!(
                "the runtime has loaded it and adds the plugins {} from the directory {}",
                more.join(", "),
                path.parent().join(network)
            );
            unverified(cx, path, composed, None, &words)
        }
        Verification::NotLoaded => {
            let loaded: Vec<String> = status
                .pod_networks()
                .map(|network| format!("{:?} ({})", network.name, network.types.join(", ")))
                .collect();
            let loaded = if loaded.is_empty() { "nothing".to_owned() } else { loaded.join(" and ") };
            unverified(cx, path, composed, None, &format!("the runtime has loaded {loaded} instead"))
        }
        // A plugin that the runtime does not find was told, and was missing without the chain as well.
        Verification::NotReady(_) if needs::is_lacking(cx, primary) => Plan::done(),
        Verification::NotReady(words) => unverified(cx, path, composed, None, words),
    }
}

/// The types that the runtime has loaded once it has loaded the chain: those that it adds itself are last.
fn types_in_memory(cx: &PlanContext<'_>, path: &HostPath, composed: &Composed) -> Vec<String> {
    let list = Conflist::of(path.name(), &composed.bytes, cx.rules()).ok();
    let more = list.map(|list| network::appended_types(cx.node, &path.parent(), &list)).unwrap_or_default();
    composed.types.iter().cloned().chain(more).collect()
}

/// The runtime has not loaded the chain: it missed the event (nudge), its watch is dead (restart), or it will not.
fn unverified(
    cx: &PlanContext<'_>,
    path: &HostPath,
    composed: &Composed,
    load_error: Option<&str>,
    words: &str,
) -> Plan {
    let words = &heard(words);
    let since = cx.history.since(ReasonKind::Unverified, cx.now);
    let reason = Reason { kind: ReasonKind::Unverified, text: format!("{path} is published; {words}") };
    let deadline = since.after(cx.settings.verify_timeout);
    let wait = |until| {
        let poll = if cx.now.since(since) < NUDGE_AFTER { 20 } else { 250 };
        Plan::outcome(Outcome::Wait(Wait {
            reason: reason.clone(),
            until: Some(until),
            gives_up: Some(deadline),
            poll: Poll::Every(Duration::from_millis(poll)),
            interruptible: true,
        }))
    };
    if cx.now >= deadline {
        return give_up(cx, path, load_error, words);
    }
    match cx.history.nudged {
        None if cx.now < since.after(NUDGE_AFTER) => wait(since.after(NUDGE_AFTER)),
        None => Plan::steps(vec![
            Step::Change(Change::Nudge(cx.desired.dirs.conf.clone())),
            Step::Look("the runtime to list the directory again"),
        ]),
        Some(nudged) if cx.now < nudged.after(DEAD_AFTER) => wait(nudged.after(DEAD_AFTER)),
        Some(_)
            if !names(load_error, path)
                && !is_loaded(cx, composed)
                && loads_on_disk(cx)
                && may_restart(cx, composed) =>
        {
            restart::for_chain(cx, Digest::of(&composed.bytes))
        }
        Some(_) => wait(deadline),
    }
}

/// Whether the runtime's load error speaks of this file.
fn names(load_error: Option<&str>, path: &HostPath) -> bool {
    load_error.is_some_and(|error| error.contains(path.name()))
}

/// Whether the runtime has these very bytes: then no restart gives it others.
fn is_loaded(cx: &PlanContext<'_>, composed: &Composed) -> bool {
    let RuntimeState::Status(status) = cx.runtime() else { return false };
    let source = status.pod_networks().next().and_then(|network| network.source.as_deref());
    source.map(str::as_bytes) == Some(&composed.bytes)
}

/// Whether the directory, as it is on disk, would load: then the runtime's own view of it is old.
fn loads_on_disk(cx: &PlanContext<'_>) -> bool {
    let most = match cx.runtime() {
        RuntimeState::Status(status) => status.live.max_conf_num.unwrap_or(1),
        RuntimeState::NotUsed | RuntimeState::NotAsked | RuntimeState::Unreachable(_) => 1,
    };
    would_load(&cx.listing(&cx.desired.dirs.conf), most, cx.rules()).is_ok()
}

/// One restart for one cause: not if this very chain was restarted for already.
fn may_restart(cx: &PlanContext<'_>, composed: &Composed) -> bool {
    let digest = Digest::of(&composed.bytes);
    once::hit(cx, &RestartReason::Chain { chain: digest }).is_none()
        && cx.settings.restart != crate::plan::RestartMode::Never
}

fn give_up(cx: &PlanContext<'_>, path: &HostPath, load_error: Option<&str>, words: &str) -> Plan {
    let mut plan = Plan::done();
    let names_us = names(load_error, path);
    let digest = cx.node.bytes(path).map(Digest::of);
    if names_us && digest.is_some_and(|digest| cx.is_ours(path, &digest)) {
        plan = Plan::steps(vec![Step::Change(Change::Remove { path: path.clone(), kind: Kind::Chain })]);
    }
    let removed = if names_us { "; the chain was removed" } else { "" };
    plan.outcome = Outcome::Fail(Failure::new(
        FailureCode::ChainNotConfirmed,
        format!(
            "the runtime does not confirm {path} within {:?}: {words}{removed}",
            cx.settings.verify_timeout
        ),
        "see the runtime's own log (journalctl -u containerd) and what sorts before the chain in its directory",
    ));
    plan
}
