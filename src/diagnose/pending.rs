//! Values of the config files that the runtime has not loaded: it reads them at its start only.

use super::view::View;
use crate::report::{Located, Severity};

impl View<'_> {
    /// True if the runtime reports another value of a runtime's setting than the files have.
    pub(super) fn is_pending(&self, runtime: &str, keys: &[&str], on_disk: &str) -> bool {
        let live = self.status().and_then(|status| status.config.as_ref());
        let path = [&["containerd", "runtimes", runtime], keys].concat();
        let has_runtime =
            live.and_then(|live| live.value(&["containerd", "runtimes", runtime, "runtime_type"])).is_some();
        // A setting that the report leaves out has the release's own value.
        has_runtime && live.and_then(|live| live.value(&path)).unwrap_or_default() != on_disk
    }
}

/// The finding about a value that counts only from the next start of the runtime on.
pub(super) fn not_loaded(located: Located) -> Located {
    let message = format!(
        "{}; the runtime has not loaded this yet: it fails from its next start on",
        located.finding.message
    );
    let mut located = located.with(Severity::Warning);
    located.finding.message = message;
    located
}
