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

fn recreate(pod: &GapPod) -> String {
    let (namespace, name) = (word(&pod.namespace), word(&pod.name));
    if pod.is_static {
        return format!(
            "# {namespace}/{name} is a static pod: move its manifest away, wait, and move it back"
        );
    }
    format!("kubectl -n {namespace} delete pod {name}")
}
