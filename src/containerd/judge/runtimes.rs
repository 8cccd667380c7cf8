//! The runtimes, and the other settings of CRI's runtime part.
//!
//! `ValidatePluginConfig` (1.6, 1.7: `pkg/cri/config/config.go`), `ValidateRuntimeConfig` (2.x:
//! `internal/cri/config/config.go`) and `loadBaseOCISpecs`.

use super::context::{Context, Loss, Part};
use super::duration::is_duration;
use super::read::{entries, filled, is_true};
use super::{base_spec, default_runtime, of_old};
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::{Scalar, Tree};

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(default_runtime::check(context));
    refusals.extend(of_old::check(context));
    refusals.extend(all_devices(context));
    refusals.extend(io_type(context));
    refusals.extend(two_bin_dirs(context));
    refusals.extend(base_spec::check(context));
    refusals.extend(durations(context));
    refusals
}

fn all_devices(context: &Context<'_>) -> Vec<Refusal> {
    if !context.is_from(1, 7) {
        return Vec::new();
    }
    let refuse = |(_, runtime): (&String, &Tree)| {
        let at = runtime.get(&["privileged_without_host_devices_all_devices_allowed"])?;
        let alone = is_true(Some(at)) && !is_true(runtime.get(&["privileged_without_host_devices"]));
        let rule = "needs privileged_without_host_devices = true";
        alone.then(|| context.refuse(at, Loss::Cri, context.validation(), rule, "set both, or neither"))
    };
    entries(context.cri(Part::Runtime, &["containerd", "runtimes"])).filter_map(refuse).collect()
}

fn io_type(context: &Context<'_>) -> Vec<Refusal> {
    if !context.is_from(2, 0) {
        return Vec::new();
    }
    let refuse = |(_, runtime): (&String, &Tree)| {
        let kind = filled(runtime.get(&["io_type"]))?;
        // `IOTypeFifo` and `IOTypeStreaming`; containerd's message has a wrong name for the first one.
        let known = matches!(kind.value, "fifo" | "streaming");
        let rule = "is not \"fifo\" or \"streaming\"";
        (!known).then(|| {
            context.refuse(kind.tree, Loss::Cri, context.validation(), rule, "remove it or write one of them")
        })
    };
    entries(context.cri(Part::Runtime, &["containerd", "runtimes"])).filter_map(refuse).collect()
}

fn two_bin_dirs(context: &Context<'_>) -> Option<Refusal> {
    if !context.is_from(2, 1) {
        return None;
    }
    let dir = filled(context.cri(Part::Runtime, &["cni", "bin_dir"]))?;
    let Some(Tree::List(dirs)) = context.cri(Part::Runtime, &["cni", "bin_dirs"]) else { return None };
    // The release's own list counts as not set, and distributions change it.
    if dirs.is_empty() || is_usual(dirs) {
        return None;
    }
    let rule = "is set beside bin_dirs";
    Some(context.refuse(
        dir.tree,
        Loss::Cri,
        context.validation(),
        rule,
        "remove bin_dir and list its directory in bin_dirs",
    ))
}

/// True if this list is the default of a build of containerd: upstream's and Debian's.
fn is_usual(dirs: &[Tree]) -> bool {
    let is = |tree: &Tree, path: &str| matches!(tree, Tree::Leaf(Scalar::Text(dir), _) if dir == path);
    match dirs {
        [one] => is(one, "/opt/cni/bin"),
        [one, two] => is(one, "/usr/lib/cni") && is(two, "/opt/cni/bin"),
        _ => false,
    }
}

fn durations(context: &Context<'_>) -> Vec<Refusal> {
    let mut keys = Vec::new();
    if context.is_from(1, 7) || context.release.patch >= 29 {
        keys.push("drain_exec_sync_io_timeout");
    }
    if context.is_from(2, 3) {
        keys.extend(["stats_collect_period", "stats_retention_period"]);
    }
    let refuse = |key| {
        let text = filled(context.cri(Part::Runtime, &[key])).filter(|text| !is_duration(text.value))?;
        let rule = format!("is {:?}, which is not a duration", text.value);
        Some(context.refuse(text.tree, Loss::Cri, context.validation(), &rule, "write it as 10s or 1m30s"))
    };
    keys.into_iter().filter_map(refuse).collect()
}
