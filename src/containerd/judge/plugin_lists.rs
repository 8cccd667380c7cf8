//! Looks up plugins in the config: in `disabled_plugins`, and in their own tables.

use super::context::Context;
use super::read::{Text, filled, text, texts};

/// The entries of `disabled_plugins`.
pub(super) fn entries<'a>(context: &'a Context<'_>) -> Vec<Text<'a>> {
    texts(context.at(&["disabled_plugins"]))
}

/// True if an entry of a plugin list means this plugin. Version 1 has short names (`io.containerd.v1.NAME` here): on
/// 1.x the last part of any plugin name, on 2.x a name that is built from it (`v1MigratePluginName`).
pub(super) fn is_named(context: &Context<'_>, entry: &str, id: &str) -> bool {
    let Some(short) = entry.strip_prefix("io.containerd.v1.") else { return entry == id };
    let core =
        ["linux", "scheduler", "bolt", "task", "opt", "overlayfs", "native", "devmapper", "btrfs", "zfs"];
    let is_last = id.rsplit('.').next() == Some(short);
    if !context.is_split() || core.contains(&short) {
        return is_last;
    }
    let kind = if short.ends_with("-service") { "io.containerd.service.v1" } else { "io.containerd.grpc.v1" };
    id == format!("{kind}.{short}")
}

/// True if a plugin's table has a value for the key.
pub(super) fn has(context: &Context<'_>, plugin: &str, key: &str) -> bool {
    let tree = context.at(&["plugins", plugin, key]);
    tree.is_some() && (filled(tree).is_some() || text(tree).is_none())
}
