//! The tables of snapshotters. 1.x needs the one that CRI uses. On 2.x a snapshotter that fails makes the metadata
//! plugin fail (`GetByType` in `metadata/plugin.go`); one that skips itself does not.

use super::context::{Context, Loss};
use super::directories::directory;
use super::plugin_lists::{self, has};
use super::read::{entries, filled, is_true};
use super::seen::SeenKind;
use super::snapshotter::is_used;
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::Tree;
use crate::node::Observed;

const PREFIX: &str = "io.containerd.snapshotter.v1.";

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (id, table) in entries(context.at(&["plugins"])) {
        let Some(name) = id.strip_prefix(PREFIX) else { continue };
        let is_disabled = plugin_lists::entries(context).iter().any(|entry| entry.value == id);
        if !is_disabled && (context.is_split() || is_used(context, name)) {
            refusals.extend(root(context, name, table));
            refusals.extend(devmapper(context, name, id, table));
            refusals.extend(blockfile(context, name, table));
        }
    }
    refusals
}

/// On another file system btrfs and zfs skip themselves before they create their root.
fn root(context: &Context<'_>, name: &str, table: &Tree) -> Option<Refusal> {
    if !matches!(name, "overlayfs" | "native" | "blockfile" | "erofs") {
        return None;
    }
    let root = filled(table.get(&["root_path"]))?.tree;
    directory(context, Some(root), None, Loss::Cri, "NewSnapshotter")
}

/// `devmapper/config.go`: it skips itself without a pool.
fn devmapper(context: &Context<'_>, name: &str, id: &str, table: &Tree) -> Option<Refusal> {
    let pool = filled(table.get(&["pool_name"])).filter(|_| name == "devmapper")?;
    let source = "devmapper/config.go";
    if !has(context, id, "base_image_size") {
        let rule = "is set without base_image_size";
        return Some(context.refuse(pool.tree, Loss::Cri, source, rule, "set base_image_size = \"10GB\""));
    }
    if let Some(size) = filled(table.get(&["base_image_size"])).filter(|size| !is_size(size.value)) {
        let rule = format!("is {:?}, which is not a size", size.value);
        return Some(context.refuse(size.tree, Loss::Cri, source, &rule, "write it as 10GB"));
    }
    let kind = filled(table.get(&["fs_type"]))?;
    let rule = format!("is {:?}, which is not ext4, xfs or ext2", kind.value);
    let known = matches!(kind.value, "ext4" | "xfs" | "ext2");
    (!known).then(|| context.refuse(kind.tree, Loss::Cri, source, &rule, "write one of them"))
}

/// True if `units.RAMInBytes` may accept the text: a number with letters of a unit after it.
fn is_size(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_digit() || char == '.')
}

/// `blockfile/plugin.go` copies the file at its first start.
fn blockfile(context: &Context<'_>, name: &str, table: &Tree) -> Option<Refusal> {
    let scratch = filled(table.get(&["scratch_file"])).filter(|_| name == "blockfile")?;
    let root = filled(table.get(&["root_path"]))
        .map_or_else(|| format!("{}/{PREFIX}{name}", context.root()), |root| root.value.to_owned());
    let (made, source) = (context.look(&format!("{root}/scratch")), context.look(scratch.value));
    if made != Observed::Absent && !is_true(table.get(&["recreate_scratch"])) {
        return None;
    }
    let rule = match source {
        Observed::Absent => "names a file that does not exist",
        Observed::Present(SeenKind::Directory(_)) => "names a directory",
        Observed::Present(SeenKind::File(_)) | Observed::Unknown(_) => return None,
    };
    Some(context.refuse(scratch.tree, Loss::Cri, "blockfile/plugin.go", rule, "put a formatted file there"))
}
