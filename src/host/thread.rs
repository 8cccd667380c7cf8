//! Work that waits for the operating system, in a thread of its own, so that signals are heard meanwhile.

use std::io;

use tokio::sync::oneshot;

use crate::node::IoFailed;

/// Runs work in a thread. The work goes on if nobody waits for it any more.
///
/// Not tokio's `spawn_blocking`, which panics where the system gives no thread (`runtime/blocking/pool.rs`).
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, IoFailed> {
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new().spawn(move || {
        // Nobody may wait for it any more.
        let _ = send.send(work());
    });
    thread.map_err(IoFailed::at("a thread", "started"))?;
    receive
        .await
        .map_err(|_| IoFailed::at("a thread", "waited for")(io::Error::other("it ended without a result")))
}
