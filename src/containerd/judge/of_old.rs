//! Settings of containerd 1.0 that 1.x still reads: runtimes outside of `runtimes`, and options that only the runtime
//! of 1.0 accepts.

use super::context::{Context, Loss, Part};
use super::read::{entries, filled, is_true, text};
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::Tree;

/// The only runtime of 1.x that accepts the options of 1.0 (`plugin.RuntimeLinuxV1`).
const LINUX_V1: &str = "io.containerd.runtime.v1.linux";

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = untrusted(context).into_iter().collect();
    refusals.extend(options_of_old(context));
    refusals
}

/// The deprecated table, if it names a runtime (1.x).
pub(super) fn of_old<'a>(context: &'a Context<'_>, name: &str) -> Option<&'a Tree> {
    if context.is_split() {
        return None;
    }
    let tree = context.cri(Part::Runtime, &["containerd", name, "runtime_type"]);
    filled(tree).map(|text| text.tree)
}

fn untrusted(context: &Context<'_>) -> Option<Refusal> {
    let at = of_old(context, "untrusted_workload_runtime")?;
    context.runtimes()?.get("untrusted")?;
    let rule = "is set beside a runtime \"untrusted\"";
    Some(context.refuse(at, Loss::Cri, context.validation(), rule, "remove one of the two"))
}

/// Options that only the runtime of containerd 1.0 accepts (1.x).
fn options_of_old(context: &Context<'_>) -> Vec<Refusal> {
    if context.is_split() {
        return Vec::new();
    }
    let refuse = |at: &Tree| {
        let rule = format!("works only with the runtime {LINUX_V1}");
        context.refuse(
            at,
            Loss::Cri,
            context.validation(),
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
    let old = ["default_runtime", "untrusted_workload_runtime"].into_iter().filter_map(|name| {
        of_old(context, name).and_then(|_| context.cri(Part::Runtime, &["containerd", name]))
    });
    let all = entries(context.cri(Part::Runtime, &["containerd", "runtimes"])).map(|(_, runtime)| runtime);
    for runtime in all.chain(old) {
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

/// True if the default runtime is that of 1.0, or is not known.
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

/// True if a runtime has the type of 1.0, or if its type is not plain text and so could be.
fn is_of_old(runtime: Option<&Tree>) -> bool {
    match runtime.and_then(|runtime| runtime.get(&["runtime_type"])) {
        None => false,
        tree => text(tree).is_none_or(|text| text.value == LINUX_V1),
    }
}
