//! What `required_plugins` may ask for.

use super::context::Context;
use super::plugin_lists::has;

/// Plugins that some release has, and that no CRI needs.
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
/// Types that only containerd's own plugins have; what builds add are snapshotters, differs and the like.
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
/// Names of 1.x that 2.0 gave up (`plugins/types.go`, `plugins/restart/monitor.go`).
const GONE_ON_2: [&str; 2] = ["io.containerd.monitor.v1.cgroups", "io.containerd.internal.v1.restart"];

/// Whether no build of the release can have it.
pub(super) fn is_unknown(context: &Context<'_>, id: &str, needed: &[&str]) -> bool {
    if needed.contains(&id) || ELSE.contains(&id) || (context.is_from(1, 7) && ON_1_7.contains(&id)) {
        return false;
    }
    // No type has fewer than four parts; 2.x reads such a name and finds no plugin.
    id.splitn(4, '.').count() < 4
        || CORE.iter().any(|kind| id.starts_with(kind))
        || (context.is_split() && GONE_ON_2.contains(&id))
}

/// Whether it is a plugin that skips itself without some setting, which is a failure for one that is required.
pub(super) fn is_skipped(context: &Context<'_>, id: &str) -> bool {
    match id {
        "io.containerd.snapshotter.v1.devmapper" => !has(context, id, "pool_name"),
        "io.containerd.snapshotter.v1.blockfile" => !has(context, id, "scratch_file"),
        _ => false,
    }
}
