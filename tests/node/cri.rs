//! A small CRI client of the tests, so that the program's client is not its own judge. Field numbers are those of
//! `runtime.v1` (kubernetes/cri-api `api.proto`).

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use serde_json::Value;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;

/// A runtime, by its socket as seen from here. Each call connects again, because restarts replace the socket.
pub(crate) struct Cri {
    socket: PathBuf,
}

/// The answer of `Status`.
#[derive(Debug)]
pub(crate) struct Status {
    /// True if pods can have a network.
    pub(crate) network_ready: bool,
    /// The reason if they cannot.
    pub(crate) network_message: String,
    info: HashMap<String, String>,
}

impl Status {
    /// The result of the last load of the CNI configuration directory.
    pub(crate) fn load_status(&self) -> &str {
        self.info.get("lastCNILoadStatus").map_or("", String::as_str)
    }

    /// One of the JSON documents: `config`, `cniconfig`.
    pub(crate) fn document(&self, key: &str) -> Value {
        serde_json::from_str(&self.info[key]).unwrap()
    }

    /// The plugin types of each loaded network except the loopback, in order.
    pub(crate) fn networks(&self) -> Vec<Vec<String>> {
        let config = self.document("cniconfig");
        let types = |network: &Value| -> Vec<String> {
            let plugins = network["Config"]["Plugins"].as_array().unwrap();
            plugins.iter().map(|p| p["Network"]["type"].as_str().unwrap().to_owned()).collect()
        };
        let networks = config["Networks"].as_array().into_iter().flatten().map(types);
        networks.filter(|types| types != &["loopback"]).collect()
    }

    /// The bytes of the first network except the loopback, as the runtime read them.
    pub(crate) fn loaded_bytes(&self) -> String {
        let config = self.document("cniconfig");
        let networks = config["Networks"].as_array().unwrap();
        let source = |n: &Value| n["Config"]["Source"].as_str().unwrap().to_owned();
        networks.iter().map(source).rfind(|s| !s.contains("loopback")).unwrap_or_default()
    }

    /// The live `max_conf_num`.
    pub(crate) fn max_conf_num(&self) -> i64 {
        self.document("config")["cni"]["maxConfNum"].as_i64().unwrap()
    }
}

/// The answer of `PodSandboxStatus`.
pub(crate) struct SandboxStatus {
    /// True if the sandbox runs.
    pub(crate) ready: bool,
    /// The pod's address; empty on the host's network.
    pub(crate) ip: String,
    /// The PID of its pause container, in the node's PID namespace.
    pub(crate) pid: u64,
}

