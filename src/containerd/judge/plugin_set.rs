//! Which plugins a start loads: `disabled_plugins`, `required_plugins`, `proxy_plugins`, the snapshotter.
//!
//! Read from each plugin's `Requires` and `InitFn`, and measured by starting 1.6.20, 1.7.24 and 2.1.9 without each of
//! their plugins in turn.

use super::context::{Context, Loss, Part, entries, filled, text, texts};
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::Tree;

/// What CRI is built on in every release.
const NEEDED: [&str; 16] = [
    "io.containerd.content.v1.content",
    "io.containerd.metadata.v1.bolt",
    "io.containerd.differ.v1.walking",
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
    "io.containerd.snapshotter.v1.overlayfs",
];
/// Beside them, up to 1.7.
const NEEDED_ON_1: [&str; 1] = ["io.containerd.runtime.v1.linux"];
/// Beside them, in 1.6; leases became a plugin of their own in 1.7.
const NEEDED_ON_1_6: [&str; 1] = ["io.containerd.service.v1.leases-service"];
/// Beside them, in 1.7.
const NEEDED_ON_1_7: [&str; 4] = [
    "io.containerd.lease.v1.manager",
    "io.containerd.runtime.v2.shim",
    "io.containerd.sandbox.store.v1.local",
    "io.containerd.sandbox.controller.v1.local",
];
/// Beside them, from 2.0 on.
const NEEDED_ON_2: [&str; 8] = [
    "io.containerd.lease.v1.manager",
    "io.containerd.sandbox.store.v1.local",
    "io.containerd.transfer.v1.local",
    "io.containerd.image-verifier.v1.bindir",
    "io.containerd.cri.v1.runtime",
    "io.containerd.cri.v1.images",
    "io.containerd.podsandbox.controller.v1.podsandbox",
    "io.containerd.sandbox.controller.v1.shim",
];
/// From 2.1 on the shim manager is called so (`core/runtime/v2/shim_manager.go`).
const SHIM_ON_2_1: &str = "io.containerd.shim.v1.manager";
const WARNINGS: &str = "io.containerd.warning.v1.deprecations";

/// Plugins that no CRI needs, and that every build of the release has.
const ELSE: [&str; 13] = [
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

/// Types that only containerd's own plugins have, with the names that some release has beside what is needed.
const CORE_TYPES: [(&str, &[&str]); 7] = [
    ("io.containerd.grpc.v1.", &["sandbox-controllers", "sandboxes", "streaming", "transfer"]),
    ("io.containerd.service.v1.", &["leases-service"]),
    ("io.containerd.cri.v1.", &["runtime", "images"]),
    ("io.containerd.metadata.v1.", &["bolt"]),
    ("io.containerd.event.v1.", &["exchange"]),
    ("io.containerd.gc.v1.", &["scheduler"]),
    ("io.containerd.lease.v1.", &["manager"]),
];

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = disabled(context);
    refusals.extend(required(context));
    refusals.extend(proxies(context));
    refusals
}

/// The plugins without which CRI does not come up.
fn needed(context: &Context<'_>) -> Vec<&'static str> {
    let mut needed: Vec<&str> = NEEDED.to_vec();
    let release = context.release;
    if context.is_split() {
        needed.extend(NEEDED_ON_2);
        needed.push(WARNINGS);
        if context.is_from(2, 1) {
            needed.push(SHIM_ON_2_1);
        }
    } else {
        needed.extend(NEEDED_ON_1);
        let is_1_7 = context.is_from(1, 7);
        needed.extend_from_slice(if is_1_7 { &NEEDED_ON_1_7 } else { &NEEDED_ON_1_6 });
        if release.patch >= if is_1_7 { 9 } else { 25 } {
            needed.push(WARNINGS);
        }
        // 1.x asks for the snapshotter that is set; 2.x also unpacks with its own default (transfer/plugin.go).
        needed.retain(|id| {
            *id != "io.containerd.snapshotter.v1.overlayfs" || chosen(context) == Some("overlayfs")
        });
    }
    needed
}

fn disabled(context: &Context<'_>) -> Vec<Refusal> {
    let needed = needed(context);
    let refuse = |entry: &super::context::Text<'_>| {
        let id = needed.iter().find(|id| names(context, entry.value, id))?;
        let rule = format!("disables {id}, which CRI is built on");
        Some(context.refuse(entry.tree, Loss::Cri, "plugin Requires", &rule, "take it off the list"))
    };
    texts(context.at(&["disabled_plugins"])).iter().filter_map(refuse).collect()
}

/// Whether an entry of a list of plugins means this one. Version 1 of 1.x names plugins by their last part alone.
fn names(context: &Context<'_>, entry: &str, id: &str) -> bool {
    let short = entry.strip_prefix("io.containerd.v1.").filter(|_| !context.is_split());
    match short {
        Some(short) => id.rsplit('.').next() == Some(short),
        None => entry == id,
    }
}

fn required(context: &Context<'_>) -> Vec<Refusal> {
    let disabled = texts(context.at(&["disabled_plugins"]));
    let needed = needed(context);
    let refuse = |entry: &super::context::Text<'_>| {
        let is_disabled = disabled.iter().any(|other| other.value == entry.value);
        let rule = if is_disabled {
            "names a plugin that disabled_plugins takes away".to_owned()
        } else if is_unknown(entry.value, &needed) {
            format!("names {:?}, which this release does not have", entry.value)
        } else {
            return None;
        };
        let rule = format!("{rule} ({})", entry.value);
        Some(context.refuse(entry.tree, Loss::Daemon, "server.go New", &rule, "take it off the list"))
    };
    texts(context.at(&["required_plugins"])).iter().filter_map(refuse).collect()
}

