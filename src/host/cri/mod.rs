//! CRI calls to the container runtime (`runtime.v1` over its Unix socket).

mod error;
mod messages;
pub mod pods;
mod running;
mod sandboxes;
#[cfg(test)]
mod tests;

pub use error::CriError;
pub use running::running_pods;
pub use sandboxes::sandboxes;

use crate::node::{Condition, RawStatus};
use hyper_util::rt::TokioIo;
use messages::{StatusRequest, StatusResponse, VersionRequest, VersionResponse};
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::net::UnixStream;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};

/// The size limit of a message in bytes. `info` has the runtime's whole config and every loaded conflist; 16 MiB is
/// the kubelet's limit (`maxMsgSize`, `remote_runtime.go`).
const MAX_MESSAGE: usize = 16 << 20;

/// Calls `Version` and verbose `Status` over a new connection that is closed afterwards: containerd creates its
/// socket anew when it starts, and an old connection would hide that.
///
/// `socket` is used as it is written (it may be a path in `/proc/self/fd`). `timeout` is for all calls together. The
/// caller runs in a tokio runtime with I/O and time.
pub async fn status(socket: &Path, timeout: Duration) -> Result<RawStatus, CriError> {
    match tokio::time::timeout(timeout, ask(socket, timeout)).await {
        Ok(answer) => answer,
        Err(_) => Err(CriError::Timeout { socket: socket.to_owned(), timeout }),
    }
}

async fn ask(socket: &Path, timeout: Duration) -> Result<RawStatus, CriError> {
    let channel = connect(socket).await?;
    let failed = |status: tonic::Status| CriError::calling(socket, timeout, &status);

    let path = PathAndQuery::from_static("/runtime.v1.RuntimeService/Version");
    let version: VersionResponse =
        call(&channel, path, VersionRequest { version: String::new() }, timeout).await.map_err(failed)?;
    let path = PathAndQuery::from_static("/runtime.v1.RuntimeService/Status");
    let status: StatusResponse =
        call(&channel, path, StatusRequest { verbose: true }, timeout).await.map_err(failed)?;

    let conditions = status.status.unwrap_or_default().conditions.into_iter().map(|c| Condition {
        kind: c.r#type,
        status: c.status,
        reason: c.reason,
        message: c.message,
    });
    Ok(RawStatus {
        runtime_name: version.runtime_name,
        runtime_version: version.runtime_version,
        conditions: conditions.collect(),
        info: status.info.into_iter().collect(),
    })
}

async fn connect(socket: &Path) -> Result<Channel, CriError> {
    // Connects before tonic does, so that the error is the kernel's.
    let stream = UnixStream::connect(socket).await.map_err(|e| CriError::connecting(socket, e))?;
    channel(stream).await.map_err(|e| CriError::Other {
        socket: socket.to_owned(),
        message: std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string),
    })
}

async fn channel(stream: UnixStream) -> Result<Channel, tonic::transport::Error> {
    let mut stream = Some(TokioIo::new(stream));
    let connector = tower::service_fn(move |_| {
        // A channel reconnects when its connection breaks. This one must not, see `status`.
        let stream = stream.take().ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
        async move { stream }
    });
    // The authority is never resolved: the connector above is the only connection, and no proxy is used.
    Endpoint::from_static("http://localhost").connect_with_connector(connector).await
}

async fn call<Q, A>(
    channel: &Channel,
    path: PathAndQuery,
    ask: Q,
    timeout: Duration,
) -> Result<A, tonic::Status>
where
    Q: prost::Message + 'static,
    A: prost::Message + Default + 'static,
{
    let mut client = tonic::client::Grpc::new(channel.clone()).max_decoding_message_size(MAX_MESSAGE);
    client.ready().await.map_err(|e| tonic::Status::from_error(e.into()))?;
    let mut request = tonic::Request::new(ask);
    request.set_timeout(timeout);
    let codec = tonic_prost::ProstCodec::<Q, A>::default();
    Ok(client.unary(request, path, codec).await?.into_inner())
}
