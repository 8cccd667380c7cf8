//! `check --pod`: asks if a pod starts.

use std::sync::Arc;
use std::time::Duration;

use super::open::EventLoop;
use crate::diagnose::{View, pod_not_known};
use crate::host::Root;
use crate::node::{HostPath, Node, Question, RUN_DIR, ReadRequest};
use crate::observe::read;
use crate::plan::{Settings, asks_api, cannot_note, pod_question};
use crate::reconcile::{Stopped, ask_for_pods};
use crate::report::Failure;

/// How long a pod may take to start. The kubelet gives it four minutes; `check` has somebody waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// The result of the question.
pub(super) enum Asked {
    /// It was answered; the text is the reason if it is still not known.
    Answered(Option<String>),
    /// A signal ended it.
    Stopped(Stopped),
}

/// Asks if a pod starts, and removes what earlier runs left. The answers are in `node`.
pub(super) fn ask(
    asking: &EventLoop,
    root: &Arc<Root>,
    settings: &Settings,
    node: &mut Node,
    forced: bool,
) -> Result<Asked, Failure> {
    let run = HostPath::known(RUN_DIR);
    let dirs = std::iter::successors(Some(run), |dir| Some(dir.parent()).filter(|parent| parent != dir));
    read(root, dirs.map(ReadRequest::Dir).collect(), node);
    let mut questions = Vec::new();
    if node.has_noted_pods() {
        questions.push(Question::LeftPods);
    }
    let question = question(node, settings, forced);
    let reason = question.as_ref().err().cloned();
    questions.extend(question);
    for question in questions {
        let replies = asking.block_on(ask_for_pods(root, settings, node, vec![question]));
        match replies.map_err(|failed| Failure::from(&failed))? {
            Ok(replies) => replies.into_iter().for_each(|reply| reply.store(&mut node.answers)),
            Err(stopped) => return Ok(Asked::Stopped(stopped)),
        }
    }
    Ok(Asked::Answered(reason.or_else(|| pod_not_known(node)).map(|why| format!("a pod: {why}"))))
}

/// The question, or the reason why it is not asked.
fn question(node: &Node, settings: &Settings, forced: bool) -> Result<Question, String> {
    let view = View::new(node, settings, 0);
    let Some(status) = view.status() else {
        return Err("none was started, because no containerd answers".to_owned());
    };
    if let Some(why) = cannot_note(node) {
        return Err(format!(
            "none was started, because its sandbox cannot be noted before it is made: {why}"
        ));
    }
    match asks_api(status).filter(|_| !forced) {
        Some(plugin) => Err(format!(
            "none was started, because the plugin {plugin:?} may ask the Kubernetes API for a pod, and the cluster \
             does not know this one; --pod=force starts it nevertheless"
        )),
        None => Ok(Question::Pod(pod_question(node, status, PATIENCE))),
    }
}
