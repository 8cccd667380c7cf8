//! One sandbox of this program's own: starts, finds and removes it.
//!
//! Names and numbers: `k8s.io/cri-api/pkg/apis/runtime/v1/api.proto`, as in `messages`.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use tonic::codegen::http::uri::PathAndQuery;

use super::sandboxes::{ListPodSandboxResponse, PodSandboxStatusRequest};
use super::{CriError, call, connect};

/// The name and the namespace of the pod. No cluster has this namespace, so a kubelet never takes the sandbox for one
/// of its own pods: it stops sandboxes that it does not know (`HandlePodCleanups`).
const NAME: &str = "cni-bootstrap-probe";

/// The label by which the sandbox is found again. It has none of the kubelet's labels (`io.kubernetes.pod.uid`).
pub(super) const LABEL: &str = "cni-bootstrap/probe";

/// The time limit for each call but the start.
const LIMIT: Duration = Duration::from_secs(20);

/// A runtime handler that no node has: a start with it ends before anything is made, but after the name was reserved.
const NO_HANDLER: &str = "cni-bootstrap-none";

/// The kubelet's default for pods: the PID namespace of each container is its own.
const OWN_PID_NAMESPACE: i32 = 1;

/// Starts the sandbox. `Ok(Err)` has the runtime's own words.
pub async fn run(
    socket: &Path,
    uid: &str,
    cgroup_parent: &str,
    patience: Duration,
) -> Result<Result<String, String>, CriError> {
    start(socket, uid, cgroup_parent, "", patience).await
}

/// True if the runtime still works at the start of this sandbox: it reserves the name first (containerd
/// `sandbox_run.go`).
pub async fn is_being_started(socket: &Path, uid: &str) -> Result<bool, CriError> {
    match start(socket, uid, "", NO_HANDLER, LIMIT).await? {
        Err(words) => Ok(words.contains("is reserved for")),
        // A runtime that knows every handler has started it.
        Ok(_) => Ok(true),
    }
}

async fn start(
    socket: &Path,
    uid: &str,
    cgroup_parent: &str,
    handler: &str,
    patience: Duration,
) -> Result<Result<String, String>, CriError> {
    let config = PodSandboxConfig {
        metadata: Some(Metadata { name: NAME.into(), uid: uid.into(), namespace: NAME.into() }),
        labels: HashMap::from([(LABEL.to_owned(), uid.to_owned())]),
        linux: Some(LinuxConfig {
            cgroup_parent: cgroup_parent.into(),
            security_context: Some(SecurityContext {
                namespace_options: Some(NamespaceOption { pid: OWN_PID_NAMESPACE }),
                seccomp: Some(RuntimeDefault {}),
            }),
        }),
    };
    let request = RunPodSandboxRequest { config: Some(config), runtime_handler: handler.into() };
    match asked(socket, "RunPodSandbox", request, patience).await {
        Ok(SandboxId { id }) => Ok(Ok(id)),
        Err(Refused::Words(words)) => Ok(Err(words)),
        Err(Refused::Call(error)) => Err(error),
    }
}

/// The ids of the sandboxes with this uid.
pub async fn find(socket: &Path, uid: &str) -> Result<Vec<String>, CriError> {
    let filter = Filter { label_selector: HashMap::from([(LABEL.to_owned(), uid.to_owned())]) };
    let request = ListRequest { filter: Some(filter) };
    let list: ListPodSandboxResponse =
        asked(socket, "ListPodSandbox", request, LIMIT).await.map_err(|e| e.into_error(socket))?;
    // What is found is removed, so the label is compared here too: a proxy may not know the filter.
    let is_own = |label: Option<&String>| label.is_some_and(|label| label == uid);
    Ok(list.items.into_iter().filter(|item| is_own(item.labels.get(LABEL))).map(|item| item.id).collect())
}

/// The addresses of a sandbox; `None` if it is gone or does not run.
pub async fn addresses(socket: &Path, id: &str) -> Result<Option<Vec<String>>, CriError> {
    let request = PodSandboxStatusRequest { pod_sandbox_id: id.to_owned() };
    let answer: StatusResponse = match asked(socket, "PodSandboxStatus", request, LIMIT).await {
        Ok(answer) => answer,
        Err(Refused::Words(words)) if words.contains("not found") => return Ok(None),
        Err(refused) => return Err(refused.into_error(socket)),
    };
    let Some(status) = answer.status.filter(|status| status.state == READY) else { return Ok(None) };
    let network = status.network.unwrap_or_default();
    let more = network.additional_ips.into_iter().map(|more| more.ip);
    Ok(Some(std::iter::once(network.ip).chain(more).filter(|ip| !ip.is_empty()).collect()))
}

