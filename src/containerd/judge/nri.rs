//! NRI starts with CRI, and its failure ends the daemon. It is enabled by default from 2.0 on (`nri/config.go`).

use super::context::{Context, Loss};
use super::directories::obstacle;
use super::plugin_lists;
use super::read::{filled, is_true};
use super::seen::SeenKind;
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::{Scalar, Tree};
use crate::node::Observed;

const ID: &str = "io.containerd.nri.v1.nri";
const SOURCE: &str = "nri adaptation Start";

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    if !is_on(context) {
        return Vec::new();
    }
    socket(context).into_iter().chain(plugins(context)).collect()
}

fn key<'a>(context: &'a Context<'_>, name: &str) -> Option<&'a Tree> {
    context.at(&["plugins", ID, name])
}

fn is_on(context: &Context<'_>) -> bool {
    let is_set = match key(context, "disable") {
        None => context.is_split(),
        Some(tree) => matches!(tree, Tree::Leaf(Scalar::Bool(false), _)),
    };
    let is_disabled = plugin_lists::entries(context).iter().any(|entry| entry.value == ID);
    context.is_from(1, 7) && is_set && !is_disabled
}

fn socket(context: &Context<'_>) -> Option<Refusal> {
    let socket = filled(key(context, "socket_path"))?;
    if is_true(key(context, "disable_connections")) {
        return None;
    }
    let dir = socket.value.rsplit_once('/').map_or("", |(dir, _)| dir);
    let rule = match (obstacle(context, dir), context.look(socket.value)) {
        (Some(obstacle), _) => format!("lies below {obstacle}, which is not a directory"),
        (None, Observed::Present(SeenKind::Directory(_))) => "names a directory".to_owned(),
        (None, _) => return None,
    };
    Some(context.refuse(socket.tree, Loss::Daemon, SOURCE, &rule, "name another socket"))
}

fn plugins(context: &Context<'_>) -> Option<Refusal> {
    let plugins = filled(key(context, "plugin_path"))?;
    let is_file = matches!(context.look(plugins.value), Observed::Present(SeenKind::File(_)));
    let rule = "names a file, not a directory";
    is_file.then(|| context.refuse(plugins.tree, Loss::Daemon, SOURCE, rule, "name a directory"))
}
