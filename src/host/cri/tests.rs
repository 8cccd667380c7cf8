use super::messages::{RuntimeCondition, RuntimeStatus, StatusResponse, VersionResponse};
use super::sandboxes::{
    LinuxPodSandboxStatus, ListPodSandboxResponse, Namespace, NamespaceOption, PodSandbox,
    PodSandboxMetadata, PodSandboxStatus, PodSandboxStatusResponse,
};
use super::{CriError, status};
use prost::Message;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UnixListener;
use tonic::codegen::http::{HeaderMap, Response};

/// A time limit that no answer on this machine reaches.
const PATIENT: Duration = Duration::from_secs(60);

/// The server's answer to a call: a message, or a code with a text.
type Answer = Result<Vec<u8>, (u16, &'static str)>;

fn socket() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cri.sock");
    (dir, path)
}

/// Serves one connection. Returns the path of each call, and if it had a `grpc-timeout`.
fn serve(socket: &Path, answer: impl Fn(&str) -> Answer + Send + 'static) -> Arc<Mutex<Vec<(String, bool)>>> {
    let listener = UnixListener::bind(socket).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let path = request.uri().path().to_owned();
            log.lock().unwrap().push((path.clone(), request.headers().contains_key("grpc-timeout")));
            let response = Response::builder().header("content-type", "application/grpc");
            match answer(&path) {
                Ok(message) => {
                    let mut frame = vec![0];
                    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
                    frame.extend(message);
                    let mut body = respond.send_response(response.body(()).unwrap(), false).unwrap();
                    body.send_data(frame.into(), false).unwrap();
                    let mut trailers = HeaderMap::new();
                    trailers.insert("grpc-status", 0.into());
                    body.send_trailers(trailers).unwrap();
                }
                Err((code, words)) => {
                    let response = response.header("grpc-status", code).header("grpc-message", words);
                    respond.send_response(response.body(()).unwrap(), true).unwrap();
                }
            }
        }
    });
    asked
}

fn healthy(path: &str) -> Vec<u8> {
    if path == "/runtime.v1.RuntimeService/Version" {
        let (name, version) = ("containerd".to_owned(), "v2.1.9".to_owned());
        return VersionResponse { runtime_name: name, runtime_version: version }.encode_to_vec();
    }
    assert_eq!(path, "/runtime.v1.RuntimeService/Status");
    let ready = RuntimeCondition {
        r#type: "NetworkReady".to_owned(),
        status: true,
        reason: "R".to_owned(),
        message: "M".to_owned(),
    };
    // Larger than tonic's own limit of 4 MiB.
    let info = [("config".to_owned(), "x".repeat(5 << 20))].into();
    StatusResponse { status: Some(RuntimeStatus { conditions: vec![ready] }), info }.encode_to_vec()
}

#[tokio::test]
async fn version_and_verbose_status_make_one_answer() {
    let (_dir, path) = socket();
    let asked = serve(&path, |path| Ok(healthy(path)));
    let raw = status(&path, PATIENT).await.unwrap();
    assert_eq!((raw.runtime_name.as_str(), raw.runtime_version.as_str()), ("containerd", "v2.1.9"));
    assert_eq!(raw.info["config"].len(), 5 << 20);
    let ready = &raw.conditions[0];
    assert_eq!(
        (ready.kind.as_str(), ready.status, ready.reason.as_str(), ready.message.as_str()),
        ("NetworkReady", true, "R", "M")
    );
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|(_, deadline)| *deadline), "the daemon must know when nobody waits any more");
}

/// A runtime with one sandbox for each of these network modes; `None` was removed after it was listed.
async fn sandboxes_of(modes: &'static [Option<i32>]) -> crate::node::Sandboxes {
    let (_dir, path) = socket();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    serve(&path, move |path| {
        if path == "/runtime.v1.RuntimeService/ListPodSandbox" {
            let items = (0..modes.len())
                .map(|number| PodSandbox { id: number.to_string(), ..PodSandbox::default() })
                .collect();
            return Ok(ListPodSandboxResponse { items }.encode_to_vec());
        }
        assert_eq!(path, "/runtime.v1.RuntimeService/PodSandboxStatus");
        let Some(network) = modes[asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed)] else {
            return Err((5, "an error occurred when try to find sandbox: not found"));
        };
        let namespaces = Some(Namespace { options: Some(NamespaceOption { network }) });
        let status = Some(PodSandboxStatus { linux: Some(LinuxPodSandboxStatus { namespaces }) });
        Ok(PodSandboxStatusResponse { status }.encode_to_vec())
    });
    super::sandboxes::sandboxes(&path, PATIENT).await.unwrap()
}

#[tokio::test]
async fn sandboxes_are_counted_until_one_has_a_network_of_its_own() {
    let of = |on_host_network, pod_network| crate::node::Sandboxes { on_host_network, pod_network };
    assert_eq!(sandboxes_of(&[]).await, of(0, false));
    assert_eq!(sandboxes_of(&[Some(2), None, Some(2)]).await, of(2, false));
    // 0 is the pod's own network, and the default.
    assert_eq!(sandboxes_of(&[Some(2), Some(0), Some(2)]).await, of(1, true));
}

