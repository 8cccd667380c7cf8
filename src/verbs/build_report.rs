//! Turns the result of the loop into a report.

use std::time::Duration;

use crate::cni::{Conflist, Libcni};
use crate::containerd::declared_version;
use crate::node::{Content, Digest, HostPath, Kind, Node, Observed, Phase, PodAnswer, Record, Status, heard};
use crate::plan::{Change, Desired, Layout, Publish, RuntimeKind, Step, appended_types, pod_question};
use crate::reconcile::{End, Reconciled};
use crate::report::{
    Action, Binary, Chain, Exit, Failure, Finding, OutcomeWord, Primary, Proof, Report, Runtime, SCHEMA,
    Severity,
};
use crate::verify::verify;

/// The report of a finished loop.
pub(super) fn build_report(verb: &'static str, outcome: Reconciled, elapsed: Duration) -> Report {
    let wrote = |kind: Kind| {
        outcome
            .done
            .iter()
            .any(|(change, _)| matches!(change, Change::Publish(publish) if publish.kind == kind))
    };
    let changed = !outcome.done.is_empty();
    let ending = ending(verb, &outcome, changed);
    let actions = match &outcome.end {
        End::Planned(plan) => planned(&outcome.node, &plan.steps),
        _ => outcome.done.iter().map(|(change, before)| Action::of(change, before.as_deref())).collect(),
    };
    let desired = outcome.desired.as_ref();
    let record = desired.and_then(|desired| outcome.node.records().remove(&desired.owner)?.ok());
    let chain = match desired {
        Some(desired) if verb != "uninstall" && !desired.has_chain() => unchained(&outcome, desired),
        _ => record.as_ref().and_then(|record| chain(&outcome.node, record, wrote(Kind::Chain))),
    };
    Report {
        schema: SCHEMA,
        verb,
        owner: desired.map(|desired| desired.owner.clone()).unwrap_or_default(),
        outcome: ending.outcome,
        exit_code: ending.exit.code(),
        code: ending.code,
        message: ending.message,
        elapsed_ms: millis(elapsed),
        primary: desired.filter(|_| verb != "uninstall").and_then(|desired| primary(&outcome, desired)),
        proof: chain.as_ref().filter(|_| is_proven(&outcome)).and_then(|chain| proof(&outcome.node, chain)),
        chain,
        binaries: desired.map(|desired| binaries(&outcome, desired)).unwrap_or_default(),
        runtime: runtime(&outcome, wrote(Kind::Config)),
        actions,
        findings: outcome.findings,
        pod: None,
        why: None,
        unseen: Vec::new(),
    }
}

/// The report of a run that failed before the loop.
pub(super) fn failed(verb: &'static str, failure: &Failure, elapsed: Duration) -> Report {
    Report { elapsed_ms: millis(elapsed), ..Report::failed(verb, failure) }
}

/// True if success includes the runtime's confirmation.
fn is_proven(outcome: &Reconciled) -> bool {
    let settings = &outcome.settings;
    settings.runtime != RuntimeKind::None && !settings.verify_timeout.is_zero()
}

/// What a run came to, in the words of the report.
struct Ending {
    outcome: OutcomeWord,
    exit: Exit,
    /// The code of a failure.
    code: Option<&'static str>,
    message: String,
}

impl Ending {
    fn well(outcome: OutcomeWord, message: impl Into<String>) -> Self {
        Self { outcome, exit: Exit::Done, code: None, message: message.into() }
    }

    fn failed(outcome: OutcomeWord, failure: &Failure) -> Self {
        let code = Some(failure.code.name());
        Self { outcome, exit: failure.exit(), code, message: failure.to_string() }
    }

    /// A plan that fails. It is refused if nothing was done for it yet.
    fn of_plan(failure: &Failure) -> Self {
        let outcome = match failure.exit() {
            Exit::Refused | Exit::Config | Exit::Permission => OutcomeWord::Refused,
            _ => OutcomeWord::Failed,
        };
        Self::failed(outcome, failure)
    }
}

