//! The runtimes and the rest of CRI's runtime half.
//!
//! `ValidatePluginConfig` (1.6, 1.7: `pkg/cri/config/config.go`), `ValidateRuntimeConfig` (2.x:
//! `internal/cri/config/config.go`) and `loadBaseOCISpecs`.

use super::SeenKind;
use super::context::{Context, Loss, Part, entries, filled, is_true, text};
use super::duration::is_duration;
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::{Scalar, Tree};
use crate::node::Sight;

/// The one runtime of 1.x that takes the options of old (`plugin.RuntimeLinuxV1`).
const LINUX_V1: &str = "io.containerd.runtime.v1.linux";

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(default_runtime(context));
    refusals.extend(untrusted(context));
    refusals.extend(options_of_old(context));
    refusals.extend(all_devices(context));
    refusals.extend(io_type(context));
    refusals.extend(two_bin_dirs(context));
    refusals.extend(base_specs(context));
    refusals.extend(durations(context));
    refusals
}

fn source(context: &Context<'_>) -> &'static str {
    if context.is_split() { "config.go ValidateRuntimeConfig" } else { "config.go ValidatePluginConfig" }
}

/// Whether the deprecated table names a runtime of its own (1.x).
fn of_old<'a>(context: &'a Context<'_>, name: &str) -> Option<&'a Tree> {
    if context.is_split() {
        return None;
    }
    let tree = context.cri(Part::Runtime, &["containerd", name, "runtime_type"]);
    filled(tree).map(|text| text.tree)
}

fn default_runtime(context: &Context<'_>) -> Option<Refusal> {
    // 1.x: its type makes it the runtime called "default", whatever name is set.
    if of_old(context, "default_runtime").is_some() {
        return None;
    }
    let named = context.cri(Part::Runtime, &["containerd", "default_runtime_name"]);
    let name = match named {
        None => "runc",
        // Of another kind, or to be filled in: nothing is known.
        Some(_) => text(named)?.value,
    };
    if name.is_empty() {
        let rule = "is empty";
        return Some(context.refuse(
            named?,
            Loss::Cri,
            source(context),
            rule,
            "name a runtime of the config",
        ));
    }
    let runtimes = context.runtimes();
    // From 2.0 on the release's own runc stays beside what files say; on 1.x a table of theirs replaces it.
    let own = name == "runc" && (context.is_split() || runtimes.is_none());
    let untrusted = name == "untrusted" && of_old(context, "untrusted_workload_runtime").is_some();
    if own || untrusted || runtimes.is_some_and(|runtimes| runtimes.contains_key(name)) {
        return None;
    }
    let rule = format!("the default runtime {name:?} is not among the runtimes");
    let remedy = format!(
        "add a runtime {name:?} with its runtime_type, or set default_runtime_name to one that is there"
    );
    let at = named.or_else(|| context.cri(Part::Runtime, &["containerd", "runtimes"]));
    Some(match at {
        Some(at) => context.refuse(at, Loss::Cri, source(context), &format!("is set, but {rule}"), remedy),
        None => context.refuse_all(Loss::Cri, source(context), &rule, remedy),
    })
}

fn untrusted(context: &Context<'_>) -> Option<Refusal> {
    let at = of_old(context, "untrusted_workload_runtime")?;
    context.runtimes()?.get("untrusted")?;
    let rule = "is set beside a runtime \"untrusted\"";
    Some(context.refuse(at, Loss::Cri, source(context), rule, "remove one of the two"))
}

/// What only the runtime of containerd 1.0 takes (1.x).
fn options_of_old(context: &Context<'_>) -> Vec<Refusal> {
    if context.is_split() {
        return Vec::new();
    }
    let refuse = |at: &Tree| {
        let rule = format!("works only with the runtime {LINUX_V1}");
        context.refuse(
            at,
            Loss::Cri,
            source(context),
            &rule,
            "remove it, and set the runtime's options instead",
        )
    };
    let mut refusals = Vec::new();
    let any = default_is_of_old(context);
    for path in [&["systemd_cgroup"][..], &["containerd", "no_pivot"]] {
        let at = context.cri(Part::Runtime, path);
        if let (true, Some(at), false) = (is_true(at), at, any) {
            refusals.push(refuse(at));
        }
    }
    for (_, runtime) in entries(context.cri(Part::Runtime, &["containerd", "runtimes"])) {
        for key in ["runtime_engine", "runtime_root"] {
            if let Some(text) = filled(runtime.get(&[key]))
                && !is_of_old(Some(runtime))
            {
                refusals.push(refuse(text.tree));
            }
        }
    }
    refusals
}

/// Whether the default runtime is the one of old, or cannot be told.
fn default_is_of_old(context: &Context<'_>) -> bool {
    if of_old(context, "default_runtime").is_some() {
        return is_of_old(context.cri(Part::Runtime, &["containerd", "default_runtime"]));
    }
    let named = context.cri(Part::Runtime, &["containerd", "default_runtime_name"]);
    let name = match named {
        None => "runc",
        Some(_) => match text(named) {
            None => return true,
            Some(text) => text.value,
        },
    };
    is_of_old(context.runtimes().and_then(|runtimes| runtimes.get(name)))
}

/// Whether a runtime has the type of old; one that is not plain text may have it.
fn is_of_old(runtime: Option<&Tree>) -> bool {
    match runtime.and_then(|runtime| runtime.get(&["runtime_type"])) {
        None => false,
        tree => text(tree).is_none_or(|text| text.value == LINUX_V1),
    }
}

fn all_devices(context: &Context<'_>) -> Vec<Refusal> {
    if !context.is_from(1, 7) {
        return Vec::new();
    }
    let refuse = |(_, runtime): (&String, &Tree)| {
        let at = runtime.get(&["privileged_without_host_devices_all_devices_allowed"])?;
        let alone = is_true(Some(at)) && !is_true(runtime.get(&["privileged_without_host_devices"]));
        let rule = "needs privileged_without_host_devices = true";
        alone.then(|| context.refuse(at, Loss::Cri, source(context), rule, "set both or none"))
    };
    entries(context.cri(Part::Runtime, &["containerd", "runtimes"])).filter_map(refuse).collect()
}

fn io_type(context: &Context<'_>) -> Vec<Refusal> {
    if !context.is_from(2, 0) {
        return Vec::new();
    }
    let refuse = |(_, runtime): (&String, &Tree)| {
        let kind = filled(runtime.get(&["io_type"]))?;
        // `IOTypeFifo` and `IOTypeStreaming`; the message of containerd names the first one wrongly.
        let known = matches!(kind.value, "fifo" | "streaming");
        let rule = "is neither \"fifo\" nor \"streaming\"";
        (!known).then(|| {
            context.refuse(kind.tree, Loss::Cri, source(context), rule, "remove it or write one of them")
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
        source(context),
        rule,
        "remove bin_dir and list its directory in bin_dirs",
    ))
}

/// Whether a build of containerd may have this list as its default: upstream's and Debian's.
fn is_usual(dirs: &[Tree]) -> bool {
    let usual = |tree: &Tree| match tree {
        Tree::Leaf(Scalar::Text(dir), _) => matches!(dir.as_str(), "/opt/cni/bin" | "/usr/lib/cni"),
        _ => false,
    };
    dirs.iter().all(usual)
}

fn base_specs(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |(_, runtime): (&String, &Tree)| {
        let path = filled(runtime.get(&["base_runtime_spec"]))?;
        let rule = match context.look(path.value) {
            Sight::Absent => "names a file that is not there",
            Sight::Seen(SeenKind::Directory(_)) => "names a directory",
            Sight::Seen(SeenKind::File(Some(bytes))) if !is_object(&bytes) => {
                "names a file that is not a JSON object"
            }
            Sight::Seen(SeenKind::File(_)) | Sight::Hidden(_) => return None,
        };
        let remedy = "put an OCI runtime spec there (ctr oci spec prints one), or remove the key";
        Some(context.refuse(path.tree, Loss::Cri, "service.go loadBaseOCISpecs", rule, remedy))
    };
    entries(context.cri(Part::Runtime, &["containerd", "runtimes"])).filter_map(refuse).collect()
}

/// Whether Go's decoder takes the beginning of the text for a spec: an object or `null`, whatever follows it.
fn is_object(bytes: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
    matches!(values.next(), Some(Ok(serde_json::Value::Object(_) | serde_json::Value::Null)))
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
        let rule = format!("is {:?}, which is no duration", text.value);
        Some(context.refuse(text.tree, Loss::Cri, source(context), &rule, "write it as 10s or 1m30s"))
    };
    keys.into_iter().filter_map(refuse).collect()
}
