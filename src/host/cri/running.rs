//! The pods that a runtime runs, with the times of their sandboxes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tonic::codegen::http::uri::PathAndQuery;

use super::pods::LABEL;
use super::sandboxes::{
    ListPodSandboxRequest, ListPodSandboxResponse, PodSandbox as Listed, is_on_host_network,
};
use super::{CriError, call, connect};
use crate::node::PodSandbox;

/// `PodSandboxState` READY.
const READY: i32 = 0;
/// The kubelet's annotation for where a pod's manifest came from (kubelet `types.ConfigSourceAnnotationKey`). Of a pod
/// of the API server it is `api`.
const SOURCE: &str = "kubernetes.io/config.source";

/// Lists the sandboxes that are ready, without the program's own. The network of a sandbox never changes, so those in
/// `known` are not asked for it again. `socket` and `timeout` are as for `status`.
pub async fn running_pods(
    socket: &Path,
    known: &[PodSandbox],
    timeout: Duration,
) -> Result<Vec<PodSandbox>, CriError> {
    match tokio::time::timeout(timeout, ask(socket, known, timeout)).await {
        Ok(answer) => answer,
        Err(_) => Err(CriError::Timeout { socket: socket.to_owned(), timeout }),
    }
}

async fn ask(socket: &Path, known: &[PodSandbox], timeout: Duration) -> Result<Vec<PodSandbox>, CriError> {
    let channel = connect(socket).await?;
    let failed = |status: tonic::Status| CriError::calling(socket, timeout, &status);
    let path = PathAndQuery::from_static("/runtime.v1.RuntimeService/ListPodSandbox");
    let list: ListPodSandboxResponse =
        call(&channel, path, ListPodSandboxRequest {}, timeout).await.map_err(failed)?;
    let networks: BTreeMap<&str, bool> =
        known.iter().map(|pod| (pod.id.as_str(), pod.on_host_network)).collect();
    let mut pods = Vec::new();
    for listed in
        list.items.into_iter().filter(|item| item.state == READY && !item.labels.contains_key(LABEL))
    {
        let on_host_network = match networks.get(listed.id.as_str()) {
            Some(known) => Some(*known),
            None => is_on_host_network(&channel, listed.id.clone(), timeout).await.map_err(failed)?,
        };
        // A sandbox that was removed after the list was made does not run.
        pods.extend(on_host_network.map(|on_host_network| pod(listed, on_host_network)));
    }
    Ok(pods)
}

fn pod(listed: Listed, on_host_network: bool) -> PodSandbox {
    let metadata = listed.metadata.unwrap_or_default();
    let labels = listed.labels.into_iter().filter(|(key, _)| PodSandbox::OF_OWNERS.contains(&key.as_str()));
    PodSandbox {
        id: listed.id,
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
        created: listed.created_at.into(),
        labels: labels.collect(),
        is_static: listed.annotations.get(SOURCE).is_some_and(|source| source != "api"),
        on_host_network,
    }
}
