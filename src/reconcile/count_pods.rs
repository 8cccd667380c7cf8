//! Counts the pods that run without the chain, for the metrics of `watch`. The runtime is asked only where a metric is
//! read: with `--listen`.

use std::sync::Arc;

use super::Reconciler;
use crate::host::{clock, thread};
use crate::judgement::{pods_without_chain, question_of_pods, reads_of_pods};
use crate::node::IoFailed;
use crate::observe::read;

impl Reconciler {
    /// Counts them anew, unless that was done a moment ago. A count that is not known is not kept.
    pub(super) async fn count_pods(&mut self) -> Result<(), IoFailed> {
        if self.options.listen.is_empty() || !self.counts.wait(clock::now()).is_zero() {
            return Ok(());
        }
        self.counts.take(clock::now());
        let question = question_of_pods(&self.node, &self.settings);
        // A signal that ends the question is heeded where the loop waits next.
        if let Some(question) = question
            && self.ask(vec![question]).await.is_some()
        {
            return Ok(());
        }
        let requests = reads_of_pods(&self.node, &self.settings);
        let (root, settings) = (Arc::clone(&self.root), Arc::clone(&self.settings));
        let mut node = self.node.clone();
        let count = thread::run(move || {
            read(&root, requests, &mut node);
            pods_without_chain(&node, &settings)
        });
        self.health.pods_without_chain = count.await?.map(|pods| u64::try_from(pods).unwrap_or(u64::MAX));
        self.show_look();
        Ok(())
    }
}
