//! The transfer service, which pulls images for CRI on 2.x (`plugins/transfer/plugin.go`).

use super::context::{Context, Loss};
use super::read::{Text, filled};
use super::snapshotter::lack;
use super::storage::{is_differ, is_no_platform};
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::Tree;

const SOURCE: &str = "transfer/plugin.go";

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    if !context.is_split() {
        return Vec::new();
    }
    let list = context.at(&["plugins", "io.containerd.transfer.v1.local", "unpack_config"]);
    let Some(Tree::List(list)) = list else { return Vec::new() };
    list.iter().filter_map(|unpack| problem(context, unpack)).collect()
}

fn problem(context: &Context<'_>, unpack: &Tree) -> Option<Refusal> {
    let refuse = |at: &Tree, rule: &str| {
        Some(context.refuse(at, Loss::Cri, SOURCE, rule, "mend this entry, or remove unpack_config"))
    };
    let key = |key| unpack.get(&[key]);
    for needed in ["platform", "snapshotter"] {
        if key(needed).is_none() {
            return refuse(unpack, &format!("is in an entry of unpack_config without {needed}"));
        }
    }
    let says = |text: Text<'_>, what: &str| refuse(text.tree, &format!("is {:?}, {what}", text.value));
    if let Some(text) = filled(key("platform")).filter(|text| is_no_platform(text.value)) {
        return says(text, "which is not a platform");
    }
    if let Some(text) = filled(key("snapshotter"))
        && let Some(lack) = lack(context, text.value)
    {
        return says(text, &format!("and {lack}"));
    }
    // 2.3 skips an entry whose differ does not exist.
    let differ = filled(key("differ")).filter(|_| !context.is_from(2, 3));
    let differ = differ.filter(|text| !is_differ(context, text.value))?;
    says(differ, "which is not a differ of this release and not a proxy plugin")
}
