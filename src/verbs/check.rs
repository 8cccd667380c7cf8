//! `check`: observes, asks the questions that change nothing, diagnoses. It writes nothing and takes no lock, except
//! with `--pod`, which makes a sandbox, removes it, and notes it in `/run` meanwhile.

use std::path::Path;
use std::time::Duration;

use super::build_report;
use super::command_output::CommandOutput;
use super::findings::{failed, judged, output_of};
use super::see::{How, ObservedNode, see};
use super::{pod, why};
use crate::cli::FindingsArgs;
use crate::diagnose::{CODES, PodSeen, Verdict, View, judge, pod_of, with_pod};
use crate::host::clock;
use crate::node::Node;
use crate::plan::{Settings, VerifyLevel};
use crate::reconcile::Stopped;
use crate::report::{Exit, Failure, Located, OutcomeWord, Report};

/// What `check` is asked for beside the findings.
pub(super) struct More {
    /// `--why`.
    pub(super) words: Option<String>,
    /// `--pod`.
    pub(super) pod: VerifyLevel,
}

/// Observes the node and reports what is wrong with it.
pub(super) fn check(
    settings: &Settings,
    host_root: &Path,
    args: &FindingsArgs,
    more: &More,
) -> CommandOutput {
    let began = clock::now();
    let elapsed = || clock::now().since(began);
    let words = more.words.as_deref();
    let report = match seen(settings, host_root, more.pod) {
        Ok(Seen { stopped: Some(by), .. }) => stopped(&by, elapsed()),
        Ok(seen) => {
            let view = View::new(&seen.node, settings, clock::wall()).at(&host_root.to_string_lossy());
            report(&view, seen.pod_unseen.clone(), args, words, elapsed)
        }
        Err(failure) => match words {
            // The table explains words without any node.
            Some(words) => without_a_node(words, &failure.to_string(), elapsed()),
            None => failed("check", &failure, elapsed()),
        },
    };
    output_of(report, CODES, args)
}

/// The report of a check that a signal ended.
fn stopped(stopped: &Stopped, elapsed: Duration) -> Report<Located> {
    let left = match stopped.left.as_slice() {
        [] => "nothing is left of the pod".to_owned(),
        left => format!("its sandbox may be left, and the next check --pod removes it: {}", left.join("; ")),
    };
    let message = format!("a signal ended the check while its pod was started; {left}");
    let bare = Report::bare("check", OutcomeWord::Failed, stopped.exit, message);
    Report { elapsed_ms: build_report::millis(elapsed), ..bare }
}

/// The report of `--why` where there is no node.
fn without_a_node(words: &str, reason: &str, elapsed: Duration) -> Report<Located> {
    // No node was judged, so none is called healthy.
    let bare = Report::bare("check", OutcomeWord::Unchanged, Exit::Done, String::new());
    let unseen = vec![format!("the node: {reason}")];
    why::explained(Report { unseen, elapsed_ms: build_report::millis(elapsed), ..bare }, words)
}

/// What was observed.
struct Seen {
    node: Node,
    /// The reason why it is not known if a pod starts.
    pod_unseen: Option<String>,
    /// The signal that ended it.
    stopped: Option<Stopped>,
}

/// Everything that a diagnosis needs, from a running node or from a copy of its files.
fn seen(settings: &Settings, host_root: &Path, pod: VerifyLevel) -> Result<Seen, Failure> {
    let ObservedNode { root, mut node, asking } = see(settings, host_root, &How::THOROUGHLY)?;
    if let (Some(asking), VerifyLevel::Pod { forced }) = (asking, pod) {
        return Ok(match pod::ask(&asking, &root, settings, &mut node, forced)? {
            pod::Asked::Answered(pod_unseen) => Seen { node, pod_unseen, stopped: None },
            pod::Asked::Stopped(exit) => Seen { node, pod_unseen: None, stopped: Some(exit) },
        });
    }
    let unseen = "a pod: these are files of a node and not a running node";
    let pod_unseen = (pod != VerifyLevel::Loaded).then(|| unseen.to_owned());
    Ok(Seen { node, pod_unseen, stopped: None })
}

fn report(
    view: &View<'_>,
    pod_unseen: Option<String>,
    args: &FindingsArgs,
    words: Option<&str>,
    elapsed: impl Fn() -> Duration,
) -> Report<Located> {
    if let (Some(words), false) = (words, view.is_a_node()) {
        let reason = "there is no runtime, no CNI directory and no kubelet here";
        return without_a_node(words, reason, elapsed());
    }
    let findings = with_pod(view.node(), judge(view));
    let pod = pod_of(view.node());
    let started = pod.as_ref().filter(|pod| pod.started).map(|pod| pod.addresses.join(", "));
    let started = started.map(|ips| format!("; a pod started and got {ips}")).unwrap_or_default();
    let pod_seen = match (&pod, &pod_unseen) {
        (Some(pod), _) if pod.started => PodSeen::Started,
        (_, Some(_)) => PodSeen::Unknown,
        _ => PodSeen::No,
    };
    let verdict = view.verdict(&findings, pod_seen);
    let verdict = Verdict { message: verdict.message + &started, ..verdict };
    let report = judged("check", findings, verdict, args.strict, elapsed());
    let unseen = view.unseen().into_iter().chain(pod_unseen).collect();
    let report = Report { unseen, pod, runtime: build_report::runtime_of(view.node()), ..report };
    match words {
        Some(words) => why::explained(report, words),
        None => report,
    }
}
