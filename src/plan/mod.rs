//! Computes the changes from the observed node to the desired state. Pure: no I/O, no clock, no environment, no
//! random numbers.
//!
//! Each concern has a file. It adds to a draft of the plan, or says what blocks it; their order is below.

mod after;
mod at_once;
mod blocked;
mod chain;
mod change;
mod change_line;
mod contender;
mod context;
mod decision;
mod deleted;
mod denied;
mod dirs;
mod draft;
mod early_questions;
mod first_published;
mod grants;
mod guard;
mod history;
mod install;
mod layer_set;
mod layers;
mod layout;
mod newer;
mod next_start;
mod owners;
mod pod;
mod readable;
mod record;
mod recording;
mod requests;
mod resolve;
mod restart;
mod runtime;
mod settings;
mod standing;
mod sweep;
mod uninstall;
mod values;

#[cfg(test)]
mod tests;

pub use after::record_path;
pub use chain::appended::{appended, appended_types, network_dirs};
pub use chain::crowded::{crowded, crowded_dirs};
pub use chain::faults::{AddedFault, added, name_fault};
pub use change::{Change, Left, Mode, Publish, Reserve, Source, Step};
pub use change_line::change_line;
pub use decision::{Decision, Outcome, Plan, Poll, Reason, ReasonKind, Wait};
pub use dirs::Dirs;
pub use first_published::chained_since;
pub use grants::lies_on_own_root;
pub use history::{History, RequestedRestart, UnwrittenMark};
pub use layers::{OtherLayer, parsed};
pub use next_start::{NextStart, will_not_come_up};
pub use pod::{asks_api, cannot_note, left_findings, pod_question};
pub use recording::Recording;
pub use requests::{bin_names, chain_of, files_asked_for, primary_of};
pub use resolve::{Desired, resolve, unnamed_owner};
pub use restart::failures::somebody_elses;
pub use restart::rollback_timer::{RollbackTimer, is_of_rollback_timer};
pub use restart::verdict::comes_up::ComesUp;
pub use runtime::edit_target::{config_files, config_requests, read_at_start};
pub use runtime::judged::{judgement, judgement_without};
pub use runtime::kubelet::{KubeletSays, kubelet_requests, kubelet_says};
pub use runtime::main_file::started_with;
pub use settings::{
    BinaryInput, CgroupSetting, Goal, Layout, PluginInput, RestartMode, RuntimeKind, Setting, Settings,
    Stays, VerifyLevel, asks_of_the_kubelet,
};
pub use standing::{Standing, standing};
pub use values::{Cgroup, Values};

use crate::node::{Moment, Node};
use blocked::Blocked;
use context::PlanContext;
use draft::Draft;

/// Decides the next step from the observed node, the desired state, the history and the time.
pub fn plan(node: &Node, settings: &Settings, desired: &Desired, history: &History, now: Moment) -> Decision {
    let cx = PlanContext::new(node, settings, desired, history, now);
    if let Err(blocked) = before_all(&cx) {
        return Draft::default().decided(Err(blocked));
    }
    let mut draft = Draft::default();
    let end = in_order(&cx, &mut draft);
    match draft.decided(end) {
        Decision::Plan(plan) => Decision::Plan(checked(&cx, plan)),
        asks @ Decision::NeedsAnswers(_) => asks,
    }
}

/// Reasons to plan nothing at all, and the questions to ask while the run waits for the primary.
fn before_all(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    deleted::check(cx)?;
    grants::own_dirs(cx)?;
    newer::newer(cx)?;
    denied::check(cx)?;
    early_questions::ask(cx)
}

/// The order of the concerns.
fn in_order(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<(), Blocked> {
    sweep::sweep(cx, draft);
    record::usable(cx)?;
    restart::resume_restart::resume_restart(cx, draft)?;
    at_once::publish_at_once(cx, draft, install::install);
    // Steps after an observation are planned on the node as it is then.
    if draft.looks() {
        return Ok(());
    }
    match cx.settings.goal {
        Goal::Install => {
            let end = install::install(cx, draft);
            pod::started(cx, draft, end)
        }
        Goal::Uninstall => uninstall::undo::uninstall(cx, draft),
    }
}

/// The plan with all findings; refused if it cannot be made, undone or ended.
fn checked(cx: &PlanContext<'_>, plan: Plan) -> Plan {
    let plan = denied::of_config(cx, sweep::without_what_is_reserved(plan));
    let checked = guard::check(cx, &plan)
        .and_then(|()| grants::check(cx, &plan))
        .and_then(|()| readable::check(cx, &plan));
    let mut plan = match checked {
        Ok(()) => plan,
        Err(failure) => plan.refused(failure),
    };
    let more = cx.desired.findings.iter().cloned().chain(chain::crowded::findings(cx.node));
    plan.findings.extend(pod::left_findings(&cx.node.answers));
    plan.findings.splice(0..0, more);
    plan
}
