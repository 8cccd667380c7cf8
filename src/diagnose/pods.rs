//! Pods that started before the chain existed: a chain reaches new pods only.

use super::found::found;
use super::gap::{GapPod, gap};
use super::view::View;
use crate::report::codes::check::PODS_OLDER;
use crate::report::{Located, join_truncated, word};

/// Finds them only if new pods get the chain: before that it does not help to recreate a pod.
pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(winner) = &view.winner else { return Vec::new() };
    let path = view.conf_dir.join(winner.name);
    if !view.is_our_chain(&path, winner.conflist.bytes()) {
        return Vec::new();
    }
    let pods = gap(view).unwrap_or_default();
    let Some(first) = pods.first() else { return Vec::new() };
    let names: Vec<String> = pods.iter().map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let lacks: std::collections::BTreeSet<&str> =
        pods.iter().flat_map(|pod| &pod.lacks).map(String::as_str).collect();
    let lacks: Vec<&str> = lacks.into_iter().collect();
    let (run, pronoun) = if pods.len() == 1 { ("runs", "it is") } else { ("run", "they are") };
    vec![found(
        &PODS_OLDER,
        &format!("pod {}/{}", first.namespace, first.name),
        format!(
            "{} {run} without {} until {pronoun} recreated: a chain reaches only pods that start after it",
            join_truncated(&names),
            join_truncated(&lacks)
        ),
        pods.iter().take(10).map(recreate).collect::<Vec<_>>().join("\n"),
    )]
}

/// Evicts the pod, which respects disruption budgets; a deletion does not. kubectl has no verb for it but `drain`, which
/// is for whole nodes.
fn recreate(pod: &GapPod) -> String {
    let (namespace, name) = (&pod.namespace, &pod.name);
    if pod.is_static {
        return format!(
            "# {}/{} is a static pod: move its manifest away, wait, and move it back",
            word(namespace),
            word(name)
        );
    }
    if ![namespace, name].into_iter().all(|part| is_of_the_api(part)) {
        return format!(
            "# {}/{} was not made by Kubernetes: what made it removes it",
            word(namespace),
            word(name)
        );
    }
    // A pod of the same name that was made since is another one.
    let of_this =
        pod.uid.as_deref().filter(|uid| is_of_the_api(uid)).map_or_else(String::new, |uid| {
            format!(r#","deleteOptions":{{"preconditions":{{"uid":"{uid}"}}}}"#)
        });
    format!(
        r#"printf %s '{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"namespace":"{namespace}","name":"{name}"}}{of_this}}}' | kubectl create --raw /api/v1/namespaces/{namespace}/pods/{name}/eviction -f -"#
    )
}

/// True for a name that the API server admits: no character of it means something in a path, in JSON or to a shell.
fn is_of_the_api(name: &str) -> bool {
    let admitted = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(admitted)
}
