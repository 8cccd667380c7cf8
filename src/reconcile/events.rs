//! One debug event for each step of the loop: observed, asked, answered, planned, applied, waiting, woke, ended; with
//! hashes and stamps at trace. An event has names, paths, kinds, counts and hashes, never the bytes of a file or of
//! an answer. Secrets in messages of other programs are masked when the message is read.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::Level;

use super::outcome::End;
use crate::node::{Answers, Asked, Content, Dir, File, HostPath, Node, Observed, Question, Stamp};
use crate::plan::{Change, Left, Outcome, Plan, Step, Wait};
use crate::report::Failure;

/// The number of paths in one event.
const NAMED: usize = 16;

/// The stamps of files and of directories in an observation, if debug events are logged. Their bytes are not kept.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<HostPath, Observed<Stamp>>, BTreeMap<HostPath, Observed<Stamp>>);

impl Seen {
    pub(super) fn of(node: &Node) -> Self {
        if !tracing::enabled!(Level::DEBUG) {
            return Self::default();
        }
        Self(
            node.files.iter().map(|(path, file)| (path.clone(), stamp(file, |file| file.stamp))).collect(),
            node.dirs.iter().map(|(path, dir)| (path.clone(), stamp(dir, |dir| dir.stamp))).collect(),
        )
    }
}

fn stamp<T>(seen: &Observed<T>, of: impl Fn(&T) -> Stamp) -> Observed<Stamp> {
    match seen {
        Observed::Present(thing) => Observed::Present(of(thing)),
        Observed::Absent => Observed::Absent,
        Observed::Unknown(why) => Observed::Unknown(why.clone()),
    }
}

/// The node was observed: counts, and the files and directories that differ from the last observation.
pub(super) fn observed(before: &Seen, node: &Node) {
    if !tracing::enabled!(Level::DEBUG) {
        return;
    }
    let files: Vec<_> = node
        .files
        .iter()
        .filter(|(path, file)| before.0.get(*path) != Some(&stamp(file, |file| file.stamp)))
        .collect();
    let dirs: Vec<_> = node
        .dirs
        .iter()
        .filter(|(path, dir)| before.1.get(*path) != Some(&stamp(dir, |dir| dir.stamp)))
        .collect();
    let changed = files.iter().map(|(path, _)| *path).chain(dirs.iter().map(|(path, _)| *path));
    tracing::debug!(
        files = node.files.len(),
        directories = node.dirs.len(),
        changed = files.len() + dirs.len(),
        paths = words(changed.take(NAMED).map(HostPath::as_str)),
        runtime = node.incarnation().map(|incarnation| incarnation.0),
        "observed"
    );
    if tracing::enabled!(Level::TRACE) {
        for (path, file) in files {
            trace_file(path, file);
        }
        for (path, dir) in dirs {
            trace_dir(path, dir);
        }
    }
}

fn trace_file(path: &HostPath, file: &Observed<File>) {
    let path = path.as_str();
    let file = match file {
        Observed::Present(file) => file,
        Observed::Absent => return tracing::trace!(path, "file absent"),
        Observed::Unknown(why) => return tracing::trace!(path, why, "file unknown"),
    };
    let unread = match &file.content {
        Content::Unread(why) => Some(why.as_str()),
        Content::Bytes(_) | Content::Digest(_) => None,
    };
    tracing::trace!(
        path,
        sha256 = file.content.digest().as_ref().map(crate::node::Digest::as_str),
        unread,
        size = file.stamp.size,
        stamp = ?file.stamp,
        "file"
    );
}

fn trace_dir(path: &HostPath, dir: &Observed<Dir>) {
    let path = path.as_str();
    match dir {
        Observed::Present(dir) => {
            tracing::trace!(path, names = dir.names.len(), mount = dir.mount.point, stamp = ?dir.stamp, "directory");
        }
        Observed::Absent => tracing::trace!(path, "directory absent"),
        Observed::Unknown(why) => tracing::trace!(path, why, "directory unknown"),
    }
}

/// A question is asked because the plan needs its answer.
pub(super) fn asked(question: &Question) {
    tracing::debug!(question = question.word(), about = question.about(), "asked");
}

