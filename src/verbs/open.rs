//! What a verb needs before it can look at a node.

use std::path::Path;
use std::time::Duration;

use crate::host::{Root, start};
use crate::node::IoFailed;
use crate::report::{Failure, FailureCode};

/// An event loop of one thread.
pub(super) type EventLoop = tokio::runtime::Runtime;

/// Makes an event loop.
pub(super) fn runtime() -> Result<EventLoop, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from(&IoFailed::at("the event loop", "started")(error)))
}

/// The host root, if this process may use it.
pub(super) fn open(host_root: &Path) -> Result<Root, Failure> {
    start::may_use_memory()
        .and_then(|()| start::may_open_files())
        .map_err(|failed| Failure::from(&failed))?;
    if !start::has_proc() {
        let sentence = "/proc is not mounted here, and opened files are read by their names in /proc/self/fd";
        let remedy = "mount it (in a chroot: mount -t proc proc /proc)";
        return Err(Failure::new(FailureCode::ProcMissing, sentence, remedy));
    }
    Root::open(host_root).map_err(|error| {
        Failure::new(
            FailureCode::HostRootUnusable,
            IoFailed::at(format!("--host-root {}", host_root.display()), "opened")(error).to_string(),
            "mount the host's directories below it, or name where they are mounted",
        )
    })
}

/// What the work gives, if it ends within this time. What it began may go on.
pub(super) fn within<T>(events: &EventLoop, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    events.block_on(async { tokio::time::timeout(limit, work).await.ok() })
}
