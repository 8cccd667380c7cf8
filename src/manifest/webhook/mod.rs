//! Admission webhooks that can keep a node's network from starting: the API server asks them about the network's own
//! pods, but their backend needs that network (kops#16458).

mod backend;
mod hook;
mod mend;
mod node;
mod request;
mod subjects;
mod timeouts;

#[cfg(test)]
mod tests;

use super::cluster::Cluster;
use super::sink::Sink;
use crate::report::codes::lint as codes;
use backend::Backend;
use hook::Hook;
use request::{Request, requests};
use subjects::{Subject, subjects};

/// The API server's default time limit in seconds. A longer one delays every pod more than its controllers expect.
const USUAL_TIMEOUT: u64 = 10;

pub(super) fn check(cluster: &Cluster<'_>, sink: &mut Sink) {
    let subjects = subjects(cluster);
    let requests = requests(cluster, &subjects);
    let mut fail_open = Vec::new();
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        for object in cluster.of_kind("admissionregistration.k8s.io", kind) {
            for hook in Hook::all(object) {
                let Some(backend) = Backend::of(cluster, &hook) else { continue };
                if backend.has_host_network() {
                    continue;
                }
                judge(cluster, &hook, &backend, &subjects, sink);
                if hook.fails_closed() {
                    node::check(&hook, &backend, &requests, sink);
                } else {
                    fail_open.push(hook);
                }
            }
        }
    }
    let pods = subjects.iter().map(Request::new_pod);
    let all: Vec<_> = pods.chain(requests).collect();
    timeouts::check(&fail_open, &all, sink);
}

fn judge(
    cluster: &Cluster<'_>,
    hook: &Hook<'_>,
    backend: &Backend<'_>,
    subjects: &[Subject<'_>],
    sink: &mut Sink,
) {
    let (asked, passed): (Vec<_>, Vec<_>) =
        subjects.iter().partition(|subject| hook.matches(&Request::new_pod(subject)));
    if asked.is_empty() {
        return;
    }
    slow(hook, &asked, sink);
    if hook.fails_closed() {
        blocks(hook, backend, &asked, &passed, sink);
        backend.fragile(cluster, hook, sink);
    }
}

fn blocks(
    hook: &Hook<'_>,
    backend: &Backend<'_>,
    asked: &[&Subject<'_>],
    passed: &[&Subject<'_>],
    sink: &mut Sink,
) {
    let uncertain = hook.has_conditions();
    let policy =
        if hook.policy().is_some() { "failurePolicy Fail" } else { "failurePolicy Fail, the default" };
    let mut message = format!(
        "The webhook {:?} ({policy}) keeps the pods of {} from being created while its Service {} does not answer, and {} \
         need the network that they bring. If both are down, as in a rolling update, neither starts. It is asked about \
         {}.",
        hook.name(),
        subjects::names(asked),
        backend.name(),
        if backend.is_known() {
            "the pods of the Service"
        } else {
            "the pods of the Service, unless they use the host's network,"
        },
        hook.reach(),
    );
    if !passed.is_empty() {
        message.extend([" It lets ", &subjects::names(passed), " pass."]);
    }
    if hook.spares_kops() {
        message.push_str(
            " Only what kops itself manages has the label that is let pass: add-ons installed by other means, and \
             mirror pods of other static pods, are blocked.",
        );
    }
    if uncertain {
        message.push_str(" Its matchConditions may exclude them; they are not evaluated here.");
    }
    let spot = hook.spot.get("failurePolicy").unwrap_or_else(|| hook.spot.clone());
    sink.add(&codes::WEBHOOK_BLOCKS, hook.object, &spot, message, mend::both_halves(hook, asked));
    if uncertain {
        sink.soften_last();
    }
}

fn slow(hook: &Hook<'_>, asked: &[&Subject<'_>], sink: &mut Sink) {
    let Some(seconds) = hook.timeout().filter(|seconds| *seconds > USUAL_TIMEOUT) else { return };
    let message = format!(
        "The webhook {:?} has {seconds} s to answer ({}); while it does not, creating a pod of {} takes that long, \
         whatever the failurePolicy.",
        hook.name(),
        if hook.spot.get("timeoutSeconds").is_some() { "timeoutSeconds" } else { "the default of v1beta1" },
        subjects::names(asked),
    );
    let spot = hook.spot.get("timeoutSeconds").unwrap_or_else(|| hook.spot.clone());
    sink.add(&codes::WEBHOOK_SLOW, hook.object, &spot, message, mend::timeout(hook));
}