/// Whether no build of the release can have it. What builds add are snapshotters, differs and the like.
fn is_unknown(id: &str, needed: &[&str]) -> bool {
    let core = CORE_TYPES.iter().find_map(|(kind, others)| Some((id.strip_prefix(kind)?, others)));
    core.is_some_and(|(name, others)| !others.contains(&name) && !needed.contains(&id) && !ELSE.contains(&id))
}

/// The snapshotter of CRI; none where it cannot be told.
fn chosen<'a>(context: &'a Context<'_>) -> Option<&'a str> {
    match chosen_at(context) {
        None => Some("overlayfs"),
        // An empty name is the default one.
        Some(tree) => {
            text(Some(tree)).map(|text| if text.value.is_empty() { "overlayfs" } else { text.value })
        }
    }
}

fn chosen_at<'a>(context: &'a Context<'_>) -> Option<&'a Tree> {
    let path: &[&str] = if context.is_split() { &["snapshotter"] } else { &["containerd", "snapshotter"] };
    context.cri(Part::Images, path)
}

/// Whether CRI is set to use this snapshotter.
pub(super) fn uses(context: &Context<'_>, snapshotter: &str) -> bool {
    chosen(context) == Some(snapshotter)
}

/// Snapshotters that a build may have: upstream's of all releases, and what k3s builds in.
const BUILT_IN: [&str; 9] =
    ["overlayfs", "native", "btrfs", "zfs", "devmapper", "blockfile", "erofs", "stargz", "fuse-overlayfs"];

/// The snapshotter of CRI has to be there (`failed to find snapshotter`).
pub(super) fn snapshotter(context: &Context<'_>) -> Option<Refusal> {
    let at = filled(chosen_at(context))?;
    let name = at.value;
    let source = "failed to find snapshotter";
    let id = format!("io.containerd.snapshotter.v1.{name}");
    let disabled = texts(context.at(&["disabled_plugins"]));
    if let Some(entry) = disabled.iter().find(|entry| names(context, entry.value, &id))
        && name != "overlayfs"
    {
        let rule = format!("disables the snapshotter {name:?} that CRI is set to use");
        return Some(context.refuse(entry.tree, Loss::Cri, source, &rule, "take it off the list"));
    }
    let plugin = |key| context.at(&["plugins", &id, key]);
    let lacks = match name {
        "devmapper" if plugin("pool_name").is_none() => "a pool_name in its table",
        "blockfile" if context.is_from(1, 7) && plugin("scratch_file").is_none() => {
            "a scratch_file in its table"
        }
        _ if is_built_in(context, name) || context.at(&["proxy_plugins", name]).is_some() => return None,
        _ => "a table in proxy_plugins: no release has it built in",
    };
    let rule = format!("is {name:?}, which lacks {lacks}");
    let remedy = format!("add what is missing for {name:?}, or set another snapshotter");
    Some(context.refuse(at.tree, Loss::Cri, source, &rule, remedy))
}

fn is_built_in(context: &Context<'_>, name: &str) -> bool {
    BUILT_IN.contains(&name) || (name == "aufs" && !context.is_split())
}

/// A proxy is registered before any plugin is loaded, and what cannot be registered ends the daemon.
fn proxies(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |(name, proxy): (&String, &Tree)| proxy_problem(context, name, proxy);
    entries(context.at(&["proxy_plugins"])).filter_map(refuse).collect()
}

fn proxy_problem(context: &Context<'_>, name: &str, proxy: &Tree) -> Option<Refusal> {
    let source = "server.go LoadPlugins";
    proxy.table()?;
    let kind = match proxy.get(&["type"]) {
        None => "",
        tree => text(tree)?.value,
    };
    let kinds = [
        ("snapshot", "io.containerd.snapshotter.v1", (1, 6)),
        ("content", "io.containerd.content.v1", (1, 6)),
        ("diff", "io.containerd.differ.v1", (1, 7)),
        ("sandbox", "io.containerd.sandbox.controller.v1", (2, 0)),
    ];
    let known = kinds.iter().find(|(short, long, _)| kind == *short || kind == *long);
    let Some((short, long, _)) = known.filter(|(.., (major, minor))| context.is_from(*major, *minor)) else {
        let rule = format!("makes a proxy plugin {name:?} of type {kind:?}, which is none of this release's");
        return Some(context.refuse(
            proxy,
            Loss::Daemon,
            source,
            &rule,
            "write type = \"snapshot\" or remove it",
        ));
    };
    let id = format!("{long}.{name}");
    let is_taken = match *short {
        "snapshot" => ["overlayfs", "native"].contains(&name),
        _ => needed(context).contains(&id.as_str()),
    };
    if is_taken {
        let rule = format!("makes a proxy plugin with the name of containerd's own {id}");
        return Some(context.refuse(proxy, Loss::Daemon, source, &rule, "give the proxy another name"));
    }
    if *short == "content" && context.is_split() {
        let rule = format!("makes {name:?} a second content store, and CRI takes one only");
        return Some(context.refuse(proxy, Loss::Cri, "metadata/plugin.go GetSingle", &rule, "remove it"));
    }
    None
}
