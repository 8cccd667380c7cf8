//! The verdict about the runtime's next start, for a config that `install` does not change.

use crate::containerd::Refusal;
use crate::node::Kind;
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::Outcome;
use crate::plan::draft::Draft;
use crate::plan::next_start::{NextStart, will_not_come_up};
use crate::plan::restart::service::ask_for_service;
use crate::plan::runtime::main_file;
use crate::report::codes::check;
use crate::report::{Finding, Severity};

/// Ends a plan of `install`. If it succeeds and leaves the runtime alone, it gets the findings about the runtime's next
/// start; a plan with a restart has its verdict already.
pub(in crate::plan) fn judged(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    mut end: Result<(), Blocked>,
) -> Result<(), Blocked> {
    let outcome = end.as_ref().map_err(Blocked::outcome);
    let succeeds = matches!(outcome, Ok(()) | Err(Some(Outcome::KeptLastGood(_))));
    let RuntimeState::Status(status) = cx.runtime() else { return end };
    if !succeeds || draft.steps.iter().any(is_of_the_runtime) {
        return end;
    }
    if cx.node.answers.service.is_none() {
        // The question comes in the last pass, after the chain, so that the chain does not wait for it.
        return if draft.steps.is_empty() { Err(ask_for_service()) } else { end };
    }
    // If nothing is written into a config file, an unknown or unreadable one is no reason to refuse.
    let Ok(config) = main_file::config(cx) else { return end };
    let start = NextStart::of(cx.node, &config, status.release);
    if let Err(blocked) = &mut end {
        draft.findings.append(&mut blocked.findings);
    }
    draft.findings.extend(start.refusals().iter().map(finding));
    end
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
