//! Migrates older table names to newer ones.

use std::collections::BTreeMap;

use super::dialect::{CRI, Dialect, GRPC, IMAGES, RUNTIME, SHORT};
use super::refusal::Refusal;
use super::source::Sources;
use super::tree::{Scalar, Tree};
use crate::node::HostPath;

/// The settings that stay in the gRPC plugin from version 3 on: its streaming server (`plugins/cri/cri.go`).
const STREAMING: [&str; 6] = [
    "disable_tcp_service",
    "stream_server_address",
    "stream_server_port",
    "stream_idle_timeout",
    "enable_tls_streaming",
    "x509_key_pair_streaming",
];

/// Settings of the CRI table that moved to the image plugin (`plugins/cri/images/plugin.go`).
const OF_IMAGES: [&str; 6] = [
    "registry",
    "image_decryption",
    "max_concurrent_downloads",
    "image_pull_progress_timeout",
    "image_pull_with_sync_fs",
    "stats_collect_period",
];

/// Settings of `containerd` in the CRI table that moved to the image plugin.
const OF_IMAGES_IN_CONTAINERD: [&str; 3] =
    ["snapshotter", "disable_snapshot_annotations", "discard_unpacked_layers"];

type Table = BTreeMap<String, Tree>;

fn plugins(tree: &mut Tree) -> Option<&mut Table> {
    tree.table_mut()?.get_mut("plugins")?.table_mut()
}

/// Version 1 to 2: plugins get their full names. Only CRI's matters here.
pub(crate) fn short_names(tree: &mut Tree) {
    if let Some(plugins) = plugins(tree)
        && let Some(cri) = plugins.remove(SHORT)
    {
        plugins.insert(GRPC.to_owned(), cri);
    }
    for list in ["disabled_plugins", "required_plugins"] {
        let Some(Tree::List(names)) = tree.table_mut().and_then(|table| table.get_mut(list)) else {
            continue;
        };
        for name in names {
            if let Tree::Leaf(Scalar::Text(text), _) = name
                && !text.contains('.')
            {
                *text = if text == SHORT { GRPC.to_owned() } else { format!("io.containerd.v1.{text}") };
            }
        }
    }
}

/// Without a version, containerd 1.x reads plugins by their short names only.
pub(crate) fn only_short_names(tree: &mut Tree) {
    if let Some(plugins) = plugins(tree) {
        plugins.remove(GRPC);
    }
    short_names(tree);
}

/// containerd 1.x refuses a short plugin name in version 2 (`ValidateV2`).
pub(crate) fn refuse_short_names(main: &HostPath, tree: &Tree) -> Result<(), Refusal> {
    let plugins = tree.get(&["plugins"]).and_then(Tree::table);
    match plugins.into_iter().flat_map(Table::keys).find(|name| !name.contains('.')) {
        None => Ok(()),
        Some(name) => Err(Refusal::new(
            main,
            format!(
                "[plugins.{name}] is a name of version 1 in a config of version 2, and containerd 1.x does not start with it"
            ),
            format!(
                "write [plugins.\"{}\"]",
                if name == SHORT { GRPC } else { "io.containerd.TYPE.v1.NAME" }
            ),
        )),
    }
}

/// From version 2 on all releases refuse a short name in `disabled_plugins`.
pub(crate) fn refuse_short_disabled(sources: &Sources, tree: &Tree) -> Result<(), Refusal> {
    for key in ["disabled_plugins", "required_plugins"] {
        let Some(Tree::List(names)) = tree.get(&[key]) else { continue };
        for name in names {
            if let Tree::Leaf(Scalar::Text(text), origin) = name
                && !text.contains('.')
            {
                let refusal = Refusal::new(
                    &origin.file,
                    format!(
                        "{key} names {text:?}, which is not a plugin name from version 2 on, so containerd does \
                         not start"
                    ),
                    "write the plugin's full name or remove it",
                );
                return Err(match sources.get(&origin.file) {
                    Some(source) => refusal.at(source.position(origin.offset)),
                    None => refusal,
                });
            }
        }
    }
    Ok(())
}

