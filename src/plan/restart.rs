//! The restart and its rollback (`rollback.rs`): one table.
//!
//! | config file | runtime | plan |
//! |---|---|---|
//! | as wanted | still the attempt's incarnation | restart (a run died in between) |
//! | as wanted | new, not answering, in time | wait |
//! | as wanted | new, live = wanted | settle |
//! | ours | late, gone, or live differs | publish the bytes before; reset-failed; restart; look |
//! | given back | up | fail-mark in `/run`; exit 7 |
//! | given back by the switch | never restarted | begin anew |
//! | given back by the switch | new | fail-mark in `/run`; exit 7 |
//! | fail-marked for these values and files | any | exit 7, untouched |

use std::time::Duration;

use super::change::{Change, Step};
use super::facts::{Facts, View};
use super::next::{Plan, Poll, Reason, ReasonKind, Rest, Wait};
use super::settings::{Goal, RestartMode};
use super::values::differences;
use super::{rollback, switch};
use crate::node::{Attempt, AttemptCause, Digest, Phase, Question, RunBy, Service, Sight};
use crate::report::{Cause, Exit};

/// How long a runtime that is back is given before a container that asked for the restart may end: its exit would be
/// recorded as 255 if containerd were not yet watching (containerd `restart.go`).
const SETTLE: Duration = Duration::from_secs(2);

/// A restart so that the published chain is loaded.
pub(super) fn for_chain(facts: &Facts<'_>, chain: Digest) -> Plan {
    ask_for(facts, AttemptCause::Chain { chain }, Vec::new())
}

/// `before`, and then a restart for this cause.
pub(super) fn ask_for(facts: &Facts<'_>, cause: AttemptCause, before: Vec<Step>) -> Plan {
    if let Some(held) = held(facts) {
        return held;
    }
    let service = match service(facts) {
        Ok(service) => service,
        Err(plan) => return plan,
    };
    let (by, restart) = match restart(facts, service, reason(facts, &cause)) {
        Ok(restart) => restart,
        Err(cause) => return Plan::fail(cause),
    };
    let changed = match cause {
        AttemptCause::Values { .. } => switch::changed(facts, &before),
        AttemptCause::Chain { .. } => Vec::new(),
    };
    let findings = switch::findings(service, by, !changed.is_empty());
    let mut steps = before;
    steps.push(Step::Change(Change::Mark(Attempt {
        cause,
        incarnation: facts.node.incarnation(),
        phase: Phase::Asked,
        changed: changed.clone(),
        asked_ms: facts.now.millis(),
        trouble: None,
    })));
    steps.extend(switch::arm(facts, service, by, changed));
    steps.push(Step::Change(restart));
    steps.push(Step::Look("the runtime to come back"));
    Plan { findings, ..Plan::steps(steps) }
}

/// What a restart is for, in words.
fn reason(facts: &Facts<'_>, cause: &AttemptCause) -> String {
    let AttemptCause::Values { wanted, .. } = cause else {
        return "it has not loaded the published chain".to_owned();
    };
    match facts.runtime() {
        View::Says(status) => {
            let live = differences(&facts.target(), &status.live).join(" and ");
            format!("{wanted} is wanted, and it has {live}")
        }
        _ => format!("{wanted} is wanted"),
    }
}

/// Nodes of a fleet do not restart at once, and a runtime that was started a moment ago is left to its pods first:
/// what is being created while it is away stays "Created" for ever on older kubelets (`containerd#10437`).
fn held(facts: &Facts<'_>) -> Option<Plan> {
    let quiet = facts.settings.restart_quiet;
    let rest = facts.node.runtime_age.map_or(Duration::ZERO, |age| quiet.saturating_sub(age));
    let jitter_ends = facts.past.since(ReasonKind::RestartHeld, facts.now).after(facts.past.jitter);
    let until = facts.now.after(rest).max(jitter_ends);
    if until <= facts.now {
        return None;
    }
    let text = if rest.is_zero() {
        format!(
            "the restart of the runtime waits its random turn of at most {:?}",
            facts.settings.restart_jitter
        )
    } else {
        format!("the runtime was started less than {quiet:?} ago, so its restart waits")
    };
    Some(Plan::rest(Rest::Wait(Wait {
        reason: Reason { kind: ReasonKind::RestartHeld, text },
        until: Some(until),
        gives_up: None,
        poll: Poll::Every(Duration::from_secs(1)),
        interruptible: true,
    })))
}

/// What is known of who runs the runtime; asked first if it was not.
pub(super) fn service<'a>(facts: &'a Facts<'_>) -> Result<&'a Service, Plan> {
    match &facts.node.answers.service {
        Some(asked) => match &asked.said {
            Sight::Seen(service) => Ok(service),
            Sight::Hidden(why) => Err(Plan::fail(Cause::new(
                Exit::Permission,
                format!("it cannot be found out who runs the runtime: {why}"),
                "mount /run/systemd from the host, or run with hostPID",
            ))),
            Sight::Absent => Err(Plan::ask(Question::Service)),
        },
        None => Err(Plan::ask(Question::Service)),
    }
}

/// The restart by the first means that answers. The next one is tried only if the one before failed before anything
/// was asked of the host.
pub(super) fn restart(facts: &Facts<'_>, service: &Service, why: String) -> Result<(RunBy, Change), Cause> {
    let usable = |by: &RunBy| !facts.past.unusable.contains(by);
    let found = service.methods.iter().find(|(by, answers)| answers.is_ok() && usable(by));
    if let Some((by, _)) = found {
        return Ok((*by, Change::Restart { why, by: *by, unit: service.unit.clone(), pid: service.pid }));
    }
    let why: Vec<String> = service
        .methods
        .iter()
        .map(|(by, answer)| {
            let why = answer.as_ref().err().map_or("it failed when it was asked", String::as_str);
            format!("{}: {why}", by.word())
        })
        .collect();
    Err(Cause::new(
        Exit::Permission,
        format!("the runtime must be restarted and no means of it answers ({})", why.join("; ")),
        "mount the host's /run/systemd into the container (read-only is enough), or restart the runtime by hand",
    ))
}

