//! The default runtime must be one of the runtimes.

use super::context::{Context, Loss, Part};
use super::of_old::of_old;
use super::read::text;
use crate::containerd::refusal::{Refusal, RefusalKind};

pub(super) fn check(context: &Context<'_>) -> Option<Refusal> {
    // 1.x: this table defines a runtime called "default", which is used instead of the name.
    if of_old(context, "default_runtime").is_some() {
        return None;
    }
    let named = context.cri(Part::Runtime, &["containerd", "default_runtime_name"]);
    let name = match named {
        None => "runc",
        // A value of another type, or a placeholder: unknown.
        Some(_) => text(named)?.value,
    };
    if name.is_empty() {
        let rule = "is empty";
        return Some(context.refuse(
            named?,
            Loss::Cri,
            context.validation(),
            rule,
            "name a runtime of the config",
        ));
    }
    let runtimes = context.runtimes();
    // From 2.0 on the release's own runc is added to the files' runtimes; on 1.x the files' table replaces it.
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
    let refusal = match at {
        Some(at) => {
            context.refuse(at, Loss::Cri, context.validation(), &format!("is set, but {rule}"), remedy)
        }
        None => context.refuse_all(Loss::Cri, context.validation(), &rule, remedy),
    };
    Some(refusal.of_kind(RefusalKind::DefaultRuntimeMissing))
}
