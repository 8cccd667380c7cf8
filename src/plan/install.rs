//! Primary, binaries, runtime, chain: the chain is published when everything that it needs exists, and nothing is
//! changed for a chain that is refused. On a fresh node the runtime comes before the primary (`runtime/early.rs`).

use crate::node::Attempt;
use crate::plan::blocked::Blocked;
use crate::plan::chain::binaries::binaries;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::{dead_watch, elsewhere, publish, refusal, takeover};
use crate::plan::change::Change;
use crate::plan::context::PlanContext;
use crate::plan::decision::Outcome;
use crate::plan::draft::{Draft, Part};
use crate::plan::owners;
use crate::plan::runtime::early::while_awaited;
use crate::plan::runtime::{config, live};
use crate::plan::settings::Layout;

/// Installs this owner's layer.
pub(in crate::plan) fn install(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<(), Blocked> {
    let chain = Part::of(|draft| in_order(cx, draft));
    if is_unread(cx) && chain.draft.steps.is_empty() && !chain.asks() {
        // A runtime that does not run with its own config may use other directories, and cannot verify a chain.
        config::first(cx, draft)?;
        config::runtime(cx, draft)?;
    }
    chain.add_to(draft)
}

/// True if the runtime may not have read its config files.
fn is_unread(cx: &PlanContext<'_>) -> bool {
    cx.attempt.as_ref().is_some_and(Attempt::is_unread)
}

fn in_order(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<(), Blocked> {
    // The directories of the primary and of the binaries depend on the runtime's report.
    config::first(cx, draft)?;
    elsewhere::refusal(cx)?;
    owners::refusal(cx)?;
    match cx.primary() {
        Err(blocked) => {
            if cx.desired.chain_layout() == Layout::OwnFile {
                takeover::output_refusal(cx)?;
            }
            while_awaited(cx, draft, blocked.into())
        }
        Ok(primary) => {
            refusal::refusal(cx, draft, primary)?;
            with_primary(cx, draft, primary)
        }
    }
}

/// Plans the binaries, then the runtime's config and the chain; neither while the runtime cannot be changed yet.
fn with_primary(cx: &PlanContext<'_>, draft: &mut Draft, primary: &Ready) -> Result<(), Blocked> {
    let binaries = Part::of(|draft| binaries(cx, draft, primary));
    if binaries.end.is_err() {
        return while_awaited(cx, draft, binaries);
    }
    let runtime = Part::of(|draft| config::runtime(cx, draft));
    // If the live values are right, the chain does not wait for the answer to which files the runtime has read.
    let asks = runtime.asks() && (!is_unread(cx) || live::has_drifted(cx));
    let is_refused = matches!(runtime.outcome(), Some(Outcome::Fail(_))) || asks;
    if !is_refused && !runtime.draft.changes().any(Change::is_restart) {
        dead_watch::refusal(cx, primary)?;
    }
    if !is_refused && live::loads_one_network(cx) {
        // The other values of the runtime can wait: pods that start meanwhile get the chain.
        binaries.add_to(draft)?;
        publish::chain(cx, draft, primary)?;
        return runtime.add_to(draft);
    }
    if runtime.outcome().is_some() && runtime.draft.steps.is_empty() {
        // The runtime cannot be changed yet, so the binaries are not installed yet either.
        draft.findings.extend(binaries.draft.findings);
    } else {
        binaries.add_to(draft)?;
    }
    // Behind a restart the desired values are live. Behind any other observation nobody knows what is live, so the chain
    // is planned then.
    let is_known = !runtime.draft.looks() || runtime.draft.changes().any(Change::is_restart);
    runtime.add_to(draft)?;
    if is_known { publish::chain(cx, draft, primary) } else { Ok(()) }
}
