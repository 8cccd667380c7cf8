//! Answers whether a pod starts, and removes what earlier runs left of such answers.

use std::sync::Arc;

use crate::host::publish::{FileShape, publish};
use crate::host::{Root, pod};
use crate::node::{HostPath, LeftPods, Node, Observed, PodAnswer, PodQuestion, STARTED_POD, started_pod};

/// Starts a sandbox and removes it. What it started on is kept in `/run`, so that the next run does not ask again.
pub(super) async fn pod(
    root: &Arc<Root>,
    node: &Node,
    question: &PodQuestion,
) -> (Observed<PodAnswer>, LeftPods) {
    let Some(endpoint) = node.endpoint() else { return (Observed::Absent, LeftPods::default()) };
    let (_fd, socket) = match root.handle(endpoint) {
        Ok(handle) => handle,
        Err(error) => return (Observed::Unknown(format!("{endpoint}: {error}")), LeftPods::default()),
    };
    let (answer, left) =
        pod::start_and_remove(root, &socket, question.cgroup_parent, question.patience).await;
    let named = |words: String| words.replace(&socket.display().to_string(), endpoint.as_str());
    let answer = match answer {
        PodAnswer::NotKnown(words) => PodAnswer::NotKnown(named(words)),
        other => other,
    };
    if matches!(answer, PodAnswer::Started(_)) {
        let bytes = started_pod(&question.key);
        let path = HostPath::known(STARTED_POD);
        // If it cannot be written, the next run starts a pod once more, and that is all.
        publish(root, &path, &mut bytes.as_bytes(), FileShape::OWN, None).ok();
    }
    (Observed::Present(answer), LeftPods { left: left.into_iter().map(named).collect() })
}

/// Removes the sandboxes that earlier runs noted.
pub(super) async fn left(root: &Arc<Root>, node: &Node) -> Observed<LeftPods> {
    let Some(endpoint) = node.endpoint() else { return Observed::Absent };
    match root.handle(endpoint) {
        Ok((_fd, socket)) => {
            let left = pod::remove_left(root, &socket).await;
            let named = |words: String| words.replace(&socket.display().to_string(), endpoint.as_str());
            Observed::Present(LeftPods { left: left.into_iter().map(named).collect() })
        }
        Err(error) => Observed::Unknown(format!("{endpoint}: {error}")),
    }
}
