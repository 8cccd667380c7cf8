//! The plugin that the runtime itself runs for every pod.

use super::view::View;
use crate::node::Status;

/// The plugin's name.
pub(super) const LOOPBACK: &str = "loopback";

/// True if containerd runs the plugin `loopback` for every pod: unless `use_internal_loopback` is set (2.0 and later),
/// it has a network of its own with that plugin (go-cni `opts.go`, `WithLoNetwork`; `internal/cri/server/service_linux.go`).
pub(super) fn is_needed(view: &View<'_>) -> bool {
    if let Some(status) = view.status().filter(|status| status.networks.iter().flatten().next().is_some()) {
        return Status::own_plugins(status).any(|name| name == LOOPBACK);
    }
    let is_containerd = view.status().is_some() || view.service().is_some() || view.effective.is_some();
    is_containerd && view.is_of_containerd() && !view.values().is_some_and(|values| values.has_own_loopback)
}
