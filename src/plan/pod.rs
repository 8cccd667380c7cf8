//! `--verify pod`: the proof that a pod starts on the chain.
//!
//! It comes last, when nothing else is left to do, and is asked once in a boot for the same loaded networks and the same
//! start of the runtime: what a pod started on is kept in `/run`.

use std::time::Duration;

use crate::cni::{Composed, Conflist, Libcni, asks_no_api};
use crate::messages::explain;
use crate::node::{
    Answers, Digest, Dir, HostPath, Node, Observed, PodAnswer, PodQuestion, Question, RUN_DIR, Status, heard,
};
use crate::plan::blocked::Blocked;
use crate::plan::chain::appended::appended_types;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::draft::Draft;
use crate::plan::settings::VerifyLevel;
use crate::report::codes::{check, install};
use crate::report::{Failure, FailureCode, Finding, Severity};

/// The question for the networks that the runtime has loaded.
pub fn pod_question(node: &Node, status: &Status, patience: Duration) -> PodQuestion {
    let default = status.live.default_runtime.as_deref();
    let drivers = &status.live.systemd_cgroup;
    let is_systemd = match default {
        Some(name) => drivers.get(name).copied().unwrap_or_default(),
        None => drivers.values().any(|systemd| *systemd),
    };
    // runc's systemd driver needs a slice; with the other driver the runtime's own parent is right (containerd
    // `getCgroupsPath`). The slice is not the pods' own, whose limits are the kubelet's.
    PodQuestion {
        key: key(node, status),
        cgroup_parent: if is_systemd { "system.slice" } else { "" },
        patience,
    }
}

/// The hash of what a pod starts on: the loaded networks and the runtime's start.
fn key(node: &Node, status: &Status) -> Digest {
    let mut text = node.incarnation().map(|incarnation| incarnation.0).unwrap_or_default();
    for network in status.networks.iter().flatten() {
        let words = [&network.name, network.source.as_deref().unwrap_or_default(), &network.types.join(" ")];
        text.extend(words.into_iter().flat_map(|word| ["\n", word]));
    }
    Digest::of(text.as_bytes())
}

/// The loaded plugin that may need an API of Kubernetes, so that a pod which the cluster does not know may fail on it.
pub fn asks_api(status: &Status) -> Option<String> {
    let networks = status.networks.as_deref().unwrap_or_default();
    networks.iter().find_map(|network| {
        let unknown = network.types.iter().find(|plugin| !asks_no_api(plugin)).cloned();
        let list = || {
            Conflist::read("x.conflist", network.source.as_deref()?.as_bytes(), Libcni::V1_3).ok()?.asks_api()
        };
        unknown.or_else(list)
    })
}

/// The reason why the note of a sandbox cannot be written; `None` if it can.
pub fn cannot_note(node: &Node) -> Option<String> {
    let mut at = HostPath::known(RUN_DIR);
    loop {
        match node.dirs.get(&at) {
            Some(Observed::Present(dir)) => return denied(node, &at, dir),
            Some(Observed::Unknown(why)) => return Some(format!("{at}: {why}")),
            None => return Some(format!("{at} is not visible here")),
            Some(Observed::Absent) if at == at.parent() => return Some(format!("{at} is not visible here")),
            Some(Observed::Absent) => at = at.parent(),
        }
    }
}

fn denied(node: &Node, at: &HostPath, dir: &Dir) -> Option<String> {
    if node.in_container && dir.mount.own_root {
        return Some(format!("{RUN_DIR} is not mounted from the host"));
    }
    dir.write_denied.as_ref().map(|why| format!("{at} cannot be written: {why}"))
}

/// Reasons to refuse, before the first change.
pub(in crate::plan) fn refusal(
    cx: &PlanContext<'_>,
    chain: &HostPath,
    composed: &Composed,
) -> Result<(), Blocked> {
    let VerifyLevel::Pod { forced } = cx.settings.verify else { return Ok(()) };
    if !cx.settings.dry_run
        && let Some(why) = cannot_note(cx.node)
    {
        return Err(Blocked::refused(
            FailureCode::MountMissing,
            format!(
                "--verify pod notes its sandbox in {RUN_DIR} before it is made, and that cannot be done: {why}"
            ),
            format!(
                "mount the host directory {RUN_DIR} read-write below --host-root (hostPath, DirectoryOrCreate)"
            ),
        ));
    }
    let Ok(list) = Conflist::of(chain.name(), &composed.bytes, cx.rules()) else { return Ok(()) };
    let more =
        appended_types(cx.node, &chain.parent(), &list).into_iter().find(|plugin| !asks_no_api(plugin));
    match list.asks_api().or(more).filter(|_| !forced) {
        Some(plugin) => Err(needs_api(&plugin)),
        None => Ok(()),
    }
}

