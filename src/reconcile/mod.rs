//! The loop. Only this module waits, reads the clock and keeps the history.

mod allowance;
mod ask;
mod backoff;
mod count_pods;
mod endpoints;
mod events;
mod judge;
mod limits;
mod narrate;
mod outcome;
mod publish_health;
mod settle;
mod signals;
mod stale;
mod stay;
mod unwritten;

use std::sync::Arc;
use std::time::Duration;

use crate::apply::{ApplyContext, ApplyEnd, apply};
use crate::health::Health;
use crate::host::events::Watch;
use crate::host::{Root, clock, thread};
use crate::judgement::decide;
use crate::node::{IoFailed, Moment, Node};
use crate::observe::{Scope, look};
use crate::plan::{
    Change, Decision, Desired, History, Outcome, Plan, Poll, ReasonKind, RuntimeKind, Settings, Wait,
    network_dirs, resolve, unnamed_owner,
};
use crate::report::Finding;
use allowance::Allowance;
use backoff::Intervals;
use endpoints::Endpoints;
use narrate::Narrator;
use signals::Signals;
use stale::Stale;

pub use ask::{Stopped, ask_for_pods};
pub use outcome::{End, LoopOptions, Reconciled};

/// Repeats observe, plan, apply until nothing is left to do.
pub async fn reconcile(
    root: Arc<Root>,
    settings: Settings,
    options: LoopOptions,
) -> Result<Reconciled, IoFailed> {
    let mut reconciler = Reconciler::new(root, settings, options)?;
    let end = reconciler.run().await.unwrap_or_else(End::IoFailed);
    events::ended(&end);
    reconciler.settle().await;
    Ok(reconciler.outcome(end))
}

struct Reconciler {
    root: Arc<Root>,
    settings: Arc<Settings>,
    options: LoopOptions,
    node: Node,
    desired: Option<Desired>,
    history: History,
    watch: Watch,
    watching: bool,
    signals: Signals,
    intervals: Intervals,
    narrator: Narrator,
    looks: Allowance,
    looker: thread::Worker,
    /// The scope of the last observation, and when it began.
    last_look: Option<(Scope, Moment)>,
    /// Findings about the current state.
    findings: Vec<Finding>,
    /// Findings about the changes that were made.
    earlier_findings: Vec<Finding>,
    done: Vec<(Change, Option<Vec<u8>>)>,
    primary_came: Option<Moment>,
    /// What was told last about the file events.
    told_trouble: Option<String>,
    stale: Stale,
    /// True if changes were made after the last observation.
    outdated: bool,
    /// What the probes of `watch` are told, and where; `None` if the run does not stay.
    health: Health,
    endpoints: Option<Endpoints>,
    /// The intervals at which `watch` tries again after a failure.
    retries: Intervals,
    /// What `watch` told last about the node.
    told: Option<String>,
    tells: Allowance,
    /// The rate limit for counting pods.
    counts: Allowance,
}

impl Reconciler {
    fn new(root: Arc<Root>, settings: Settings, options: LoopOptions) -> Result<Self, IoFailed> {
        let mut history = History::new(clock::now());
        history.jitter = limits::draw(settings.restart_jitter);
        let stays = settings.stays.is_some();
        let health = Health {
            stale_after: settings.stays.map_or(Duration::ZERO, |stays| stays.stale_after),
            proves: settings.runtime != RuntimeKind::None && !settings.verify_timeout.is_zero(),
            looked: clock::now(),
            ..Health::default()
        };
        let endpoints = stays.then(|| Endpoints::start(&options.listen, &health));
        Ok(Self {
            root,
            settings: Arc::new(settings),
            intervals: Intervals::new(options.initial, options.max),
            options,
            node: Node::default(),
            desired: None,
            history,
            watch: Watch::new(),
            watching: false,
            signals: Signals::new()?,
            narrator: Narrator::default(),
            looks: if stays { limits::LOOKS_WHILE_IT_STAYS } else { limits::LOOKS },
            looker: thread::Worker::default(),
            last_look: None,
            findings: Vec::new(),
            earlier_findings: Vec::new(),
            done: Vec::new(),
            primary_came: None,
            told_trouble: None,
            stale: Stale::default(),
            outdated: false,
            health,
            endpoints,
            retries: limits::retries(),
            told: None,
            tells: limits::TELLS,
            counts: limits::COUNTS,
        })
    }

    /// The whole run: `watch` goes on after an end after which there is more to do.
    async fn run(&mut self) -> Result<End, IoFailed> {
        loop {
            let end = self.until_end().await?;
            if let Some(end) = self.stay(end).await? {
                return Ok(end);
            }
        }
    }