/// Version 2 to 3: the CRI table is split into a runtime and an image plugin. Values in the new tables stay, except
/// for image settings. `by_key` is true if `cni` is migrated key by key (2.1 and later).
pub(crate) fn split(tree: &mut Tree, by_key: bool) {
    let Some(plugins) = plugins(tree) else { return };
    let Some(Tree::Table(cri)) = plugins.get(GRPC).cloned() else { return };
    let mut streaming = Table::new();
    let mut images = Table::new();
    let mut runtime = Table::new();
    for (key, value) in cri {
        match (key.as_str(), value) {
            (name, value) if STREAMING.contains(&name) => {
                streaming.insert(key, value);
            }
            (name, value) if OF_IMAGES.contains(&name) => {
                images.insert(key, value);
            }
            ("sandbox_image", value) => {
                images
                    .insert("pinned_images".to_owned(), Tree::Table([("sandbox".to_owned(), value)].into()));
            }
            ("containerd", Tree::Table(mut table)) => {
                // Without `runtimes` in the same table these settings are lost (`migrateConfig` in
                // `plugins/cri/images/plugin.go`).
                let is_read = matches!(table.get("runtimes"), Some(Tree::Table(_)));
                for name in OF_IMAGES_IN_CONTAINERD {
                    if let (Some(value), true) = (table.remove(name), is_read) {
                        images.insert(name.to_owned(), value);
                    }
                }
                runtime.insert(key, Tree::Table(table));
            }
            // Values of another type are not migrated.
            ("containerd" | "cni", Tree::Leaf(..) | Tree::List(_)) => {}
            (_, value) => {
                runtime.insert(key, value);
            }
        }
    }
    plugins.insert(GRPC.to_owned(), Tree::Table(streaming));
    if let Tree::Table(into) = plugins.entry(RUNTIME.to_owned()).or_insert_with(Tree::empty) {
        for (key, value) in runtime {
            fill(into, key, value, by_key);
        }
    }
    if let Tree::Table(into) = plugins.entry(IMAGES.to_owned()).or_insert_with(Tree::empty) {
        for (key, value) in images {
            match (into.get_mut(&key), value) {
                (Some(Tree::Table(pinned)), Tree::Table(value)) if key == "pinned_images" => {
                    pinned.extend(value);
                }
                (_, value) => {
                    into.insert(key, value);
                }
            }
        }
    }
}

/// Sets a value that is not set yet; for `containerd` (and `cni`, see above) one level deeper. 2.1 also renames
/// `bin_dir`.
fn fill(into: &mut Table, key: String, value: Tree, by_key: bool) {
    let cni = key == "cni" && by_key;
    let inner = cni || key == "containerd";
    let value = match value {
        Tree::Table(mut table) if cni => {
            if let Some(dir) = table.remove("bin_dir") {
                table.entry("bin_dirs".to_owned()).or_insert(Tree::List(vec![dir]));
            }
            Tree::Table(table)
        }
        value => value,
    };
    match (into.get_mut(&key), value) {
        (None, value) => {
            into.insert(key, value);
        }
        (Some(Tree::Table(old)), Tree::Table(new)) if inner => {
            for (key, value) in new {
                old.entry(key).or_insert(value);
            }
        }
        (Some(_), _) => {}
    }
}

/// Removes the CRI tables and keys that the loader ignores.
pub(crate) fn drop_unread(tree: &mut Tree, dialect: Dialect) {
    let Some(plugins) = plugins(tree) else { return };
    plugins.retain(|name, _| match dialect {
        Dialect::Split => name != SHORT,
        Dialect::Short | Dialect::Grpc => !CRI.contains(&name.as_str()) || name == GRPC,
    });
    if dialect == Dialect::Split
        && let Some(Tree::Table(server)) = plugins.get_mut(GRPC)
    {
        server.retain(|key, _| STREAMING.contains(&key.as_str()));
    }
}
