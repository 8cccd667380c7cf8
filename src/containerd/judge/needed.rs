//! The plugins that CRI needs, by release.
//!
//! Taken from each plugin's `Requires` and `InitFn`, and measured: 1.6.20, 1.7.24 and 2.1.9 were started without each
//! of their plugins, one at a time.

use super::context::Context;
use super::plugin_ids::{CONTENT, OVERLAYFS, WALKING};
use super::read::{entries, filled};
use super::snapshotter;

const WARNINGS: &str = "io.containerd.warning.v1.deprecations";

/// In every release.
const ALWAYS: [&str; 13] = [
    "io.containerd.metadata.v1.bolt",
    "io.containerd.event.v1.exchange",
    "io.containerd.gc.v1.scheduler",
    "io.containerd.runtime.v2.task",
    "io.containerd.service.v1.introspection-service",
    "io.containerd.service.v1.containers-service",
    "io.containerd.service.v1.content-service",
    "io.containerd.service.v1.diff-service",
    "io.containerd.service.v1.images-service",
    "io.containerd.service.v1.namespaces-service",
    "io.containerd.service.v1.snapshots-service",
    "io.containerd.service.v1.tasks-service",
    "io.containerd.grpc.v1.cri",
];
/// In 1.6; from 1.7 on leases are a separate plugin.
const ON_1_6: [&str; 2] = ["io.containerd.runtime.v1.linux", "io.containerd.service.v1.leases-service"];
const ON_1_7: [&str; 5] = [
    "io.containerd.runtime.v1.linux",
    "io.containerd.lease.v1.manager",
    "io.containerd.runtime.v2.shim",
    "io.containerd.sandbox.store.v1.local",
    "io.containerd.sandbox.controller.v1.local",
];
const ON_2: [&str; 8] = [
    "io.containerd.lease.v1.manager",
    "io.containerd.sandbox.store.v1.local",
    "io.containerd.transfer.v1.local",
    "io.containerd.shim.v1.manager",
    "io.containerd.cri.v1.runtime",
    "io.containerd.cri.v1.images",
    "io.containerd.podsandbox.controller.v1.podsandbox",
    "io.containerd.sandbox.controller.v1.shim",
];
/// Up to 2.2 the transfer service fails without any image verifier (`transfer/plugin.go`).
const VERIFIERS_TO_2_2: &str = "io.containerd.image-verifier.v1.bindir";

/// The plugins without which CRI does not come up.
pub(super) fn plugins(context: &Context<'_>) -> Vec<&'static str> {
    let mut needed: Vec<&str> = ALWAYS.to_vec();
    needed.push(WALKING);
    if !has_content_proxy(context) {
        needed.push(CONTENT);
    }
    if context.is_split() {
        needed.extend(ON_2);
        needed.push(WARNINGS);
        if !context.is_from(2, 3) {
            needed.push(VERIFIERS_TO_2_2);
        }
        // The service unpacks with its own default, independent of CRI's snapshotter (`transfer/plugin.go`).
        if !context.unpacks_as_told() {
            needed.push(OVERLAYFS);
        }
        return needed;
    }
    let is_1_7 = context.is_from(1, 7);
    needed.extend_from_slice(if is_1_7 { &ON_1_7 } else { &ON_1_6 });
    if context.release.patch >= if is_1_7 { 9 } else { 25 } {
        needed.push(WARNINGS);
    }
    if snapshotter::is_used(context, "overlayfs") {
        needed.push(OVERLAYFS);
    }
    needed
}

/// True if a proxy plugin can replace containerd's own content store.
fn has_content_proxy(context: &Context<'_>) -> bool {
    entries(context.at(&["proxy_plugins"])).any(|(_, proxy)| {
        filled(proxy.get(&["type"]))
            .is_some_and(|kind| kind.value == "content" || kind.value == "io.containerd.content.v1")
    })
}
