//! The snapshotter that CRI uses must exist (`failed to find snapshotter`).

use super::context::{Context, Loss, Part};
use super::local::is_mounted_nowhere;
use super::plugin_ids::OVERLAYFS;
use super::plugin_lists::{self, has, is_named};
use super::read::{filled, text};
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::Tree;

/// Upstream's snapshotters of all releases, and those that k3s builds in.
const BUILT_IN: [&str; 7] = ["overlayfs", "native", "btrfs", "zfs", "devmapper", "stargz", "fuse-overlayfs"];
const SOURCE: &str = "failed to find snapshotter";

/// True if CRI is configured to use this snapshotter.
pub(super) fn is_used(context: &Context<'_>, snapshotter: &str) -> bool {
    match at(context) {
        None => snapshotter == "overlayfs",
        // An empty name stands for the default.
        Some(tree) => text(Some(tree)).is_some_and(|text| {
            text.value == snapshotter || (text.value.is_empty() && snapshotter == "overlayfs")
        }),
    }
}

fn at<'a>(context: &'a Context<'_>) -> Option<&'a Tree> {
    let path: &[&str] = if context.is_split() { &["snapshotter"] } else { &["containerd", "snapshotter"] };
    context.cri(Part::Images, path)
}

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    disabled(context).into_iter().chain(lacking(context)).collect()
}

fn disabled(context: &Context<'_>) -> Option<Refusal> {
    let name = filled(at(context))?.value;
    let id = format!("io.containerd.snapshotter.v1.{name}");
    let entries = plugin_lists::entries(context);
    // The list of plugins that CRI needs already has overlayfs.
    let entry = entries.iter().find(|entry| id != OVERLAYFS && is_named(context, entry.value, &id))?;
    let rule = format!("disables the snapshotter {name:?} that CRI is set to use");
    Some(context.refuse(entry.tree, Loss::Cri, SOURCE, &rule, "remove it from the list"))
}

fn lacking(context: &Context<'_>) -> Option<Refusal> {
    let set = filled(at(context))?;
    let lack = lack(context, set.value)?;
    let rule = format!("is {:?}, and {lack}", set.value);
    let remedy = "add what is missing, or set another snapshotter";
    Some(context.refuse(set.tree, Loss::Cri, SOURCE, &rule, remedy))
}

/// The reason why a snapshotter does not exist.
pub(super) fn lack(context: &Context<'_>, name: &str) -> Option<&'static str> {
    let id = format!("io.containerd.snapshotter.v1.{name}");
    let is_built_in = BUILT_IN.contains(&name)
        || (name == "aufs" && !context.is_split())
        || (name == "blockfile" && context.is_from(1, 7))
        || (name == "erofs" && context.is_from(2, 1));
    if context.at(&["proxy_plugins", name]).is_some() {
        None
    } else if !is_built_in {
        Some("no proxy plugin has this name")
    } else if name == "devmapper" && !has(context, &id, "pool_name") {
        Some("its table has no pool_name")
    } else if name == "blockfile" && !has(context, &id, "scratch_file") {
        Some("its table has no scratch_file")
    } else if matches!(name, "btrfs" | "zfs") && is_mounted_nowhere(context, name) {
        Some("this host has no such file system mounted")
    } else {
        None
    }
}
