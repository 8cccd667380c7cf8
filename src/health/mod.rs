//! What `watch` tells its probes: pure functions of how the node stands, of what the loop came to, and of the time.

mod counts;
mod metrics;

use std::time::Duration;

use crate::node::{Moment, one_line};
use crate::plan::{Change, Outcome, Plan, Standing};
use crate::report::{Exit, Failure, Finding, Severity};

pub use counts::{Counts, RecomposedFor};
pub use metrics::metrics;

/// The longest time between two looks of the loop, as the probes count it.
const LOOKS_WITHIN: Duration = Duration::from_secs(60);
/// The number of looks after which a proof is too old.
const PROOF_HOLDS: u32 = 3;

/// The health of a node and of the loop. The HTTP task has the latest one, and nothing else of the node.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// The owner.
    pub owner: String,
    /// True once `install` would have ended with 0.
    pub started: bool,
    /// How the node stood when it was planned last.
    pub standing: Standing,
    /// What the loop came to, in a line.
    pub state: State,
    /// Since when the primary is missing or invalid.
    pub primary_gone: Option<Moment>,
    /// `--stale-after`.
    pub stale_after: Duration,
    /// True if the runtime is asked for the proof.
    pub proves: bool,
    /// When the runtime last said that it runs the chain, in seconds since the epoch.
    pub proven_at: Option<i64>,
    /// When the loop looked at the node last.
    pub looked: Moment,
    /// What is wrong with the file events, if something is.
    pub events: Option<String>,
    /// True while another program undoes the chain.
    pub is_contended: bool,
    /// What happened so far.
    pub counts: Counts,
    /// The number of pods whose sandbox is older than the chain; `None` if nobody counted them.
    pub pods_without_chain: Option<u64>,
}

/// What the loop came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing was planned yet.
    #[default]
    Starting,
    /// The desired state is reached.
    Good,
    /// Something is changed, or waited for; the text says what. `chain` is true if the chain itself is.
    Busy {
        /// The reason.
        text: String,
        /// True if the chain that pods get now is not the desired one.
        chain: bool,
    },
    /// The desired state cannot be reached.
    Failed(Failure),
    /// The chain is in place, and pods fail nevertheless; the text is the error.
    Broken(String),
}

impl State {
    /// The state after a plan.
    pub fn of(plan: &Plan, findings: &[Finding]) -> Self {
        let chain = plan.changes().any(is_of_chain);
        let busy = |text: &str| Self::Busy { text: text.to_owned(), chain };
        match &plan.outcome {
            Outcome::Fail(failure) => Self::Failed(failure.clone()),
            Outcome::Wait(wait) => busy(&wait.reason.text),
            Outcome::SkippedNoWait(reason) => busy(&reason.text),
            _ if chain => busy("the chain is being published"),
            Outcome::Done | Outcome::KeptLastGood(_) => Self::at_rest(findings),
        }
    }

    /// The state when nothing is left to do.
    pub fn at_rest(findings: &[Finding]) -> Self {
        match findings.iter().find(|finding| finding.severity == Severity::Error) {
            Some(error) => Self::Broken(error.message.clone()),
            None => Self::Good,
        }
    }
}

fn is_of_chain(change: &Change) -> bool {
    use crate::node::Kind;
    match change {
        Change::Publish(publish) => publish.kind == Kind::Chain,
        Change::Retire(_) => true,
        Change::Link { kind, .. } | Change::Remove { kind, .. } => *kind == Kind::Chain,
        _ => false,
    }
}

/// The answer to a probe: yes or no, and the reason in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub yes: bool,
    /// The reason.
    pub line: String,
}

impl Verdict {
    fn new(yes: bool, line: impl AsRef<str>) -> Self {
        Self { yes, line: one_line(line.as_ref()) }
    }
}

impl Health {
    /// `/startupz`: yes once `install` would have ended with 0.
    pub fn startup(&self) -> Verdict {
        if self.started {
            return Verdict::new(true, "started");
        }
        Verdict::new(false, self.told())
    }

    /// `/healthz`: the loop looks, or a restart of the runtime has a deadline ahead.
    pub fn live(&self, now: Moment) -> Verdict {
        let age = now.since(self.looked);
        if age <= LOOKS_WITHIN {
            return Verdict::new(true, format!("the loop looked {} s ago", age.as_secs()));
        }
        match self.standing.restart_until {
            Some(until) if until > now => Verdict::new(true, "the runtime is being restarted"),
            _ => Verdict::new(false, format!("the loop has not looked for {} s", age.as_secs())),
        }
    }

    /// `/readyz`: a pod made now would get the chain.
    pub fn ready(&self, now: Moment) -> Verdict {
        let events = self.events.as_ref().map(|trouble| format!("; {trouble}"));
        let told = |yes, line: String| Verdict::new(yes, line + events.as_deref().unwrap_or_default());
        match self.against(now) {
            Some(why) => told(false, why),
            None => told(true, self.told()),
        }
    }

    /// The reason why a pod made now would not get the chain.
    fn against(&self, now: Moment) -> Option<String> {
        if !self.started {
            return Some(self.told());
        }
        match &self.state {
            // The runtime's other values do not keep a pod from the chain that is loaded.
            State::Failed(failure) if !matches!(failure.exit(), Exit::Config | Exit::Restart) => {
                return Some(self.told());
            }
            State::Busy { chain: true, .. } | State::Broken(_) => return Some(self.told()),
            State::Starting | State::Good | State::Busy { .. } | State::Failed(_) => {}
        }
        if !self.standing.in_place {
            let what =
                if self.proves { "the runtime does not run the chain" } else { "the chain is not in place" };
            return Some(format!("{what}: {}", self.told()));
        }
        if self.proves && self.standing.network_ready == Some(false) {
            return Some("the runtime runs the chain, and says that the network is not ready".to_owned());
        }
        let holds = LOOKS_WITHIN * PROOF_HOLDS;
        let seen = if self.proves { self.standing.asked } else { Some(self.looked) };
        let age = seen.map_or(Duration::MAX, |seen| now.since(seen));
        if age > holds {
            return Some(format!("the last proof is older than {} s", holds.as_secs()));
        }
        let gone = self.primary_gone.map(|since| now.since(since)).filter(|gone| *gone >= self.stale_after);
        gone.map(|gone| format!("the primary is gone for {} s, and the chain is stale", gone.as_secs()))
    }

    /// What the loop came to, in a line.
    fn told(&self) -> String {
        let gone = self.primary_gone.is_some() && self.standing.in_place;
        match &self.state {
            State::Starting => "starting".to_owned(),
            State::Good if gone => "the runtime runs the last good chain; its primary is gone".to_owned(),
            State::Good if self.proves => "the runtime runs the chain".to_owned(),
            State::Good => "the chain is in place".to_owned(),
            State::Busy { text, .. } | State::Broken(text) => text.clone(),
            State::Failed(failure) => format!("{}: {failure}", failure.code.name()),
        }
    }

    /// True if a pod made now would get the chain, for the metric.
    pub(super) fn is_intact(&self, now: Moment) -> bool {
        self.against(now).is_none()
    }
}

#[cfg(test)]
mod tests;