/// Stops and removes a sandbox. One that is gone already is removed.
pub async fn remove(socket: &Path, id: &str) -> Result<(), CriError> {
    for method in ["StopPodSandbox", "RemovePodSandbox"] {
        let answer: Result<Nothing, Refused> =
            asked(socket, method, SandboxId { id: id.to_owned() }, LIMIT).await;
        match answer {
            Ok(Nothing {}) => {}
            Err(Refused::Words(words)) if words.contains("not found") && !words.contains("plugin") => {}
            Err(refused) => return Err(refused.into_error(socket)),
        }
    }
    Ok(())
}

/// Why a call has no answer.
enum Refused {
    /// The runtime said no, with these words.
    Words(String),
    /// The call did not reach the runtime, or had no answer in time.
    Call(CriError),
}

impl Refused {
    fn into_error(self, socket: &Path) -> CriError {
        match self {
            Self::Words(message) => CriError::Other { socket: socket.to_owned(), message },
            Self::Call(error) => error,
        }
    }
}

async fn asked<Q, A>(socket: &Path, method: &str, request: Q, limit: Duration) -> Result<A, Refused>
where
    Q: prost::Message + 'static,
    A: prost::Message + Default + 'static,
{
    let path = PathAndQuery::try_from(format!("/runtime.v1.RuntimeService/{method}"));
    let path = path.unwrap_or_else(|_| PathAndQuery::from_static("/"));
    let calling = async {
        let channel = connect(socket).await.map_err(Refused::Call)?;
        call(&channel, path, request, limit).await.map_err(|status| {
            let is_said = matches!(
                status.code(),
                tonic::Code::Unknown
                    | tonic::Code::NotFound
                    | tonic::Code::InvalidArgument
                    | tonic::Code::FailedPrecondition
                    | tonic::Code::AlreadyExists
                    | tonic::Code::Internal
            );
            if is_said && std::error::Error::source(&status).is_none() {
                return Refused::Words(status.message().to_owned());
            }
            Refused::Call(CriError::calling(socket, limit, &status))
        })
    };
    match tokio::time::timeout(limit, calling).await {
        Ok(answer) => answer,
        Err(_) => Err(Refused::Call(CriError::Timeout { socket: socket.to_owned(), timeout: limit })),
    }
}

/// `PodSandboxState` READY.
const READY: i32 = 0;

#[derive(Clone, PartialEq, prost::Message)]
struct Nothing {}

#[derive(Clone, PartialEq, prost::Message)]
struct SandboxId {
    #[prost(string, tag = "1")]
    id: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RunPodSandboxRequest {
    #[prost(message, optional, tag = "1")]
    config: Option<PodSandboxConfig>,
    #[prost(string, tag = "2")]
    runtime_handler: String,
}

/// Without a log directory: only containers have logs, and the sandbox gets none.
#[derive(Clone, PartialEq, prost::Message)]
struct PodSandboxConfig {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Metadata>,
    #[prost(map = "string, string", tag = "6")]
    labels: HashMap<String, String>,
    #[prost(message, optional, tag = "8")]
    linux: Option<LinuxConfig>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Metadata {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    uid: String,
    #[prost(string, tag = "3")]
    namespace: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct LinuxConfig {
    #[prost(string, tag = "1")]
    cgroup_parent: String,
    #[prost(message, optional, tag = "2")]
    security_context: Option<SecurityContext>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SecurityContext {
    #[prost(message, optional, tag = "1")]
    namespace_options: Option<NamespaceOption>,
    /// The kubelet's own choice for sandboxes (`kuberuntime_sandbox.go`).
    #[prost(message, optional, tag = "9")]
    seccomp: Option<RuntimeDefault>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct NamespaceOption {
    #[prost(int32, tag = "2")]
    pid: i32,
}

/// `SecurityProfile` with its default type, `RuntimeDefault`.
#[derive(Clone, PartialEq, prost::Message)]
struct RuntimeDefault {}

#[derive(Clone, PartialEq, prost::Message)]
struct ListRequest {
    #[prost(message, optional, tag = "1")]
    filter: Option<Filter>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Filter {
    #[prost(map = "string, string", tag = "3")]
    label_selector: HashMap<String, String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StatusResponse {
    #[prost(message, optional, tag = "1")]
    status: Option<Status>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "3")]
    state: i32,
    #[prost(message, optional, tag = "5")]
    network: Option<Network>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Network {
    #[prost(string, tag = "1")]
    ip: String,
    #[prost(message, repeated, tag = "2")]
    additional_ips: Vec<Address>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Address {
    #[prost(string, tag = "1")]
    ip: String,
}
