//! The last pass of `install`: what `check` would call an error is told (promise 12 of the contract). It reads, and
//! asks only what starts no program, unless the run changed something.

use std::sync::Arc;

use super::Reconciler;
use super::outcome::End;
use crate::distro;
use crate::host::thread;
use crate::judgement::{errors, errors_after, makes, missing, questions};
use crate::node::{HostPath, IoFailed};
use crate::observe::{kubelet, read};
use crate::plan::{Desired, Goal, Outcome, Plan};

impl Reconciler {
    /// Judges the node if this plan is the last one, and adds the errors to the findings. A dry run judges the node
    /// that the plan would make.
    pub(super) async fn judge(&mut self, desired: &Desired, plan: &Plan) -> Result<Option<End>, IoFailed> {
        let succeeds = matches!(plan.outcome, Outcome::Done | Outcome::KeptLastGood(_));
        let changes = plan.first_changes().next().is_some();
        if self.settings.goal != Goal::Install || !succeeds || changes && !self.options.dry_run {
            return Ok(None);
        }
        let has_changed = !self.done.is_empty();
        self.complete(has_changed).await?;
        let questions = questions(&self.node, &self.settings, has_changed);
        if !questions.is_empty()
            && let Some(end) = self.ask(questions).await
        {
            return Ok(Some(end));
        }
        self.complete(has_changed).await?;
        let mounted_at = self.root.mounted_at().display().to_string();
        let host_root = mounted_at.as_str();
        let found = if changes {
            errors_after(&self.node, &self.settings, host_root, desired, plan)
        } else {
            errors(&self.node, &self.settings, host_root, self.history.changed)
        };
        self.findings.retain(|finding| !makes(finding));
        self.findings.extend(found);
        Ok(None)
    }

    /// Reads until no request is missing. A few rounds are enough, because chains of references are short.
    async fn complete(&mut self, starts_programs: bool) -> Result<(), IoFailed> {
        let (root, settings) = (Arc::clone(&self.root), Arc::clone(&self.settings));
        let mut node = std::mem::take(&mut self.node);
        self.node = thread::run(move || {
            if node.observations.kubelet.is_none() {
                let usual: Vec<HostPath> =
                    distro::kubelet_programs().into_iter().map(HostPath::known).collect();
                node.observations.kubelet = Some(kubelet(&root, &usual, starts_programs));
            }
            for _ in 0..16 {
                let requests = missing(&node, &settings);
                if requests.is_empty() {
                    break;
                }
                read(&root, requests, &mut node);
            }
            node
        })
        .await?;
        Ok(())
    }
}
