//! The last pass of `install`: what `check` would call an error is told (promise 12 of the contract). It reads and asks
//! what `check` asks, except of files that have answered an earlier run.

use std::sync::Arc;

use super::Reconciler;
use super::outcome::End;
use crate::distro;
use crate::host::thread;
use crate::judgement::{errors, errors_after, is_live, makes, missing, questions, recall, remembers};
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
        self.complete().await?;
        recall(&mut self.node);
        let questions = questions(&self.node, &self.settings);
        if !questions.is_empty()
            && let Some(end) = self.ask(questions).await
        {
            return Ok(Some(end));
        }
        self.complete().await?;
        self.remember().await;
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

    /// Notes the answers for the next run. Without the note that run asks again.
    async fn remember(&mut self) {
        let Some(answers) = remembers(&self.node, &self.settings).filter(|_| !self.options.dry_run) else {
            return;
        };
        let root = Arc::clone(&self.root);
        let noted = thread::run(move || crate::apply::remember(&root, &answers)).await;
        if let Err(why) = noted.and_then(|noted| noted) {
            tracing::debug!("the answers of the host's programs are not remembered: {why}");
        }
    }

    /// Reads until no request is missing. A few rounds are enough, because chains of references are short.
    async fn complete(&mut self) -> Result<(), IoFailed> {
        let (root, settings) = (Arc::clone(&self.root), Arc::clone(&self.settings));
        let mut node = std::mem::take(&mut self.node);
        self.node = thread::run(move || {
            for _ in 0..16 {
                let requests = missing(&node, &settings);
                if requests.is_empty() {
                    break;
                }
                read(&root, requests, &mut node);
            }
            if node.observations.kubelet.is_none() {
                let usual: Vec<HostPath> =
                    distro::kubelet_programs().into_iter().map(HostPath::known).collect();
                let starts_program = is_live(&node, &settings);
                let seen = kubelet(&root, &usual, starts_program, &node.remembered());
                node.observations.kubelet = Some(seen);
            }
            node
        })
        .await?;
        Ok(())
    }
}
