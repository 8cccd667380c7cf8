//! Plugins that `required_plugins` may name.

use super::context::Context;
use super::plugin_lists::has;

/// Plugins of some releases that CRI does not need.
const ELSE: [&str; 15] = [
    "io.containerd.event.v1.publisher",
    "io.containerd.grpc.v1.mounts",
    "io.containerd.grpc.v1.containers",
    "io.containerd.grpc.v1.content",
    "io.containerd.grpc.v1.diff",
    "io.containerd.grpc.v1.events",
    "io.containerd.grpc.v1.healthcheck",
    "io.containerd.grpc.v1.images",
    "io.containerd.grpc.v1.introspection",
    "io.containerd.grpc.v1.leases",
    "io.containerd.grpc.v1.namespaces",
    "io.containerd.grpc.v1.snapshots",
    "io.containerd.grpc.v1.tasks",
    "io.containerd.grpc.v1.version",
    "io.containerd.internal.v1.opt",
];
/// From 1.7 on.
const ON_1_7: [&str; 4] = [
    "io.containerd.grpc.v1.sandbox-controllers",
    "io.containerd.grpc.v1.sandboxes",
    "io.containerd.grpc.v1.streaming",
    "io.containerd.grpc.v1.transfer",
];
/// Types that only containerd's own plugins have. Builds add snapshotters, differs and similar types.
const CORE: [&str; 9] = [
    "io.containerd.grpc.v1.",
    "io.containerd.service.v1.",
    "io.containerd.cri.v1.",
    "io.containerd.metadata.v1.",
    "io.containerd.event.v1.",
    "io.containerd.gc.v1.",
    "io.containerd.lease.v1.",
    "io.containerd.runtime.v1.",
    "io.containerd.runtime.v2.",
];
/// Names of 1.x that 2.0 dropped (`plugins/types.go`, `plugins/restart/monitor.go`).
const GONE_ON_2: [&str; 2] = ["io.containerd.monitor.v1.cgroups", "io.containerd.internal.v1.restart"];

/// True if no build of the release can have the plugin.
pub(super) fn is_unknown(context: &Context<'_>, id: &str, needed: &[&str]) -> bool {
    if needed.contains(&id) || ELSE.contains(&id) || (context.is_from(1, 7) && ON_1_7.contains(&id)) {
        return false;
    }
    // Every type has four parts. 2.x accepts a shorter name but finds no plugin for it.
    id.splitn(4, '.').count() < 4
        || CORE.iter().any(|kind| id.starts_with(kind))
        || (context.is_split() && GONE_ON_2.contains(&id))
}

/// True if the plugin skips itself without some setting. For a required plugin that is a failure.
pub(super) fn is_skipped(context: &Context<'_>, id: &str) -> bool {
    match id {
        "io.containerd.snapshotter.v1.devmapper" => !has(context, id, "pool_name"),
        "io.containerd.snapshotter.v1.blockfile" => !has(context, id, "scratch_file"),
        _ => false,
    }
}
