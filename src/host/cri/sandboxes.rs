//! The pod sandboxes of a runtime, and their networks.
use std::path::Path;
use std::time::Duration;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;

use super::{CriError, call, connect};
use crate::node::Sandboxes;

/// Lists the pod sandboxes over a new connection, and stops at the first one with its own network. `socket` and
/// `timeout` are as for `status`.
pub async fn sandboxes(socket: &Path, timeout: Duration) -> Result<Sandboxes, CriError> {
    match tokio::time::timeout(timeout, ask_for_sandboxes(socket, timeout)).await {
        Ok(answer) => answer,
        Err(_) => Err(CriError::Timeout { socket: socket.to_owned(), timeout }),
    }
}

/// The list has no namespaces, so each sandbox is asked for its status.
async fn ask_for_sandboxes(socket: &Path, timeout: Duration) -> Result<Sandboxes, CriError> {
    let channel = connect(socket).await?;
    let failed = |status: tonic::Status| CriError::calling(socket, timeout, &status);
    let path = PathAndQuery::from_static("/runtime.v1.RuntimeService/ListPodSandbox");
    let list: ListPodSandboxResponse =
        call(&channel, path, ListPodSandboxRequest {}, timeout).await.map_err(failed)?;
    let mut sandboxes = Sandboxes::default();
    for PodSandbox { id, .. } in list.items {
        match is_on_host_network(&channel, id, timeout).await.map_err(failed)? {
            // The sandbox was removed after the list was made.
            None => {}
            Some(true) => sandboxes.on_host_network += 1,
            Some(false) => {
                sandboxes.pod_network = true;
                break;
            }
        }
    }
    Ok(sandboxes)
}

/// True if the sandbox has the node's network; `None` if it is gone.
pub(super) async fn is_on_host_network(
    channel: &Channel,
    id: String,
    timeout: Duration,
) -> Result<Option<bool>, tonic::Status> {
    let path = PathAndQuery::from_static("/runtime.v1.RuntimeService/PodSandboxStatus");
    let request = PodSandboxStatusRequest { pod_sandbox_id: id };
    let answer: PodSandboxStatusResponse = match call(channel, path, request, timeout).await {
        Ok(answer) => answer,
        Err(status) if status.code() == tonic::Code::NotFound => return Ok(None),
        Err(status) => return Err(status),
    };
    // 0, the default, is the pod's own network. So a runtime that sends no network mode counts as one with a pod
    // network.
    let options = answer.status.and_then(|status| status.linux?.namespaces?.options);
    Ok(Some(options.is_some_and(|options| options.network == NETWORK_OF_THE_NODE)))
}

/// No filter: all sandboxes, also those that have ended.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ListPodSandboxRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ListPodSandboxResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) items: Vec<PodSandbox>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PodSandbox {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) metadata: Option<PodSandboxMetadata>,
    /// `PodSandboxState`; 0 is READY.
    #[prost(int32, tag = "3")]
    pub(super) state: i32,
    /// The time of the start in nanoseconds since the epoch.
    #[prost(int64, tag = "4")]
    pub(super) created_at: i64,
    #[prost(map = "string, string", tag = "5")]
    pub(super) labels: std::collections::HashMap<String, String>,
    #[prost(map = "string, string", tag = "6")]
    pub(super) annotations: std::collections::HashMap<String, String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PodSandboxMetadata {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) uid: String,
    #[prost(string, tag = "3")]
    pub(super) namespace: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PodSandboxStatusRequest {
    #[prost(string, tag = "1")]
    pub(super) pod_sandbox_id: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PodSandboxStatusResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) status: Option<PodSandboxStatus>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PodSandboxStatus {
    #[prost(message, optional, tag = "6")]
    pub(super) linux: Option<LinuxPodSandboxStatus>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LinuxPodSandboxStatus {
    #[prost(message, optional, tag = "1")]
    pub(super) namespaces: Option<Namespace>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Namespace {
    #[prost(message, optional, tag = "2")]
    pub(super) options: Option<NamespaceOption>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct NamespaceOption {
    /// The network namespace: [`NETWORK_OF_THE_NODE`], or another value; 0 is the pod's own.
    #[prost(int32, tag = "1")]
    pub(super) network: i32,
}

/// `NamespaceMode` NODE: the pod uses the host's network.
pub(super) const NETWORK_OF_THE_NODE: i32 = 2;
