//! Computes the changes from the observed node to the desired state. Pure: no I/O, no clock, no environment, no
//! random numbers.
//!
//! Each concern has a file and returns a [`Plan`]; their order is one expression below.

mod after;
mod at_once;
mod chain;
mod change;
mod change_line;
mod context;
mod decision;
mod denied;
mod dirs;
mod grants;
mod guard;
mod history;
mod newer;
mod next_start;
mod owners;
mod readable;
mod requests;
mod resolve;
mod restart;
mod runtime;
mod settings;
mod sweep;
mod told;
mod uninstall;
mod values;

#[cfg(test)]
mod tests;

pub use after::record_path;
pub use chain::appended::{appended, appended_types, network_dirs};
pub use chain::crowded::crowded;
pub use change::{Change, Left, Mode, Publish, Source, Step};
pub use change_line::change_line;
pub use decision::{Decision, Outcome, Plan, Poll, Reason, ReasonKind, Wait};
pub use dirs::Dirs;
pub use history::{History, RequestedRestart};
pub use next_start::{NextStart, will_not_come_up};
pub use requests::{bin_names, files_asked_for, primary_of};
pub use resolve::{Desired, resolve};
pub use restart::rollback_timer::{RollbackTimer, is_of_switch};
pub use restart::verdict::comes_up::ComesUp;
pub use runtime::edit_target::{config_files, config_requests};
pub use runtime::judged::judgement;
pub use runtime::kubelet::{KubeletSays, kubelet_requests, kubelet_says};
pub use runtime::main_file::started_with;
pub use settings::{
    BinaryInput, CgroupSetting, Goal, PluginInput, RestartMode, RuntimeKind, Setting, Settings,
    asks_of_the_kubelet,
};
pub use values::{Cgroup, Values};

use crate::node::{Moment, Node, Question, RecordError};
use crate::report::{Failure, FailureCode};
use chain::{publish, refusal, takeover};
use context::{PlanContext, RuntimeState};
use runtime::{config, live};

/// Decides the next step from the observed node, the desired state, the history and the time.
pub fn plan(node: &Node, settings: &Settings, desired: &Desired, history: &History, now: Moment) -> Decision {
    let cx = PlanContext::new(node, settings, desired, history, now);
    if let Err(failure) = grants::own_dirs(&cx) {
        return Decision::Plan(Plan::fail(failure));
    }
    if let Some(plan) = newer::newer(&cx) {
        return Decision::Plan(plan);
    }
    if let Err(failure) = denied::check(&cx) {
        return Decision::Plan(Plan::fail(failure));
    }
    let questions = early_questions(&cx);
    if !questions.is_empty() {
        return Decision::NeedsAnswers(questions);
    }
    let resumed =
        sweep::sweep(&cx).then(|| record(&cx)).then(|| restart::resume_restart::resume_restart(&cx));
    let resumed = at_once::with_the_chain(&cx, resumed, install);
    // Steps after an observation are planned on the node as it is then.
    let looks = resumed.steps.iter().any(|step| matches!(step, Step::Look(_)));
    let mut plan = match settings.goal {
        _ if looks => resumed,
        Goal::Install => told::told(&cx, resumed.then(|| install(&cx))),
        Goal::Uninstall => resumed.then(|| uninstall::undo::uninstall(&cx)),
    };
    if !plan.questions.is_empty() {
        return Decision::NeedsAnswers(plan.questions);
    }
    plan = denied::of_config(&cx, plan);
    let checked = guard::check(&cx, &plan)
        .and_then(|()| grants::check(&cx, &plan))
        .and_then(|()| readable::check(&cx, &plan));
    if let Err(failure) = checked {
        plan = Plan { findings: plan.findings, ..Plan::fail(failure) };
    }
    plan.findings.splice(0..0, desired.findings.iter().cloned().chain(chain::crowded::findings(node)));
    Decision::Plan(plan)
}

/// Primary, binaries, runtime, chain: the chain is published when everything that it needs exists, and nothing is
/// changed for a chain that is refused. On a fresh node the runtime comes before the primary (`runtime/early.rs`).
fn install(cx: &PlanContext<'_>) -> Plan {
    let plan = in_order(cx);
    let is_unread = cx.attempt.as_ref().is_some_and(crate::node::Attempt::is_unread);
    if !is_unread || !plan.steps.is_empty() || !plan.questions.is_empty() {
        return plan;
    }
    // A runtime that does not run with its own config may use other directories, and cannot verify a chain.
    config::first(cx).then(|| config::runtime(cx)).then(|| plan)
}

fn in_order(cx: &PlanContext<'_>) -> Plan {
    // The directories of the primary and of the binaries depend on the runtime's report.
    config::first(cx).then(|| chain::elsewhere::refusal(cx)).then(|| match cx.primary() {
        Err(plan) => takeover::output_refusal(cx).then(|| runtime::early::while_awaited(cx, plan)),
        Ok(primary) => refusal::refusal(cx, primary).then(|| with_primary(cx, primary)),
    })
}

/// Plans the binaries, then the runtime's config and the chain; neither while the runtime cannot be changed yet.
fn with_primary(cx: &PlanContext<'_>, primary: &chain::ready::Ready) -> Plan {
    let binaries = chain::binaries::binaries(cx, primary);
    if binaries.outcome != Outcome::Done || !binaries.questions.is_empty() {
        return runtime::early::while_awaited(cx, binaries);
    }
    let runtime = config::runtime(cx);
    // Which files a runtime with the desired values has read is asked behind the chain.
    let is_unread =
        cx.attempt.as_ref().is_some_and(crate::node::Attempt::is_unread) && !live::has_drifted(cx);
    let asks = !runtime.questions.is_empty() && !is_unread;
    let is_refused = matches!(runtime.outcome, Outcome::Fail(_)) || asks;
    if !is_refused && live::loads_one_network(cx) {
        // The other values of the runtime can wait: pods that start meanwhile get the chain.
        return binaries.then(|| publish::chain(cx, primary)).then(|| runtime);
    }
    let begins = runtime.outcome == Outcome::Done || !runtime.steps.is_empty();
    let steps = if begins { binaries.steps } else { Vec::new() };
    Plan { steps, ..binaries }.then(|| runtime).then(|| publish::chain(cx, primary))
}

/// The questions to ask while the run waits for the primary, so that none is left when it arrives.
fn early_questions(cx: &PlanContext<'_>) -> Vec<Question> {
    let mut questions = Vec::new();
    if matches!(cx.runtime(), RuntimeState::NotAsked) {
        questions.push(Question::Runtime);
    }
    if cx.settings.goal == Goal::Install {
        questions.extend(chain::binaries::questions(cx));
    }
    if !questions.is_empty() && live::has_drifted(cx) {
        // The patch of the config needs it next, so it is asked together with the others.
        questions.extend(restart::service::service(cx).err().into_iter().flat_map(|asks| asks.questions));
    }
    questions
}

/// An unreadable record may be the only trace of the old state, so it is never overwritten.
fn record(cx: &PlanContext<'_>) -> Plan {
    match cx.records.get(&cx.desired.owner) {
        Some(Err(error)) => Plan::fail(Failure::new(
            FailureCode::RecordUnusable,
            format!("{}/{}.json cannot be used: {error}", crate::node::RECORD_DIR, cx.desired.owner),
            match error {
                RecordError::Unread(_) => "see why it cannot be read, and run it again; it is left as it is",
                _ => "move it away if what it knows of is undone; it is left as it is",
            },
        )),
        _ => Plan::done(),
    }
}
