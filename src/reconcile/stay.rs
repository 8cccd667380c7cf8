//! `watch`: the loop does not stop when nothing is left to do. It waits for a change, and goes on with new deadlines.

use std::time::Duration;

use super::limits::{RESCAN, rescan, retries};
use super::outcome::End;
use super::{Reconciler, events};
use crate::host::clock;
use crate::node::{IoFailed, Moment};
use crate::plan::Desired;
use crate::report::{Exit, Severity};

impl Reconciler {
    /// Waits at this end until the node has changed, or until it is time to look for what makes no event. `None`: the
    /// loop goes on.
    pub(super) async fn stay(&mut self, end: End) -> Result<Option<End>, IoFailed> {
        if self.settings.stays.is_none() || is_last(&end) {
            return Ok(Some(end));
        }
        let failed = matches!(end, End::Fail(_));
        // The plan of a failure may have changed the node, and the first observation came before the watch.
        let planned_on = (!self.outdated).then(|| self.node.clone());
        let was_watching = std::mem::replace(&mut self.watching, true);
        if self.outdated || !was_watching {
            self.look().await?;
        }
        let mut changed = planned_on.is_some_and(|planned_on| !self.node.has_same_inputs(&planned_on));
        self.show_end(&end);
        let now = clock::now();
        let due = now.after(if failed {
            self.retries.next()
        } else {
            self.retries = retries();
            rescan(self.health.standing.network_ready)
        });
        self.tell(&end, due.since(now));
        self.count_pods().await?;
        let before = self.node.clone();
        // Who undoes the chain goes on to write, and its events need no look.
        let is_contended = matches!(&end, End::Fail(failure) if failure.exit() == Exit::Contended);
        while !changed && clock::now() < due {
            if let Some(exit) = self.until_news(due, !is_contended).await {
                return Ok(Some(stopped(exit, &end)));
            }
            self.look().await?;
            changed = !self.node.has_same_inputs(&before);
        }
        if changed {
            self.retries = retries();
        }
        self.begin_anew(failed || changed);
        Ok(None)
    }

    /// Waits for a file event, for the next observation, or for a signal, which is returned.
    async fn until_news(&mut self, due: Moment, with_events: bool) -> Option<Exit> {
        if self.signals.came().is_none() {
            let poll = if self.watch.is_blind() { self.options.max.min(RESCAN) } else { RESCAN };
            let rest = due.since(clock::now()).min(poll);
            tokio::select! {
                () = self.watch.event(), if with_events => events::woke("file"),
                () = tokio::time::sleep(rest) => events::woke("timer"),
                () = self.signals.next() => events::woke("signal"),
            }
        }
        self.signals.came()
    }

    /// Begins a run in the same process: deadlines count from now, and the runtime is asked again. What must not be
    /// done twice for one reason stays remembered.
    fn begin_anew(&mut self, with_deadlines: bool) {
        self.history.begin_anew(clock::now(), with_deadlines);
        self.primary_came = None;
        self.intervals.reset();
        self.done.clear();
        self.earlier_findings.clear();
    }

    /// Logs what is wrong with the file events, if that is news.
    pub(super) fn tell_trouble(&mut self) {
        let trouble = self.watch.trouble();
        if let Some(trouble) = trouble.as_ref().filter(|_| self.told_trouble != trouble) {
            tracing::warn!("{trouble}");
        }
        self.told_trouble = trouble;
    }

    /// Logs what the node has come to, if that is news.
    fn tell(&mut self, end: &End, again: Duration) {
        let (line, bad) = match end {
            End::Fail(failure) => (failure.to_string(), true),
            End::KeptLastGood(why) => ((*why).to_owned(), true),
            End::SkippedNoWait(reason) => (reason.text.clone(), true),
            _ => {
                let what = self.desired.as_ref().map_or("the chain", Desired::what_runs);
                match self.findings.iter().find(|finding| finding.severity == Severity::Error) {
                    Some(error) => {
                        (format!("{what} is in place; one error remains: {}", error.message), true)
                    }
                    None => (format!("{what} is in place; watching it"), false),
                }
            }
        };
        let is_known = self.done.is_empty() && self.told.as_ref() == Some(&line);
        if is_known || !self.tells.wait(clock::now()).is_zero() {
            return;
        }
        self.tells.take(clock::now());
        match end {
            End::Fail(_) => {
                let again = Duration::from_secs(again.as_secs());
                tracing::warn!(
                    "{line}; tried again after a change, else in {}",
                    humantime::format_duration(again)
                );
            }
            _ if bad => tracing::warn!("{line}"),
            _ => tracing::info!("{line}"),
        }
        self.told = Some(line);
    }
}

/// True for an end that also ends `watch`: what only another mount, grant or command line mends, and a signal.
fn is_last(end: &End) -> bool {
    match end {
        End::Fail(failure) => {
            matches!(failure.exit(), Exit::Unexpected | Exit::Usage | Exit::Permission)
        }
        End::Done | End::KeptLastGood(_) | End::SkippedNoWait(_) => false,
        End::Planned(_) | End::IoFailed(_) | End::Stopped(..) | End::Released(_) => true,
    }
}

/// The end by a signal while the run stays.
fn stopped(exit: Exit, end: &End) -> End {
    match end {
        End::Fail(failure) => End::Stopped(exit, failure.sentence.clone()),
        End::SkippedNoWait(reason) => End::Stopped(exit, reason.text.clone()),
        _ => End::Released(exit),
    }
}