fn ending(verb: &str, outcome: &Reconciled, changed: bool) -> Ending {
    match &outcome.end {
        End::Done if verb == "uninstall" => {
            let message = if changed {
                "uninstalled: nothing of this owner is left"
            } else {
                "there was nothing to uninstall"
            };
            let word = if changed { OutcomeWord::Removed } else { OutcomeWord::Unchanged };
            Ending::well(word, message)
        }
        End::Done => {
            let is_error = |finding: &&Finding| finding.severity == Severity::Error;
            let errors: Vec<_> = outcome.findings.iter().filter(is_error).collect();
            let word = match errors.is_empty() {
                false => OutcomeWord::ReadyWithProblems,
                true if changed => OutcomeWord::Ready,
                true => OutcomeWord::Unchanged,
            };
            // Without the runtime's confirmation it is not known what the node runs.
            let what = outcome.desired.as_ref().map_or("the chain", Desired::what_runs);
            let what = match is_proven(outcome) {
                true => format!("the node runs {what}"),
                false if what == "the chain" => "the chain is published".to_owned(),
                false => format!("{what} is in place"),
            };
            let what = if changed { what } else { format!("{what} already") };
            Ending::well(word, what + &remaining(&errors))
        }
        End::KeptLastGood(why) => {
            let has_problem = outcome.findings.iter().any(|finding| finding.severity == Severity::Error);
            let word = if has_problem { OutcomeWord::ReadyWithProblems } else { OutcomeWord::Unchanged };
            Ending::well(word, *why)
        }
        End::SkippedNoWait(reason) => Ending::well(OutcomeWord::Waiting, &reason.text),
        End::Planned(plan) => planned_ending(plan),
        End::IoFailed(failed) => Ending::failed(OutcomeWord::Failed, &Failure::from(failed)),
        End::Fail(failure) => Ending::of_plan(failure),
        End::Stopped(exit, what) => {
            let message = format!("{} ended the wait for this: {what}", signal(*exit));
            Ending { outcome: OutcomeWord::Waiting, exit: *exit, code: None, message }
        }
        End::Released(exit) => {
            let message = format!("{} ended the watch; the node stays as it is", signal(*exit));
            Ending::well(OutcomeWord::Unchanged, message)
        }
    }
}

/// The name of the signal that ends a run with this exit code.
const fn signal(exit: Exit) -> &'static str {
    match exit {
        Exit::Interrupted => "SIGINT",
        _ => "SIGTERM",
    }
}

/// The rest of the sentence, if the node has errors that the chain did not bring: how many, and the first with its remedy.
fn remaining(errors: &[&Finding]) -> String {
    let Some(first) = errors.first() else { return String::new() };
    let count = match errors.len() {
        1 => "one error remains".to_owned(),
        more => format!("{more} errors remain, the first is"),
    };
    let remedy = first.remedy.lines().next().map(|remedy| format!(": {remedy}")).unwrap_or_default();
    format!("; {count}: {}{remedy}", first.message)
}

fn planned_ending(plan: &crate::plan::Plan) -> Ending {
    use crate::plan::Outcome;
    let changes = plan.changes().count();
    match &plan.outcome {
        Outcome::Fail(failure) => Ending::of_plan(failure),
        Outcome::SkippedNoWait(reason) => Ending::well(OutcomeWord::Waiting, &reason.text),
        Outcome::Wait(wait) => Ending::well(OutcomeWord::Waiting, &wait.reason.text),
        Outcome::Done | Outcome::KeptLastGood(_) if changes == 0 => {
            Ending::well(OutcomeWord::Planned, "nothing would be changed")
        }
        Outcome::Done | Outcome::KeptLastGood(_) => {
            Ending::well(OutcomeWord::Planned, format!("{changes} changes would be made; nothing was"))
        }
    }
}

fn planned(node: &Node, steps: &[Step]) -> Vec<Action> {
    steps
        .iter()
        .filter_map(|step| match step {
            Step::Change(change) => {
                let before = change.path().and_then(|path| node.bytes(path));
                Some(Action::of(change, before))
            }
            Step::Look(_) => None,
        })
        .collect()
}

fn primary(outcome: &Reconciled, desired: &Desired) -> Option<Primary> {
    let ready = crate::plan::primary_of(&outcome.node, &outcome.settings, desired)?;
    Some(Primary {
        path: ready.0.as_str().to_owned(),
        network: ready.1.network().to_owned(),
        cni_version: ready.1.cni_version().map(str::to_owned),
        sha256: Digest::of(ready.1.bytes()).to_string(),
        waited_ms: millis(outcome.waited),
    })
}

/// What the runtime must run where nothing is chained: the primary itself.
fn unchained(outcome: &Reconciled, desired: &Desired) -> Option<Chain> {
    let (path, conflist) = crate::plan::primary_of(&outcome.node, &outcome.settings, desired)?;
    Some(Chain {
        path: path.as_str().to_owned(),
        layout: desired.layout.word(),
        types: conflist.types().into_iter().map(str::to_owned).collect(),
        sha256: Digest::of(conflist.bytes()).to_string(),
        changed: false,
    })
}

