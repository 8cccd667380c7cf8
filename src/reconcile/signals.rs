//! SIGTERM and SIGINT. A process with PID 1 receives them only if it installs a handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::node::IoFailed;
use crate::report::Exit;

/// Listens for the signals that end a wait.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    stop: Arc<AtomicBool>,
    came: Option<Exit>,
}

impl Signals {
    /// Installs the handlers.
    pub(super) fn new() -> Result<Self, IoFailed> {
        let listen = |kind| signal(kind).map_err(IoFailed::at("the signal handlers", "installed"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            stop: Arc::new(AtomicBool::new(false)),
            came: None,
        })
    }

    /// The flag that `apply` checks between two changes.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// The signal that arrived, if one did.
    pub(super) const fn came(&self) -> Option<Exit> {
        self.came
    }

    /// Waits for a signal. A cancelled wait loses no signal.
    pub(super) async fn next(&mut self) {
        let exit = tokio::select! {
            _ = self.terminate.recv() => Exit::Terminated,
            _ = self.interrupt.recv() => Exit::Interrupted,
        };
        self.came = Some(exit);
        self.stop.store(true, Ordering::Relaxed);
    }
}
