//! `cgroup_writable` needs cgroup v2 (`ValidateRuntimeConfig` from 2.1 on).

use super::context::{Context, Loss, Part};
use super::read::{entries, is_true};
use super::seen::SeenKind;
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::Tree;
use crate::node::Observed;

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let runtimes = context.cri(Part::Runtime, &["containerd", "runtimes"]);
    let writable: Vec<&Tree> = entries(runtimes)
        .filter_map(|(_, runtime)| runtime.get(&["cgroup_writable"]).filter(|flag| is_true(Some(flag))))
        .collect();
    if writable.is_empty() || !context.is_from(2, 1) || !is_version_1(context) {
        return Vec::new();
    }
    let rule = "is true, but this host has cgroup v1";
    let refuse = |at| context.refuse(at, Loss::Cri, "config.go ValidateRuntimeConfig", rule, "remove it");
    writable.into_iter().map(refuse).collect()
}

/// Version 1 is recognised by its controllers, so a tree that is not visible does not count as version 1.
fn is_version_1(context: &Context<'_>) -> bool {
    match context.look("/sys/fs/cgroup") {
        Observed::Present(SeenKind::Directory(names)) => {
            names.contains("memory") && !names.contains("cgroup.controllers")
        }
        Observed::Present(SeenKind::File(_)) | Observed::Absent | Observed::Unknown(_) => false,
    }
}
