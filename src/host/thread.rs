//! Blocking work in a separate thread, so that signals are handled meanwhile.

use std::io;

use tokio::sync::oneshot;

use crate::node::IoFailed;

/// Runs work in a thread. The work continues if the caller stops waiting.
///
/// tokio's `spawn_blocking` is not used, because it panics if the system has no thread left
/// (`runtime/blocking/pool.rs`).
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, IoFailed> {
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new().spawn(move || {
        // The caller may have stopped waiting.
        let _ = send.send(work());
    });
    thread.map_err(IoFailed::at("a thread", "started"))?;
    receive
        .await
        .map_err(|_| IoFailed::at("a thread", "waited for")(io::Error::other("it ended without a result")))
}
