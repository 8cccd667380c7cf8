//! Questions that do not wait for the primary.

use crate::node::Question;
use crate::plan::blocked::Blocked;
use crate::plan::chain::binaries;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::pod;
use crate::plan::restart::service::service;
use crate::plan::runtime::live::has_drifted;
use crate::plan::settings::Goal;

/// Asks while the run waits for the primary, so that no question is left when it arrives.
pub(in crate::plan) fn ask(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let mut questions = Vec::new();
    if matches!(cx.runtime(), RuntimeState::NotAsked) {
        questions.push(Question::Runtime);
    }
    if cx.settings.goal == Goal::Install {
        questions.extend(binaries::questions(cx));
    }
    questions.extend(pod::left(cx));
    // The patch of the config needs the service next, so it is asked together with the others.
    let also_service = |asks: Blocked| if has_drifted(cx) { asks.also_asking(service(cx)) } else { asks };
    Blocked::ask_all(questions).map_err(also_service)
}
