//! Webhooks that are asked about what nodes and the network's agents write.

use super::super::codes;
use super::super::sink::Sink;
use super::backend::Backend;
use super::hook::Hook;
use super::mend;
use super::request::{Request, distinct};
use crate::report::join_truncated;

/// A finding if a webhook that fails closed is asked about requests without which nodes or the network stop.
pub(super) fn check(hook: &Hook<'_>, backend: &Backend<'_>, requests: &[Request<'_>], sink: &mut Sink) {
    let asked: Vec<_> = requests.iter().filter(|request| hook.matches(request)).collect();
    if asked.is_empty() {
        return;
    }
    let uncertain = hook.has_conditions();
    let what = distinct(asked.iter().map(|request| request.path()));
    let consequences = distinct(asked.iter().map(|request| request.consequence));
    let mut message = format!(
        "The webhook {:?} (failurePolicy Fail) is asked about {}. While its Service {} does not answer, {}; and the \
         Service's own pods need nodes and their network.",
        hook.name(),
        join_truncated(&what.iter().map(String::as_str).collect::<Vec<_>>()),
        backend.name(),
        consequences.join(", ")
    );
    if hook.spot.get("namespaceSelector").is_some()
        && asked.iter().any(|request| request.namespace_labels.is_none())
    {
        message.push_str(" Its namespaceSelector does not exclude objects that have no namespace.");
    }
    if uncertain {
        message.push_str(" Its matchConditions may exclude them; they are not evaluated here.");
    }
    let spot = hook.spot.get("rules").unwrap_or_else(|| hook.spot.clone());
    sink.add(&codes::WEBHOOK_NODE, hook.object, &spot, message, mend::exclude_requests(hook, &asked));
    if uncertain {
        sink.soften_last();
    }
}
