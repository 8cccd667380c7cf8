//! Settings of plugins that CRI needs: metadata, tasks, differs.

use super::context::{Context, Loss};
use super::read::{Text, filled, texts};
use crate::containerd::refusal::Refusal;

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(sharing_policy(context));
    refusals.extend(task_platforms(context));
    refusals.extend(differs(context));
    refusals
}

/// `BoltConfig.Validate`.
fn sharing_policy(context: &Context<'_>) -> Option<Refusal> {
    let at = filled(context.at(&["plugins", "io.containerd.metadata.v1.bolt", "content_sharing_policy"]))?;
    let rule = format!("is {:?}, which is not \"shared\" or \"isolated\"", at.value);
    let known = matches!(at.value, "shared" | "isolated");
    (!known).then(|| context.refuse(at.tree, Loss::Cri, "BoltConfig Validate", &rule, "write one of them"))
}

fn task_platforms(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |text: Text<'_>| {
        let rule = format!("has {:?}, which is not a platform", text.value);
        is_no_platform(text.value)
            .then(|| context.refuse(text.tree, Loss::Cri, "platforms Parse", &rule, "write OS/ARCHITECTURE"))
    };
    let platforms = context.at(&["plugins", "io.containerd.runtime.v2.task", "platforms"]);
    texts(platforms).into_iter().filter_map(refuse).collect()
}

/// True if `platforms.Parse` certainly refuses the text: more than three parts, or a character that is not a letter,
/// a digit, `_`, `.` or `-`. Later releases accept parentheses after an OS, which are not judged.
pub(super) fn is_no_platform(text: &str) -> bool {
    if text.contains(['(', ')', '*', '+']) {
        return false;
    }
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    text.split('/').count() > 3 || !text.split('/').all(is_part)
}

/// The diff service accepts only existing differs (`services/diff/local.go`), and a proxy of 1.6 does not count.
fn differs(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |text: Text<'_>| {
        let rule =
            format!("has {:?}, which is not a differ of this release and not a proxy plugin", text.value);
        let remedy = "write default = [\"walking\"]";
        (!is_differ(context, text.value))
            .then(|| context.refuse(text.tree, Loss::Cri, "needed differ not loaded", &rule, remedy))
    };
    let order = context.at(&["plugins", "io.containerd.service.v1.diff-service", "default"]);
    texts(order).into_iter().filter_map(refuse).collect()
}

pub(super) fn is_differ(context: &Context<'_>, name: &str) -> bool {
    name == "walking"
        || (name == "erofs" && context.is_from(2, 1))
        || context.at(&["proxy_plugins", name]).is_some()
}