    async fn until_end(&mut self) -> Result<End, IoFailed> {
        let mut looks = true;
        loop {
            if std::mem::replace(&mut looks, true) {
                self.look().await?;
            }
            if self.desired.is_none()
                && let Some(failure) = unnamed_owner(&self.settings, &self.node)
            {
                return Ok(End::Fail(failure));
            }
            let desired = match resolve(&self.settings, &self.node) {
                Ok(desired) => desired,
                Err(failure) => return Ok(End::Fail(failure)),
            };
            self.desired = Some(desired.clone());
            self.history.note_config(&self.node, &self.settings, clock::now());
            let plan = match decide(&self.node, &self.settings, &desired, &self.history, clock::now()) {
                Decision::NeedsAnswers(questions) => {
                    if let Some(end) = self.ask(questions).await {
                        return Ok(end);
                    }
                    looks = !self.look_holds();
                    continue;
                }
                Decision::Plan(plan) => plan,
            };
            events::planned(&plan);
            let mut findings = self.earlier_findings.clone();
            findings.extend(
                plan.findings.iter().filter(|finding| !self.earlier_findings.contains(finding)).cloned(),
            );
            self.findings = findings;
            if !matches!(&plan.outcome, Outcome::Wait(Wait { reason, .. }) if reason.kind == ReasonKind::Primary)
            {
                self.primary_came.get_or_insert_with(clock::now);
            }
            if let Some(end) = self.judge(&desired, &plan).await? {
                return Ok(end);
            }
            self.show_plan(&desired, &plan);
            if self.options.dry_run {
                return Ok(End::Planned(plan));
            }
            if plan.first_changes().next().is_some() {
                if let Some(end) = self.apply(&desired, plan).await? {
                    return Ok(end);
                }
                continue;
            }
            match plan.outcome {
                Outcome::Done => return Ok(End::Done),
                Outcome::KeptLastGood(why) => return Ok(End::KeptLastGood(why)),
                Outcome::SkippedNoWait(reason) => return Ok(End::SkippedNoWait(reason)),
                Outcome::Fail(failure) => return Ok(End::Fail(failure)),
                Outcome::Wait(wait) => {
                    if let Some(end) = self.wait(&wait).await {
                        return Ok(end);
                    }
                }
            }
        }
    }

    /// Starts the watch before it observes, so a write in between ends the next wait. A run that never waits has no
    /// watch: closing one takes the kernel some milliseconds (`fsnotify_destroy_group` waits for its readers).
    async fn look(&mut self) -> Result<(), IoFailed> {
        // A signal is recorded here and handled at the usual place.
        tokio::select! {
            () = tokio::time::sleep(self.looks.wait(clock::now())) => {}
            () = self.signals.next() => {}
        }
        self.looks.take(clock::now());
        let scope = Scope::of(&self.settings, &self.node.answers);
        self.last_look = Some((scope.clone(), clock::now()));
        if self.watching {
            let mut dirs = scope.watched();
            if self.settings.stays.is_some() {
                dirs.extend(network_dirs(&self.node, &self.settings, &scope.first));
            }
            self.watch.over(&self.root, &dirs);
        }
        self.tell_trouble();
        let (root, settings) = (Arc::clone(&self.root), Arc::clone(&self.settings));
        let seen = events::Seen::of(&self.node);
        let before = std::mem::take(&mut self.node);
        self.node = self.looker.run(move || look(&root, &settings, &scope, before)).await?;
        events::observed(&seen, &self.node);
        self.outdated = false;
        self.show_look();
        Ok(())
    }

