//! A small HTTP server for probes and metrics: GET only, few connections, each for a short time. It knows nothing of the
//! node: a function gives the answers.

use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};

use crate::node::Listen;

/// The number of connections at a time. The next ones wait in the kernel's queue.
const CONNECTIONS: usize = 16;
/// How long a connection may last, whatever its client does.
const LASTS: Duration = Duration::from_secs(5);
/// The size limit of a request's head in bytes, which is the smallest that hyper allows.
const HEAD: usize = 8192;
/// How soon an address is tried again that cannot be listened on.
const TRIED_AGAIN: Duration = Duration::from_secs(10);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// True for status 200, false for 503.
    pub is_good: bool,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// The answer for a path; `None` for a path that is not served (404).
pub type Answers = dyn Fn(&str) -> Option<Reply> + Send + Sync;

/// Listens on the address for ever, and tells in `trouble` why it cannot while it cannot.
pub async fn serve(address: Listen, answers: Arc<Answers>, trouble: watch::Sender<Option<String>>) {
    loop {
        match bind(&address).await {
            Ok(listener) => {
                trouble.send_replace(None);
                let error = listener.accept_all(&answers).await;
                trouble.send_replace(Some(error.to_string()));
            }
            Err(error) => drop(trouble.send_replace(Some(error.to_string()))),
        }
        tokio::time::sleep(TRIED_AGAIN).await;
    }
}

/// A socket that is listened on.
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

async fn bind(address: &Listen) -> io::Result<Listener> {
    match address {
        Listen::Tcp(address) => TcpListener::bind(address).await.map(Listener::Tcp),
        Listen::Unix(path) => {
            remove_left(path).await?;
            UnixListener::bind(path).map(Listener::Unix)
        }
    }
}

/// Removes the socket of a process that ended without removing it. One that somebody listens on stays.
async fn remove_left(path: &Path) -> io::Result<()> {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        _ => Ok(()),
    }
}

impl Listener {
    /// Serves connections until the socket itself fails, which is returned.
    async fn accept_all(&self, answers: &Arc<Answers>) -> io::Error {
        let free = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&free).acquire_owned().await else {
                return io::Error::other("no connection is left");
            };
            let accepted = match self {
                Self::Tcp(listener) => {
                    listener.accept().await.map(|(stream, _)| spawn(stream, Arc::clone(answers), place))
                }
                Self::Unix(listener) => {
                    listener.accept().await.map(|(stream, _)| spawn(stream, Arc::clone(answers), place))
                }
            };
            match accepted {
                Ok(()) => {}
                // The client has gone already.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => return error,
            }
        }
    }
}

fn spawn<S>(stream: S, answers: Arc<Answers>, place: tokio::sync::OwnedSemaphorePermit)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        let service = service_fn(|request| ready(Ok::<_, Infallible>(respond(&request, answers.as_ref()))));
        let connection = http1::Builder::new()
            .keep_alive(false)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        // A client that sends nonsense, or goes, is not this program's concern.
        let _ = tokio::time::timeout(LASTS, connection).await;
        drop(place);
    });
}

fn respond(request: &Request<Incoming>, answers: &Answers) -> Response<String> {
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    let reply = |status, content_type, body: String| {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response
    };
    if request.method() != Method::GET {
        let mut refused = reply(StatusCode::METHOD_NOT_ALLOWED, text, "only GET\n".to_owned());
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return refused;
    }
    match answers(request.uri().path()) {
        None => reply(StatusCode::NOT_FOUND, text, "no such path\n".to_owned()),
        Some(answer) => {
            let status = if answer.is_good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            reply(status, HeaderValue::from_static(answer.content_type), answer.body)
        }
    }
}