impl Cri {
    pub(crate) fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    pub(crate) fn status(&self) -> Result<Status, String> {
        let said: message::StatusResponse = self.call("Status", message::Verbose { verbose: true })?;
        let conditions = said.status.unwrap_or_default().conditions;
        let network = conditions.into_iter().find(|c| c.r#type == "NetworkReady").ok_or("no NetworkReady")?;
        Ok(Status { network_ready: network.status, network_message: network.message, info: said.info })
    }

    /// Starts a pod's sandbox. Returns its id.
    pub(crate) fn run_pod_sandbox(&self, name: &str, host_network: bool) -> Result<String, String> {
        let network = if host_network { message::NODE } else { message::POD };
        let config = message::PodSandboxConfig {
            metadata: Some(message::Metadata {
                name: name.into(),
                uid: name.into(),
                namespace: "test".into(),
            }),
            linux: Some(message::LinuxConfig {
                security_context: Some(message::SecurityContext {
                    namespace_options: Some(message::NamespaceOption { network }),
                }),
            }),
        };
        let request = message::RunPodSandboxRequest { config: Some(config) };
        self.call("RunPodSandbox", request).map(|r: message::SandboxId| r.id)
    }

    pub(crate) fn pod_sandbox_status(&self, id: &str) -> Result<SandboxStatus, String> {
        let request = message::SandboxStatusRequest { id: id.into(), verbose: true };
        let said: message::SandboxStatusResponse = self.call("PodSandboxStatus", request)?;
        let status = said.status.ok_or("no status")?;
        let network = status.network.unwrap_or_default();
        let info: Value = serde_json::from_str(&said.info["info"]).map_err(|e| e.to_string())?;
        Ok(SandboxStatus {
            ready: status.state == message::READY,
            ip: network.ip,
            pid: info["pid"].as_u64().ok_or("no pid")?,
        })
    }

    pub(crate) fn stop_pod_sandbox(&self, id: &str) -> Result<(), String> {
        self.call("StopPodSandbox", message::SandboxId { id: id.into() }).map(|_: message::Nothing| ())
    }

    pub(crate) fn remove_pod_sandbox(&self, id: &str) -> Result<(), String> {
        self.call("RemovePodSandbox", message::SandboxId { id: id.into() }).map(|_: message::Nothing| ())
    }

    fn call<Q, A>(&self, method: &str, request: Q) -> Result<A, String>
    where
        Q: prost::Message + Send + Sync + 'static,
        A: prost::Message + Default + Send + Sync + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let socket = self.socket.clone();
        let dial = tower::service_fn(move |_| {
            let socket = socket.clone();
            async move { tokio::net::UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        let path = PathAndQuery::try_from(format!("/runtime.v1.RuntimeService/{method}")).unwrap();
        runtime.block_on(async {
            let endpoint = Endpoint::from_static("http://cri").timeout(Duration::from_secs(60));
            let channel = endpoint.connect_with_connector(dial).await.map_err(|e| format!("{e:?}"))?;
            let mut grpc = tonic::client::Grpc::new(channel);
            grpc.ready().await.map_err(|e| e.to_string())?;
            let codec = tonic_prost::ProstCodec::default();
            let said = grpc.unary(tonic::Request::new(request), path, codec).await;
            said.map(tonic::Response::into_inner).map_err(|e| format!("{method}: {}", e.message()))
        })
    }
}

/// The parts of the messages that the tests use.
mod message {
    use prost::Message;
    use std::collections::HashMap;

    pub(super) const POD: i32 = 0;
    pub(super) const NODE: i32 = 2;
    pub(super) const READY: i32 = 0;

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Nothing {}

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Verbose {
        #[prost(bool, tag = "1")]
        pub(super) verbose: bool,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct StatusResponse {
        #[prost(message, optional, tag = "1")]
        pub(super) status: Option<RuntimeStatus>,
        #[prost(map = "string, string", tag = "2")]
        pub(super) info: HashMap<String, String>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct RuntimeStatus {
        #[prost(message, repeated, tag = "1")]
        pub(super) conditions: Vec<Condition>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Condition {
        #[prost(string, tag = "1")]
        pub(super) r#type: String,
        #[prost(bool, tag = "2")]
        pub(super) status: bool,
        #[prost(string, tag = "4")]
        pub(super) message: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct RunPodSandboxRequest {
        #[prost(message, optional, tag = "1")]
        pub(super) config: Option<PodSandboxConfig>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct PodSandboxConfig {
        #[prost(message, optional, tag = "1")]
        pub(super) metadata: Option<Metadata>,
        #[prost(message, optional, tag = "8")]
        pub(super) linux: Option<LinuxConfig>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Metadata {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(string, tag = "2")]
        pub(super) uid: String,
        #[prost(string, tag = "3")]
        pub(super) namespace: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct LinuxConfig {
        #[prost(message, optional, tag = "2")]
        pub(super) security_context: Option<SecurityContext>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct SecurityContext {
        #[prost(message, optional, tag = "1")]
        pub(super) namespace_options: Option<NamespaceOption>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct NamespaceOption {
        #[prost(int32, tag = "1")]
        pub(super) network: i32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct SandboxId {
        #[prost(string, tag = "1")]
        pub(super) id: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct SandboxStatusRequest {
        #[prost(string, tag = "1")]
        pub(super) id: String,
        #[prost(bool, tag = "2")]
        pub(super) verbose: bool,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct SandboxStatusResponse {
        #[prost(message, optional, tag = "1")]
        pub(super) status: Option<SandboxStatus>,
        #[prost(map = "string, string", tag = "2")]
        pub(super) info: HashMap<String, String>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct SandboxStatus {
        #[prost(int32, tag = "3")]
        pub(super) state: i32,
        #[prost(message, optional, tag = "5")]
        pub(super) network: Option<Network>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Network {
        #[prost(string, tag = "1")]
        pub(super) ip: String,
    }
}
