//! The end of a run waits until the runtime watches containers again.

use super::Reconciler;
use crate::host::clock;

impl Reconciler {
    /// The kubelet misses a container that ends before the runtime watches containers again, so no signal shortens
    /// this wait.
    pub(super) async fn settle(&self) {
        let Some(until) = self.history.settles_until() else { return };
        let left = until.since(clock::now());
        if !left.is_zero() && !self.options.dry_run {
            tracing::info!(
                "the runtime is back; waiting a moment, so that the end of a container is not lost"
            );
            tokio::time::sleep(left).await;
        }
    }
}