/// The pods of a runtime whose sandboxes are these, and the number of calls; the first has the node's network.
async fn running_of(
    listed: Vec<PodSandbox>,
    known: &[crate::node::PodSandbox],
) -> (Vec<crate::node::PodSandbox>, usize) {
    let (_dir, path) = socket();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let calls = serve(&path, move |path| {
        if path == "/runtime.v1.RuntimeService/ListPodSandbox" {
            return Ok(ListPodSandboxResponse { items: listed.clone() }.encode_to_vec());
        }
        let network = if asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 { 2 } else { 0 };
        let namespaces = Some(Namespace { options: Some(NamespaceOption { network }) });
        let status = Some(PodSandboxStatus { linux: Some(LinuxPodSandboxStatus { namespaces }) });
        Ok(PodSandboxStatusResponse { status }.encode_to_vec())
    });
    let pods = super::running::running_pods(&path, known, PATIENT).await.unwrap();
    let calls = calls.lock().unwrap().len();
    (pods, calls)
}

#[tokio::test]
async fn pods_that_run_are_told_with_their_time_and_network() {
    let text =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let listed = |id: &str, state| PodSandbox {
        id: id.to_owned(),
        metadata: Some(PodSandboxMetadata {
            name: id.to_owned(),
            uid: format!("u{id}"),
            namespace: "n".to_owned(),
        }),
        state,
        created_at: 7,
        labels: text(&[("pod-template-hash", "h"), ("app", "x")]),
        annotations: text(&[("kubernetes.io/config.source", if id == "a" { "file" } else { "api" })]),
    };
    let own = PodSandbox { labels: text(&[(super::pods::LABEL, "1")]), ..listed("own", 0) };
    let items = vec![listed("a", 0), listed("ended", 1), own, listed("b", 0)];
    let (pods, calls) = running_of(items.clone(), &[]).await;
    assert_eq!(calls, 3, "one list, and the network of each pod");
    let told: Vec<_> = pods.iter().map(|pod| (pod.id.as_str(), pod.on_host_network, pod.is_static)).collect();
    assert_eq!(told, [("a", true, true), ("b", false, false)]);
    let b = &pods[1];
    assert_eq!((b.namespace.as_str(), b.name.as_str(), b.uid.as_str(), b.created), ("n", "b", "ub", 7));
    assert_eq!(b.labels.keys().collect::<Vec<_>>(), ["pod-template-hash"]);
    // Asked again, nothing but the list is needed.
    assert_eq!(running_of(items, &pods).await, (pods.clone(), 1));
}

#[tokio::test]
async fn a_recovering_containerd_is_not_yet_whatever_its_code() {
    for code in [2, 14] {
        let (_dir, path) = socket();
        serve(&path, move |_| Err((code, "server is not initialized yet")));
        let error = status(&path, PATIENT).await.unwrap_err();
        assert!(matches!(error, CriError::NotYet { .. }), "{code}: {error}");
    }
}

#[tokio::test]
async fn a_daemon_without_cri_says_so_in_its_own_words() {
    let (_dir, path) = socket();
    serve(&path, |_| Err((12, "unknown service runtime.v1.RuntimeService")));
    let error = status(&path, PATIENT).await.unwrap_err();
    assert!(matches!(error, CriError::Unimplemented { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("unknown service runtime.v1.RuntimeService") && text.contains("cri.sock"),
        "{text}"
    );
}

#[tokio::test]
async fn any_other_refusal_keeps_code_and_words() {
    let (_dir, path) = socket();
    serve(&path, |_| Err((13, "disk on fire")));
    let text = status(&path, PATIENT).await.unwrap_err().to_string();
    assert!(text.contains("Internal") && text.contains("disk on fire"), "{text}");
}

#[tokio::test]
async fn an_answer_past_the_limit_is_refused() {
    let (_dir, path) = socket();
    serve(&path, |path| match path {
        "/runtime.v1.RuntimeService/Version" => Ok(healthy(path)),
        _ => Ok(vec![0; super::MAX_MESSAGE + 1]),
    });
    let error = status(&path, PATIENT).await.unwrap_err();
    assert!(matches!(error, CriError::Other { .. }), "{error}");
}

#[tokio::test]
async fn no_socket_and_nobody_listening_are_told_apart() {
    let (_dir, path) = socket();
    assert!(matches!(status(&path, PATIENT).await.unwrap_err(), CriError::NoSocket(_)));
    drop(UnixListener::bind(&path).unwrap());
    assert!(matches!(status(&path, PATIENT).await.unwrap_err(), CriError::Refused(_)));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_answers_is_a_timeout() {
    let (_dir, path) = socket();
    let _listener = UnixListener::bind(&path).unwrap();
    let error = status(&path, Duration::from_secs(3)).await.unwrap_err();
    assert!(matches!(error, CriError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_an_error_and_not_a_hang() {
    let (_dir, path) = socket();
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let error = status(&path, PATIENT).await.unwrap_err();
    assert!(matches!(error, CriError::Other { .. }), "{error}");
}