fn needs_api(plugin: &str) -> Blocked {
    Blocked::refused(
        FailureCode::PodNeedsApi,
        format!(
            "--verify pod starts a pod that the cluster does not know, and the plugin {plugin:?} may ask the \
             Kubernetes API for it, so its failure would prove nothing"
        ),
        "leave --verify at loaded, or force it with --verify pod!",
    )
}

/// Asks what became of the sandboxes that earlier runs noted, once.
pub(in crate::plan) fn left(cx: &PlanContext<'_>) -> Option<Question> {
    let is_asked = cx.node.answers.left_pods.is_some() || cx.settings.dry_run;
    let can_answer = matches!(cx.runtime(), RuntimeState::Status(_));
    (!is_asked && can_answer && cx.node.has_noted_pods()).then_some(Question::LeftPods)
}

/// The sandboxes that could not be removed.
pub fn left_findings(answers: &Answers) -> Vec<Finding> {
    let left = answers.left_pods.as_ref().and_then(|asked| asked.said.present());
    let finding = |why: &String| Finding {
        code: check::POD_LEFT.name,
        severity: Severity::Warning,
        subject: RUN_DIR.to_owned(),
        message: format!(
            "the sandbox of the test pod could not be removed: {}. It stays noted, and the next run of install, \
             uninstall or check --pod removes it",
            heard(why)
        ),
        remedy: "cni-bootstrap check --pod   # once the cause is mended".to_owned(),
    };
    left.into_iter().flat_map(|left| &left.left).map(finding).collect()
}

/// Ends a plan of `install` with the proof that a pod starts, if nothing else is left to do.
pub(in crate::plan) fn started(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    end: Result<(), Blocked>,
) -> Result<(), Blocked> {
    end?;
    let VerifyLevel::Pod { forced } = cx.settings.verify else { return Ok(()) };
    let RuntimeState::Status(status) = cx.runtime() else { return Ok(()) };
    if !draft.steps.is_empty() || cx.settings.dry_run || cx.settings.verify_timeout.is_zero() {
        return Ok(());
    }
    let question = pod_question(cx.node, status, cx.settings.verify_timeout);
    if cx.node.has_started_pod(&question.key) {
        return Ok(());
    }
    if let (Some(plugin), false) = (asks_api(status), forced) {
        return Err(needs_api(&plugin));
    }
    let asked = cx.node.answers.pod.as_ref().filter(|(key, _)| *key == question.key);
    let Some((_, asked)) = asked else { return Err(Blocked::ask(Question::Pod(question))) };
    let why = match &asked.said {
        Observed::Present(PodAnswer::Started(_)) => return Ok(()),
        Observed::Present(PodAnswer::Failed(words)) => return Err(failure(words).into()),
        Observed::Present(PodAnswer::NotKnown(why)) | Observed::Unknown(why) => why,
        Observed::Absent => "no runtime socket exists",
    };
    draft.findings.push(Finding {
        code: install::POD_NOT_JUDGED.name,
        severity: Severity::Warning,
        subject: "pod".to_owned(),
        message: format!("it is not known if a pod starts: {}", heard(why)),
        remedy: "cni-bootstrap check --pod".to_owned(),
    });
    Ok(())
}

fn failure(words: &str) -> Failure {
    let told = explain(words);
    let first = told.first();
    let meaning = first.map(|told| format!(". {}", told.meaning.trim_end_matches('.'))).unwrap_or_default();
    let remedy = first.map_or_else(
        || "cni-bootstrap check --pod; journalctl -u containerd -n 50".to_owned(),
        |told| told.look.clone(),
    );
    Failure::new(
        FailureCode::PodDoesNotStart,
        format!("a pod does not start: {}{meaning}", heard(words)),
        remedy,
    )
}