/// The question was answered, or the answer is unknown.
pub(super) fn answered(question: &Question, answers: &Answers) {
    let answer = match question {
        Question::Runtime => answers.runtime.as_ref().map(of),
        Question::Sandboxes => answers.sandboxes.as_ref().map(of),
        Question::RunningPods => answers.running_pods.as_ref().map(of),
        Question::Service | Question::RestartMethods { .. } => answers.service.as_ref().map(of),
        Question::Version(asked) => answers.versions.get(&asked.plugin).map(|(_, answer)| of(answer)),
        Question::DryLoad { key, .. } => answers.dry_loads.get(key).map(of),
        Question::Pod(asked) => {
            answers.pod.as_ref().filter(|(key, _)| *key == asked.key).map(|(_, answer)| of(answer))
        }
        Question::LeftPods => answers.left_pods.as_ref().map(of),
    };
    let (answer, why) = answer.unwrap_or(("absent", None));
    tracing::debug!(question = question.word(), about = question.about(), answer, why, "answered");
    if *question == Question::Runtime {
        trace_runtime(answers);
    }
}

fn of<T>(asked: &Asked<T>) -> (&'static str, Option<&str>) {
    match &asked.said {
        Observed::Present(_) => ("present", None),
        Observed::Absent => ("absent", None),
        Observed::Unknown(why) => ("unknown", Some(why)),
    }
}

fn trace_runtime(answers: &Answers) {
    let Some(runtime) = answers.running() else { return };
    let status = runtime.containerd();
    tracing::trace!(
        name = %runtime.name(),
        version = runtime.version(),
        network_ready = status.map(|status| status.network_ready),
        load_status = status.and_then(|status| status.load_status.as_deref()).map(crate::node::heard),
        "runtime"
    );
    for network in status.into_iter().flat_map(|status| status.networks.iter().flatten()) {
        let sha256 = network.source.as_ref().map(|text| crate::node::Digest::of(text.as_bytes()).to_string());
        let types = words(network.types.iter().map(String::as_str));
        tracing::trace!(interface = network.ifname, name = network.name, types, sha256, "loaded network");
    }
}

/// A plan was made: its steps in order, the codes of its findings, and its outcome.
pub(super) fn planned(plan: &Plan) {
    let (outcome, code, why) = match &plan.outcome {
        Outcome::Done => ("done", None, None),
        Outcome::KeptLastGood(why) => ("kept-last-good", None, Some(*why)),
        Outcome::SkippedNoWait(reason) => ("skipped-no-wait", None, Some(reason.text.as_str())),
        Outcome::Wait(wait) => ("wait", None, Some(wait.reason.text.as_str())),
        Outcome::Fail(failure) => ("fail", Some(failure.code.name()), Some(failure.sentence.as_str())),
    };
    let word = |step: &Step| match step {
        Step::Change(change) => change.word(),
        Step::Look(_) => "look",
    };
    let steps = words(plan.steps.iter().map(word));
    let findings = words(plan.findings.iter().map(|finding| finding.code));
    tracing::debug!(steps, findings, outcome, code, why, "planned");
    for change in plan.changes() {
        trace_change(change, "change planned");
    }
}

/// Changes were made.
pub(super) fn applied(done: &[Change]) {
    tracing::debug!(changes = words(done.iter().map(Change::word)), "applied");
    for change in done {
        trace_change(change, "change applied");
    }
}

fn trace_change(change: &Change, event: &str) {
    if !tracing::enabled!(Level::TRACE) {
        return;
    }
    let sha256 = match change.leaves() {
        Some((_, Left::Bytes(digest))) => Some(digest.to_string()),
        _ => None,
    };
    tracing::trace!(kind = change.word(), path = change.path().map(HostPath::as_str), sha256, "{event}");
}

/// A file has changed since the plan was made: nothing was changed, and the node is observed again.
pub(super) fn stale(path: &HostPath) {
    tracing::debug!(path = path.as_str(), "stale");
}

/// The loop waits: the reason, and the longest time until the next observation.
pub(super) fn waiting(wait: &Wait, at_most: Duration) {
    let at_most_ms = u64::try_from(at_most.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(kind = ?wait.reason.kind, reason = wait.reason.text, at_most_ms, "waiting");
}

/// A wait ended because of `file`, `timer` or `signal`.
pub(super) fn woke(by: &'static str) {
    tracing::debug!(by, "woke");
}

/// The loop ended: the end, and the code of a failure.
pub(super) fn ended(end: &End) {
    let (end, code) = match end {
        End::Done => ("done", None),
        End::KeptLastGood(_) => ("kept-last-good", None),
        End::SkippedNoWait(_) => ("skipped-no-wait", None),
        End::Planned(_) => ("planned", None),
        End::Fail(failure) => ("fail", Some(failure.code)),
        End::IoFailed(failed) => ("fail", Some(Failure::from(failed).code)),
        End::Stopped(..) | End::Released(_) => ("stopped", None),
    };
    tracing::debug!(end, code = code.map(crate::report::FailureCode::name), "ended");
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}
