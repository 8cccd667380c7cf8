//! Adds the verdict about the runtime's next start, for a config that `install` does not change.

use crate::containerd::Refusal;
use crate::node::Kind;
use crate::plan::change::{Change, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Outcome, Plan};
use crate::plan::next_start::{NextStart, will_not_come_up};
use crate::plan::restart::service::ask_for_service;
use crate::plan::runtime::main_file;
use crate::plan::settings::Goal;
use crate::report::codes::check;
use crate::report::{Finding, Severity};

/// The plan with the verdict about a config that it does not change. A plan with a restart has its verdict already.
pub(in crate::plan) fn told(cx: &PlanContext<'_>, mut plan: Plan) -> Plan {
    let succeeds =
        matches!(plan.outcome, Outcome::Done | Outcome::KeptLastGood(_)) && plan.questions.is_empty();
    let RuntimeState::Status(status) = cx.runtime() else { return plan };
    if !succeeds || cx.settings.goal != Goal::Install || plan.steps.iter().any(is_of_the_runtime) {
        return plan;
    }
    if cx.node.answers.service.is_none() {
        // The chain does not wait for this: the last pass asks.
        return if plan.steps.is_empty() {
            Plan { findings: plan.findings, ..ask_for_service() }
        } else {
            plan
        };
    }
    // If nothing is written into a config file, an unknown or unreadable one is no reason to refuse.
    let Ok(config) = main_file::config(cx) else { return plan };
    let start = NextStart::of(cx.node, &config, status.release);
    plan.findings.extend(start.refusals().iter().map(finding));
    plan
}

fn is_of_the_runtime(step: &Step) -> bool {
    match step {
        Step::Change(Change::Restart { .. }) => true,
        Step::Change(Change::Publish(publish)) => publish.kind == Kind::Config,
        Step::Change(_) | Step::Look(_) => false,
    }
}

fn finding(refusal: &Refusal) -> Finding {
    Finding {
        code: check::WILL_NOT_COME_UP.name,
        severity: Severity::Error,
        subject: refusal.place(),
        message: will_not_come_up(refusal),
        remedy: refusal.remedy.clone(),
    }
}
