//! The pods that run without the chain's plugins, with what an eviction needs.

use crate::diagnose::gap::{gap, is_chained};
use crate::diagnose::view::View;
use crate::node::Observed;
use crate::report::status::{OwnerOfPod, PodInGap, PodsInGap};
use crate::report::utc;

/// The pods, and why some could not be seen. Without a chain there is nothing that a pod could lack.
pub(super) fn pods(view: &View<'_>) -> (Option<PodsInGap>, Option<String>) {
    if !is_chained(view) {
        return (None, None);
    }
    let said = view.node.answers.running_pods.as_ref().map(|asked| &asked.said);
    let unseen = match said {
        Some(Observed::Present(_)) => None,
        Some(Observed::Unknown(why)) => Some(format!("the pods that run: {why}")),
        Some(Observed::Absent) | None => Some("the pods that run: the runtime was not asked".to_owned()),
    };
    let pods = gap(view).map(|pods| PodsInGap {
        by_the_runtime: unseen.is_none(),
        pods: pods
            .into_iter()
            .map(|pod| PodInGap {
                namespace: pod.namespace,
                name: pod.name,
                uid: pod.uid,
                created_at: pod.created.map(utc),
                owner: pod.owner.map(|owner| OwnerOfPod { kind: owner.kind, name: owner.name }),
                is_static: pod.is_static,
                lacks: pod.lacks.into_iter().collect(),
            })
            .collect(),
    });
    (pods, unseen)
}
