//! Settings of the plugins that CRI is built on, and the paths that these need.

use super::SeenKind;
use super::context::{Context, Loss, entries, filled, is_true, text, texts};
use super::directories::{directory, obstacle};
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::{Scalar, Tree};
use crate::node::Sight;

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(sharing_policy(context));
    refusals.extend(task_platforms(context));
    refusals.extend(differs(context));
    refusals.extend(snapshotter_roots(context));
    refusals.extend(nri(context));
    refusals.extend(cgroup_writable(context));
    refusals
}

/// `BoltConfig.Validate`.
fn sharing_policy(context: &Context<'_>) -> Option<Refusal> {
    let at = filled(context.at(&["plugins", "io.containerd.metadata.v1.bolt", "content_sharing_policy"]))?;
    let rule = format!("is {:?}, neither \"shared\" nor \"isolated\"", at.value);
    let known = matches!(at.value, "shared" | "isolated");
    (!known).then(|| context.refuse(at.tree, Loss::Cri, "BoltConfig Validate", &rule, "write one of them"))
}

/// `platforms.Parse`, as far as it is sure: at most three parts of letters, digits, `_`, `.` and `-`. From 1.7 on an
/// OS may carry more in parentheses, which is not judged.
fn task_platforms(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |text: super::context::Text<'_>| {
        let rule = format!("has {:?}, which is no platform", text.value);
        is_no_platform(text.value)
            .then(|| context.refuse(text.tree, Loss::Cri, "platforms Parse", &rule, "write OS/ARCHITECTURE"))
    };
    let platforms = context.at(&["plugins", "io.containerd.runtime.v2.task", "platforms"]);
    texts(platforms).into_iter().filter_map(refuse).collect()
}

pub(super) fn is_no_platform(text: &str) -> bool {
    if text.contains(['(', ')', '*', '+']) {
        return false;
    }
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    text.split('/').count() > 3 || !text.split('/').all(is_part)
}

/// The diff service takes only differs that are there (`services/diff/local.go`).
fn differs(context: &Context<'_>) -> Vec<Refusal> {
    let known =
        |name: &str| matches!(name, "walking" | "erofs") || context.at(&["proxy_plugins", name]).is_some();
    let refuse = |text: super::context::Text<'_>| {
        let rule = format!("has {:?}, which is no differ of containerd and no proxy plugin", text.value);
        (!known(text.value)).then(|| {
            context.refuse(
                text.tree,
                Loss::Cri,
                "needed differ not loaded",
                &rule,
                "write default = [\"walking\"]",
            )
        })
    };
    let order = context.at(&["plugins", "io.containerd.service.v1.diff-service", "default"]);
    texts(order).into_iter().filter_map(refuse).collect()
}

/// 1.x needs the snapshotter that CRI uses; on 2.x one that fails takes the metadata with it (`GetByType`).
fn snapshotter_roots(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (name, table) in entries(context.at(&["plugins"])) {
        let Some(snapshotter) = name.strip_prefix("io.containerd.snapshotter.v1.") else { continue };
        let is_used = super::plugin_set::uses(context, snapshotter);
        if matches!(snapshotter, "overlayfs" | "native") && (context.is_split() || is_used) {
            let root = table.get(&["root_path"]).filter(|root| filled(Some(root)).is_some());
            if root.is_some() {
                refusals.extend(directory(context, root, None, Loss::Cri, "NewSnapshotter"));
            }
        }
    }
    refusals
}

/// NRI starts with CRI, and its failure ends the daemon: on by default from 2.0 on (`nri/config.go`).
fn nri(context: &Context<'_>) -> Vec<Refusal> {
    let key = |name| context.at(&["plugins", "io.containerd.nri.v1.nri", name]);
    let is_on = match key("disable") {
        None => context.is_split(),
        Some(tree) => matches!(tree, Tree::Leaf(Scalar::Bool(false), _)),
    };
    let disabled = texts(context.at(&["disabled_plugins"]));
    if !context.is_from(1, 7) || !is_on || disabled.iter().any(|id| id.value == "io.containerd.nri.v1.nri") {
        return Vec::new();
    }
    let mut refusals = Vec::new();
    let source = "nri adaptation Start";
    if let Some(socket) = filled(key("socket_path"))
        && !is_true(key("disable_connections"))
    {
        let dir = socket.value.rsplit_once('/').map_or("", |(dir, _)| dir);
        let rule = match (obstacle(context, dir), context.look(socket.value)) {
            (Some(obstacle), _) => format!("lies below {obstacle}, which is no directory"),
            (None, Sight::Seen(SeenKind::Directory(_))) => "names a directory".to_owned(),
            (None, _) => String::new(),
        };
        if !rule.is_empty() {
            refusals.push(context.refuse(socket.tree, Loss::Daemon, source, &rule, "name another socket"));
        }
    }
    if let Some(plugins) = text(key("plugin_path"))
        && matches!(context.look(plugins.value), Sight::Seen(SeenKind::File(_)))
    {
        let rule = "names a file, not a directory";
        refusals.push(context.refuse(plugins.tree, Loss::Daemon, source, rule, "name a directory"));
    }
    refusals
}

/// `cgroup_writable` needs cgroup v2. Version 1 is told by its controllers, so that a tree that is not to be seen is
/// not taken for it.
fn cgroup_writable(context: &Context<'_>) -> Vec<Refusal> {
    if !context.is_from(2, 1) {
        return Vec::new();
    }
    let runtimes = context.cri(super::context::Part::Runtime, &["containerd", "runtimes"]);
    let writable: Vec<&Tree> = entries(runtimes)
        .filter_map(|(_, runtime)| runtime.get(&["cgroup_writable"]).filter(|flag| is_true(Some(flag))))
        .collect();
    if writable.is_empty() {
        return Vec::new();
    }
    let Sight::Seen(SeenKind::Directory(names)) = context.look("/sys/fs/cgroup") else { return Vec::new() };
    if names.contains("cgroup.controllers") || !names.contains("memory") {
        return Vec::new();
    }
    let rule = "is true, and this host has cgroup v1";
    let refuse = |at| context.refuse(at, Loss::Cri, "config.go ValidateRuntimeConfig", rule, "remove it");
    writable.into_iter().map(refuse).collect()
}
