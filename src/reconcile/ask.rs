//! Asks the plan's questions, and tells if the node must be observed again after the answers.

use std::time::Duration;

use super::{End, Reconciler, events};
use crate::host::clock;
use crate::node::Question;
use crate::observe::{Scope, answers};

/// The age up to which an observation counts after an answer. Nothing is written on an old one: `apply` compares what a
/// plan was made for with the node.
const HOLDS: Duration = Duration::from_millis(250);

impl Reconciler {
    /// Asks the questions, all at once. A signal ends this, except in a restart, which is finished or rolled back first.
    pub(super) async fn ask(&mut self, questions: Vec<Question>) -> Option<End> {
        let in_a_restart = self.node.attempt().is_some_and(|attempt| attempt.is_in_hand());
        questions.iter().for_each(events::asked);
        let mut asking = Box::pin(answers(&self.root, &self.settings, &self.node, questions.clone()));
        let replies = loop {
            if let Some(exit) = self.signals.came().filter(|_| !in_a_restart) {
                return Some(End::Stopped(exit, "an answer".to_owned()));
            }
            tokio::select! {
                replies = &mut asking => break replies,
                () = self.signals.next() => {}
            }
        };
        drop(asking);
        for (question, reply) in questions.iter().zip(replies) {
            let before = (*question == Question::Runtime).then(|| self.node.answers.runtime.clone());
            reply.store(&mut self.node.answers);
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
