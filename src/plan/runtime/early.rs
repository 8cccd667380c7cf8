//! Changes the runtime while the run waits for the primary, so that only the chain is left to publish when it
//! arrives.

use crate::node::Kind;
use crate::plan::blocked::{Blocked, if_possible};
use crate::plan::chain::refusal;
use crate::plan::context::PlanContext;
use crate::plan::decision::Outcome;
use crate::plan::draft::{Draft, Part};
use crate::plan::grants;
use crate::plan::runtime::{config, live};

/// Plans the part that waits. On a fresh node, the changes of the runtime's config come before it; with `--no-wait`
/// too, if the record shows that an earlier boot made such changes. On all other nodes nothing is changed before the
/// primary exists.
pub(in crate::plan) fn while_awaited(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    waits: Part,
) -> Result<(), Blocked> {
    if !live::has_drifted(cx) {
        return waits.add_to(draft);
    }
    let is_allowed = match waits.outcome() {
        Some(Outcome::Wait(_)) => cx.is_fresh()?,
        Some(Outcome::SkippedNoWait(_)) => an_earlier_boot_wants_it(cx),
        Some(Outcome::Done | Outcome::KeptLastGood(_) | Outcome::Fail(_)) | None => false,
    };
    if is_allowed {
        // No restart for a chain that can never be published.
        refusal::refusal_without_primary(cx)?;
        grants::for_chain(cx)?;
        config::runtime(cx, draft)?;
    } else if matches!(waits.outcome(), Some(Outcome::Wait(_))) {
        asked_before(cx)?;
    }
    waits.add_to(draft)
}

/// Asks what the later restart needs to know: the runtime's service, and if its containerd reads the config.
fn asked_before(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    if_possible(Part::of(|draft| config::runtime(cx, draft)).end)?;
    Ok(())
}

/// True if the record has a config file, and `/run` has no attempt of this boot. This program never changes a config
/// without an attempt, so another program has written the config again since.
fn an_earlier_boot_wants_it(cx: &PlanContext<'_>) -> bool {
    let recorded = cx.record().is_some_and(|record| record.of_kind(Kind::Config).next().is_some());
    recorded && cx.attempt.is_none()
}
