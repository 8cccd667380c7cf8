//! Directories that a start creates, and files that are in the way.

use super::context::{Context, Loss, Part};
use super::read::{entries, filled};
use super::seen::SeenKind;
use crate::containerd::refusal::{Refusal, RefusalKind};
use crate::containerd::tree::Tree;
use crate::node::{HostPath, Observed};

/// Directories of the daemon with their defaults (`CreateTopLevelDirectories` in `server.go`).
const TOP_LEVEL: [(&str, Option<&str>); 3] =
    [("root", Some("/var/lib/containerd")), ("state", Some("/run/containerd")), ("temp", None)];

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (key, default) in TOP_LEVEL {
        let source = "server.go CreateTopLevelDirectories";
        refusals.extend(directory(context, context.at(&[key]), default, Loss::Daemon, source));
    }
    refusals.extend(root_is_state(context));
    let source = "cni_conf_syncer.go newCNINetConfSyncer";
    let conf_dir = context.cri(Part::Runtime, &["cni", "conf_dir"]);
    refusals.extend(directory(context, conf_dir, Some("/etc/cni/net.d"), Loss::Cri, source));
    for (_, runtime) in entries(context.cri(Part::Runtime, &["containerd", "runtimes"])) {
        refusals.extend(directory(context, runtime.get(&["cni_conf_dir"]), None, Loss::Cri, source));
    }
    refusals
}

fn root_is_state(context: &Context<'_>) -> Option<Refusal> {
    let (root, state) = (filled(context.at(&["root"])), filled(context.at(&["state"])));
    let path = |text: Option<super::read::Text<'_>>, index: usize| {
        text.map_or_else(|| TOP_LEVEL[index].1.unwrap_or_default().to_owned(), |text| text.value.to_owned())
    };
    let at = state.or(root)?.tree;
    let rule = "makes root and state one directory";
    let source = "server.go CreateTopLevelDirectories";
    (path(root, 0) == path(state, 1))
        .then(|| context.refuse(at, Loss::Daemon, source, rule, "give them different paths"))
}

/// Checks that a directory exists or can be created.
pub(super) fn directory(
    context: &Context<'_>,
    at: Option<&Tree>,
    default: Option<&str>,
    loss: Loss,
    source: &str,
) -> Option<Refusal> {
    let path = match (filled(at), default) {
        (Some(text), _) => text.value,
        // A value of another type, or a placeholder.
        (None, _) if at.is_some() => return None,
        (None, default) => default?,
    };
    let obstacle = obstacle(context, path)?;
    let remedy = format!("remove {obstacle} or name another directory");
    let refusal = if let Some(at) = at {
        let rule = format!("needs the directory {path}, but {obstacle} is not a directory");
        context.refuse(at, loss, source, &rule, remedy)
    } else {
        let rule = format!("{path} must be a directory, but {obstacle} is not one");
        context.refuse_all(loss, source, &rule, remedy)
    };
    let in_the_way =
        HostPath::new(obstacle).ok().filter(|_| default.is_some_and(|path| is_part(obstacle, path)));
    Some(match in_the_way {
        Some(file) => refusal.of_kind(RefusalKind::InTheWay(Box::new(file))),
        None => refusal,
    })
}

/// True if `part` is the path or a directory above it.
fn is_part(part: &str, path: &str) -> bool {
    path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The first part of the path that is not a directory, so that the directory cannot be created.
pub(super) fn obstacle<'p>(context: &Context<'_>, path: &'p str) -> Option<&'p str> {
    if !path.starts_with('/') || path.contains("/../") {
        return None;
    }
    let path = path.trim_end_matches('/');
    let ends = path.match_indices('/').skip(1).map(|(at, _)| at).chain([path.len()]);
    // All parts are requested at once.
    let seen: Vec<(&str, Observed<SeenKind>)> =
        ends.map(|end| (&path[..end], context.look(&path[..end]))).collect();
    // Parts after a missing or unknown one cannot be judged.
    let first = seen.iter().find(|(_, seen)| !matches!(seen, Observed::Present(SeenKind::Directory(_))))?;
    matches!(first.1, Observed::Present(SeenKind::File(_))).then_some(first.0)
}