fn chain(node: &Node, record: &Record, changed: bool) -> Option<Chain> {
    record.of_kind(Kind::Chain).find_map(|(path, written)| {
        let bytes = node.bytes(&path)?;
        let sha256 = Digest::of(bytes);
        let ours = written.is_chain(&sha256);
        let conflist = Conflist::read(path.name(), bytes, crate::cni::Libcni::V1_3).ok().filter(|_| ours)?;
        Some(Chain {
            path: path.as_str().to_owned(),
            layout: if written.place.is_own() { Layout::OwnFile.word() } else { Layout::InPlace.word() },
            types: conflist.types().into_iter().map(str::to_owned).collect(),
            sha256: sha256.to_string(),
            changed,
        })
    })
}

fn proof(node: &Node, chain: &Chain) -> Option<Proof> {
    let status = node.answers.containerd()?;
    let bytes = node.bytes(&HostPath::new(&chain.path).ok()?)?;
    let path = HostPath::new(&chain.path).ok()?;
    let rules = Libcni::of_containerd(&status.runtime_version);
    let list = Conflist::read(path.name(), bytes, rules).ok();
    let more = list.map(|list| appended_types(node, &path.parent(), &list)).unwrap_or_default();
    let types: Vec<String> = chain.types.iter().cloned().chain(more).collect();
    let proof = verify(status, bytes, &types);
    Some(Proof {
        network_ready: proof.network_ready,
        load_status: proof.load_status.as_deref().map(heard),
        loaded_sha256: proof.loaded.map(|digest| digest.to_string()),
        matches: proof.matches,
        pod: is_pod_started(node, status).then_some("started"),
    })
}

/// True if a pod started on the loaded networks: in this run, or in an earlier one of this boot.
fn is_pod_started(node: &Node, status: &Status) -> bool {
    let key = pod_question(node, status, Duration::ZERO).key;
    let now = node.answers.pod.as_ref().filter(|(asked, _)| *asked == key);
    let is_now = now.is_some_and(|(_, asked)| matches!(asked.said, Observed::Present(PodAnswer::Started(_))));
    is_now || node.has_started_pod(&key)
}

fn binaries(outcome: &Reconciled, desired: &Desired) -> Vec<Binary> {
    let dir = &desired.dirs.install;
    desired
        .binaries
        .iter()
        .map(|(name, _)| {
            let path = dir.join(name);
            let changed = outcome.done.iter().any(|(change, _)| {
                matches!(change, Change::Publish(Publish { path: written, .. }) if *written == path)
            });
            Binary { path: path.as_str().to_owned(), changed }
        })
        .collect()
}

fn runtime(outcome: &Reconciled, wrote_config: bool) -> Option<Runtime> {
    let restart = outcome.history.restart.as_ref();
    let rolled_back = outcome.done.iter().any(|(change, _)| {
        // A rollback by this run, by the rollback timer, or by an earlier run.
        matches!(change, Change::Mark(attempt) if attempt.phase == Phase::RollingBack
            || attempt.phase == Phase::Failed && attempt.trouble.is_some())
    });
    Some(Runtime {
        changed: wrote_config,
        restarted: restart.is_some_and(|restart| restart.back.is_some()),
        method: restart.map(|restart| restart.by.word()),
        downtime_ms: outcome.history.downtime().map(millis),
        rolled_back,
        ..runtime_of(&outcome.node)?
    })
}

/// The runtime as it reports itself; this run did nothing to it.
pub(super) fn runtime_of(node: &Node) -> Option<Runtime> {
    let runtime = node.answers.running()?;
    let service = node.answers.service.as_ref().and_then(|asked| asked.said.present());
    let config = service.and_then(|service| service.config.clone());
    Some(Runtime {
        name: runtime.name().to_string(),
        version: runtime.version().to_owned(),
        config_version: config.as_ref().and_then(|path| config_version(node.files.get(path)?)),
        config_path: config.map(|path| path.as_str().to_owned()),
        ..Runtime::default()
    })
}

fn config_version(observed: &Observed<crate::node::File>) -> Option<i64> {
    let Content::Bytes(bytes) = &observed.present()?.content else { return None };
    declared_version(bytes)
}

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