    /// Applies the changes up to the next observation. Returns an end if the plan ends after these changes.
    async fn apply(&mut self, desired: &Desired, plan: Plan) -> Result<Option<End>, IoFailed> {
        if let Some(exit) = self.signals.came().filter(|_| !plan.mends_a_restart()) {
            return Ok(Some(End::Stopped(exit, "the next change".to_owned())));
        }
        self.earlier_findings.clone_from(&self.findings);
        for change in plan.first_changes() {
            self.narrator.change(&crate::plan::change_line(change), clock::now());
        }
        let at = clock::now();
        let context = ApplyContext {
            recording: desired.recording(),
            patience: self.settings.restart_timeout,
            tally: self.history.tally_of(&self.node, &plan, self.settings.stays.is_some(), at),
        };
        let (root, node, flag) = (Arc::clone(&self.root), self.node.clone(), self.signals.flag());
        let before = self.bytes_before(&plan);
        let ends = matches!(plan.outcome, Outcome::Fail(_)).then(|| plan.outcome.clone());
        let no_look = !plan.steps.iter().any(|step| matches!(step, crate::plan::Step::Look(_)));
        let working = Box::pin(thread::run(move || apply(&root, &context, &node, &plan, &flag)));
        let applied = self.until_done(working).await??;
        self.note_unwritten(applied.unwritten);
        let by = applied.done.iter().find_map(|change| match change {
            Change::Restart { by, .. } => Some(*by),
            _ => None,
        });
        if applied.restart_asked.is_some() {
            self.history.tally.restarted(at);
        }
        if let Some((by, asked)) = by.zip(applied.restart_asked) {
            self.history.note_restart(by, asked, None);
        }
        self.note_done(applied.done, &before, at);
        match applied.end {
            ApplyEnd::Stale(path) => {
                events::stale(&path);
                return Ok(match self.stale.again(&path) {
                    Err(failure) => Some(End::Fail(failure)),
                    Ok(pause) => {
                        tokio::time::sleep(pause).await;
                        None
                    }
                });
            }
            ApplyEnd::Changed => self.stale.over(),
            ApplyEnd::IoFailed(error) => return Err(error),
            ApplyEnd::NotRestarted { by, asked: was_asked, at, why } => {
                tracing::warn!("{}: {why}", by.word());
                if was_asked {
                    self.history.note_restart(by, at, Some(why));
                } else {
                    self.history.unusable.insert(by);
                }
                return Ok(None);
            }
        }
        Ok(match ends {
            Some(Outcome::Fail(failure)) if no_look => Some(End::Fail(failure)),
            _ => None,
        })
    }

    /// Waits for work in progress. A signal is recorded and does not interrupt it.
    async fn until_done<T>(&mut self, mut working: impl Future<Output = T> + Unpin) -> T {
        loop {
            tokio::select! {
                done = &mut working => return done,
                () = self.signals.next() => {}
            }
        }
    }

    fn bytes_before(&self, plan: &Plan) -> Vec<Option<Vec<u8>>> {
        plan.first_changes()
            .map(|change| change.path().and_then(|path| self.node.bytes(path)).map(<[u8]>::to_vec))
            .collect()
    }

    fn note_done(&mut self, done: Vec<Change>, before: &[Option<Vec<u8>>], at: Moment) {
        if done.is_empty() {
            return;
        }
        events::applied(&done);
        self.outdated = true;
        let now = clock::now();
        for (which, change) in done.into_iter().enumerate() {
            self.count(&change, before.get(which).and_then(Option::as_deref));
            self.history.count(&change, at);
            self.history.note_change(&change, now);
            self.done.push((change, before.get(which).cloned().flatten()));
        }
    }

    /// Waits for an event, the next poll, a deadline or a signal.
    async fn wait(&mut self, wait: &Wait) -> Option<End> {
        if !std::mem::replace(&mut self.watching, true) {
            // The last observation is older than the watch, so it is repeated.
            return None;
        }
        let now = clock::now();
        self.history.note_reason(&wait.reason, now);
        // The wait for the primary counts from the start of the run, whatever was missing first.
        let since = match wait.reason.kind {
            ReasonKind::Primary => self.history.began,
            kind => self.history.since(kind, now),
        };
        self.narrator.wait(wait, since, now);
        if let Some(exit) = self.signals.came().filter(|_| wait.interruptible) {
            return Some(End::Stopped(exit, wait.reason.text.clone()));
        }
        let mut sleep = match wait.poll {
            Poll::Backoff => self.intervals.next(),
            Poll::Every(interval) => interval,
        };
        if let Some(until) = wait.until {
            sleep = sleep.min(until.since(now));
        }
        sleep = sleep.min(self.narrator.next(now)).max(Duration::from_millis(1));
        events::waiting(wait, sleep);
        tokio::select! {
            () = self.watch.event() => {
                events::woke("file");
                self.intervals.reset();
            }
            () = tokio::time::sleep(sleep) => events::woke("timer"),
            () = self.signals.next() => events::woke("signal"),
        }
        self.history.woke = Some(clock::now());
        match self.signals.came() {
            Some(exit) if wait.interruptible => Some(End::Stopped(exit, wait.reason.text.clone())),
            _ => None,
        }
    }

    fn outcome(mut self, end: End) -> Reconciled {
        self.findings.extend(self.endpoints.iter().flat_map(Endpoints::findings));
        let came = self.primary_came.unwrap_or_else(clock::now);
        Reconciled {
            end,
            settings: self.settings,
            waited: came.since(self.history.began),
            node: self.node,
            desired: self.desired,
            history: self.history,
            findings: self.findings,
            done: self.done,
        }
    }
}
