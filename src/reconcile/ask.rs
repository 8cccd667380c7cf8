//! Asks the plan's questions, and tells if the node must be observed again after the answers.

use std::sync::Arc;
use std::time::Duration;

use super::signals::Signals;
use super::{End, Reconciler, events};
use crate::host::{Root, clock};
use crate::node::{IoFailed, Node, Question};
use crate::observe::{Reply, Scope, answers};
use crate::plan::Settings;
use crate::report::Exit;

/// The age up to which an observation counts after an answer. Nothing is written on an old one: `apply` compares what a
/// plan was made for with the node.
const HOLDS: Duration = Duration::from_millis(250);

/// How long a run that a signal ends may still work at the removal of its sandbox: less than a pod's grace period (30 s).
const TIDIES: Duration = Duration::from_secs(20);

impl Reconciler {
    /// Asks the questions, all at once. A signal ends this, except in a restart, which is finished or rolled back first.
    pub(super) async fn ask(&mut self, questions: Vec<Question>) -> Option<End> {
        let in_a_restart = self.node.attempt().is_some_and(|attempt| attempt.is_in_hand());
        questions.iter().for_each(events::asked);
        let asking = ask(&self.root, &self.settings, &self.node, questions.clone());
        let replies = match until(&mut self.signals, in_a_restart, asking).await {
            Ok(replies) => replies,
            Err(exit) => {
                tidy(&self.root, &self.settings, &self.node, &questions).await;
                return Some(End::Stopped(exit, "an answer".to_owned()));
            }
        };
        for (question, reply) in questions.iter().zip(replies) {
            let before = (*question == Question::Runtime).then(|| self.node.answers.runtime.clone());
            reply.store(&mut self.node.answers);
            self.show_look();
            events::answered(question, &self.node.answers);
            if let (Some(before), Some(answer)) = (before, &self.node.answers.runtime) {
                self.history.note_answer(before.as_ref(), answer, clock::now());
            }
        }
        None
    }

    /// True if the last observation still counts: an observation now would read the same things, of the same runtime,
    /// and the last one is not old.
    pub(super) fn look_holds(&self) -> bool {
        let Some((scope, began)) = &self.last_look else { return false };
        let answers = &self.node.answers;
        let same_runtime =
            answers.runtime.as_ref().is_none_or(|asked| asked.incarnation == self.node.incarnation());
        same_runtime && clock::now().since(*began) < HOLDS && *scope == Scope::of(&self.settings, answers)
    }
}

/// The end of questions by a signal.
#[derive(Debug)]
pub struct Stopped {
    /// The exit code of the signal.
    pub exit: Exit,
    /// The reason for each sandbox that may be left.
    pub left: Vec<String>,
}

/// Asks questions whose answers make or remove a sandbox, for `check`, which has no loop. If a signal ends this, the
/// sandboxes are removed.
pub async fn ask_for_pods(
    root: &Arc<Root>,
    settings: &Settings,
    node: &Node,
    questions: Vec<Question>,
) -> Result<Result<Vec<Reply>, Stopped>, IoFailed> {
    let mut signals = Signals::new()?;
    let asking = ask(root, settings, node, questions.clone());
    Ok(match until(&mut signals, false, asking).await {
        Ok(replies) => Ok(replies),
        Err(exit) => Err(Stopped { exit, left: tidy(root, settings, node, &questions).await }),
    })
}

async fn ask(root: &Arc<Root>, settings: &Settings, node: &Node, questions: Vec<Question>) -> Vec<Reply> {
    answers(root, settings, node, questions).await
}

/// The replies, or the signal that ended the questions.
async fn until(
    signals: &mut Signals,
    to_the_end: bool,
    asking: impl Future<Output = Vec<Reply>>,
) -> Result<Vec<Reply>, Exit> {
    let mut asking = std::pin::pin!(asking);
    loop {
        if let Some(exit) = signals.came().filter(|_| !to_the_end) {
            return Err(exit);
        }
        tokio::select! {
            replies = &mut asking => return Ok(replies),
            () = signals.next() => {}
        }
    }
}

/// Removes what a question that was cut short has left: its note is not held any more, like that of a killed run. Returns
/// the reason for each sandbox that may be left.
async fn tidy(root: &Arc<Root>, settings: &Settings, node: &Node, questions: &[Question]) -> Vec<String> {
    if !questions.iter().any(Question::makes_a_pod) {
        return Vec::new();
    }
    let removal = ask(root, settings, node, vec![Question::LeftPods]);
    let left = match tokio::time::timeout(TIDIES, removal).await {
        Ok(replies) => replies.into_iter().flat_map(Reply::into_left).collect(),
        Err(_) => vec![format!("it was not removed within {TIDIES:?}")],
    };
    for why in &left {
        tracing::warn!("a sandbox may be left, and the next run removes it: {why}");
    }
    left
}
