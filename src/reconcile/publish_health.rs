//! Keeps the health of `watch` current, from what the loop does.

use super::Reconciler;
use super::outcome::End;
use crate::health::{RecomposedFor, State};
use crate::host::clock;
use crate::node::{Digest, Kind};
use crate::plan::{Change, Desired, Left, Plan, standing};
use crate::report::FailureCode;

impl Reconciler {
    /// The loop has looked, or has had an answer.
    pub(super) fn show_look(&mut self) {
        let Some(endpoints) = &self.endpoints else { return };
        self.health.looked = clock::now();
        self.health.events = self.watch.trouble();
        endpoints.show(&self.health);
    }

    /// A plan was made for the node as it is.
    pub(super) fn show_plan(&mut self, desired: &Desired, plan: &Plan) {
        if self.endpoints.is_none() {
            return;
        }
        self.health.state = State::of(plan, &self.findings);
        self.show_standing(desired);
        let mark = plan.first_changes().find_map(|change| match change {
            Change::Mark(attempt) if attempt.is_in_hand() => Some(attempt.deadline()),
            _ => None,
        });
        self.health.standing.restart_until = mark.or(self.health.standing.restart_until);
        self.show_look();
    }

    /// The loop stays at this end.
    pub(super) fn show_end(&mut self, end: &End) {
        if self.endpoints.is_none() {
            return;
        }
        let has_failed = matches!(end, End::Fail(_));
        self.health.started |= !has_failed || self.options.continues;
        match end {
            End::Fail(failure) => {
                let is_contended =
                    matches!(failure.code, FailureCode::ChangeUndone | FailureCode::FileKeepsChanging);
                self.health.counts.contention += u64::from(is_contended && !self.health.is_contended);
                self.health.is_contended = is_contended;
                self.health.state = State::Failed(failure.clone());
            }
            End::Done | End::KeptLastGood(_) => {
                self.health.is_contended = false;
                self.health.state = State::at_rest(&self.findings);
            }
            _ => {}
        }
        if let Some(desired) = self.desired.clone() {
            self.show_standing(&desired);
        }
        self.show_look();
    }

    fn show_standing(&mut self, desired: &Desired) {
        let now = clock::now();
        let standing = standing(&self.node, &self.settings, desired, &self.history, now);
        if standing.has_primary {
            self.health.primary_gone = None;
        } else {
            self.health.primary_gone.get_or_insert(now);
        }
        if standing.in_place && self.health.proves && standing.asked != self.health.standing.asked {
            self.health.proven_at = Some(clock::wall());
        }
        self.health.owner.clone_from(&desired.owner);
        self.health.standing = standing;
    }

    /// Counts a change. `before` are the bytes of its file from before.
    pub(super) fn count(&mut self, change: &Change, before: Option<&[u8]>) {
        match change {
            Change::Restart { .. } => self.health.counts.restarts += 1,
            Change::Publish(publish) if publish.kind == Kind::Chain => {
                let last = self.history.left.get(&publish.path);
                let cause = match (last, before) {
                    (None | Some(Left::Nothing), _) => RecomposedFor::First,
                    (Some(_), None) => RecomposedFor::Removed,
                    (Some(Left::Bytes(digest)), Some(bytes)) if *digest == Digest::of(bytes) => {
                        RecomposedFor::Primary
                    }
                    (Some(_), Some(_)) => RecomposedFor::Rewritten,
                };
                *self.health.counts.recompositions.entry(cause).or_default() += 1;
            }
            _ => {}
        }
    }
}