/// A restart that is neither settled nor given back comes before everything else.
pub(super) fn pending(facts: &Facts<'_>) -> Plan {
    let Some(attempt) = &facts.attempt else { return Plan::done() };
    match attempt.phase {
        Phase::Settled | Phase::Failed => over(facts),
        Phase::Asked => asked(facts, attempt),
        Phase::GivingBack => rollback::giving_back(facts, attempt),
    }
}

/// A run that was killed behind its last mark left the switch armed.
pub(super) fn over(facts: &Facts<'_>) -> Plan {
    switch::disarm(facts)
        .map_or_else(|plan| plan, |steps| if steps.is_empty() { Plan::done() } else { Plan::steps(steps) })
}

fn asked(facts: &Facts<'_>, attempt: &Attempt) -> Plan {
    if rollback::was_made(facts, attempt) {
        if facts.node.incarnation() == attempt.incarnation {
            // The values were never tried: the mark is that of a restart that never was.
            return over(facts);
        }
        if is_for(attempt, &facts.target().words()) {
            return rollback::by_the_switch(facts, attempt);
        }
    }
    let late = facts.now >= attempt.asked().after(facts.settings.restart_timeout);
    if facts.node.incarnation() == attempt.incarnation {
        return match &facts.past.restart {
            // A run died between the mark and the restart, or the mark was this very plan's.
            None => again(facts, attempt),
            Some(past) => match &past.trouble {
                Some(trouble) => rollback::give_back(facts, attempt, trouble),
                None if late => rollback::give_back(facts, attempt, "it did not start again"),
                None => starting(facts, attempt, "the runtime has not started again yet"),
            },
        };
    }
    match facts.runtime() {
        View::None => Plan::done(),
        View::Unasked => Plan::ask(Question::Runtime),
        View::Silent(_) if facts.settings.goal == Goal::Uninstall && facts.as_before_without_cri() => {
            settle(facts, attempt)
        }
        View::Silent(why) if late => {
            rollback::give_back(facts, attempt, &format!("it does not answer: {why}"))
        }
        View::Silent(why) => match facts.past.restart.as_ref().and_then(|past| past.trouble.as_ref()) {
            Some(trouble) => rollback::give_back(facts, attempt, trouble),
            None => starting(facts, attempt, &format!("the runtime is starting: {why}")),
        },
        View::Says(status) => {
            let differs = differences(&facts.target(), &status.live);
            if is_for(attempt, &facts.target().words()) && !differs.is_empty() {
                let differs = differs.join(" and ");
                return rollback::give_back(facts, attempt, &format!("it came back with {differs}"));
            }
            settle(facts, attempt)
        }
    }
}

/// Whether the values that are wanted now are those for which the runtime was restarted.
fn is_for(attempt: &Attempt, words: &str) -> bool {
    matches!(&attempt.cause, AttemptCause::Values { wanted, .. } if wanted == words)
}

/// Asks for the same restart once more, without a new mark: the cause is the same.
fn again(facts: &Facts<'_>, attempt: &Attempt) -> Plan {
    let service = match service(facts) {
        Ok(service) => service,
        Err(plan) => return plan,
    };
    if facts.settings.restart == RestartMode::Never {
        return marked(facts, Attempt { phase: Phase::Settled, ..attempt.clone() });
    }
    match restart(facts, service, "a run that had asked for it was cut short".to_owned()) {
        Ok((by, restart)) => {
            // A rollback that was armed then must not fire into this restart.
            let arm = switch::arm(facts, service, by, attempt.changed.clone());
            let mut steps: Vec<Step> = arm.into_iter().collect();
            steps.extend([Step::Change(restart), Step::Look("the runtime to come back")]);
            Plan::steps(steps)
        }
        Err(cause) => Plan::fail(cause),
    }
}

fn settle(facts: &Facts<'_>, attempt: &Attempt) -> Plan {
    let until = facts.past.since(ReasonKind::Settling, facts.now).after(SETTLE);
    if facts.now < until {
        return Plan::rest(Rest::Wait(Wait {
            reason: Reason {
                kind: ReasonKind::Settling,
                text: "the runtime is back; a moment longer, so that nothing that ends now is lost"
                    .to_owned(),
            },
            until: Some(until),
            gives_up: None,
            poll: Poll::Every(Duration::from_millis(250)),
            interruptible: false,
        }));
    }
    let settled = Attempt { phase: Phase::Settled, incarnation: facts.node.incarnation(), ..attempt.clone() };
    let mut plan = marked(facts, settled);
    if plan.questions.is_empty() {
        plan.steps.push(Step::Look("the runtime as it is now"));
    }
    plan
}

/// The last mark of an attempt, and the switch called off.
pub(super) fn marked(facts: &Facts<'_>, attempt: Attempt) -> Plan {
    match switch::disarm(facts) {
        Ok(disarm) => Plan::steps([vec![Step::Change(Change::Mark(attempt))], disarm].concat()),
        Err(plan) => plan,
    }
}

pub(super) fn starting(facts: &Facts<'_>, attempt: &Attempt, text: &str) -> Plan {
    Plan::rest(Rest::Wait(Wait {
        reason: Reason { kind: ReasonKind::RuntimeStarting, text: text.to_owned() },
        until: None,
        gives_up: Some(attempt.asked().after(facts.settings.restart_timeout)),
        poll: Poll::Every(Duration::from_millis(100)),
        interruptible: false,
    }))
}
