//! What `status` tells: the node and its interpretations as a table. It has no rules of its own.

mod config;
mod files;
mod network;
mod owners;
mod pods;
mod runtime;

use super::view::View;
use crate::cni::extension;
use crate::node::{HostPath, Observed, RECORD_DIR, ROOT_ONLY};
use crate::report::status::{NodeStatus, STATUS_SCHEMA};

/// The node as it is.
pub fn status(view: &View<'_>) -> NodeStatus {
    let (pods, unseen_pods) = pods::pods(view);
    let mut unseen = view.unseen();
    unseen.extend(unseen_pods);
    NodeStatus {
        schema: STATUS_SCHEMA,
        runtime: runtime::runtime(view),
        conf_dir: files::conf_dir(view),
        network: network::network(view),
        config: config::config(view),
        owners: owners::owners(view),
        restart: owners::restart(view),
        pods_without_chain: pods,
        unseen,
    }
}

/// What this process may not look at, as a clause; `None` if it may look at all that matters.
pub fn denied(view: &View<'_>) -> Option<String> {
    let dirs = [&view.conf_dir, &HostPath::known(RECORD_DIR)];
    let dir = dirs.into_iter().find(|dir| view.node.dirs.get(*dir).is_some_and(Observed::is_denied));
    let file = || {
        let files = view.node.files_in(&view.conf_dir);
        let hidden = files.filter(|(name, file)| extension(name).is_some() && file.is_denied());
        hidden.map(|(name, _)| view.conf_dir.join(name)).next()
    };
    let config =
        || view.config.clone().filter(|path| view.node.files.get(path).is_some_and(Observed::is_denied));
    if let Some(path) = dir.cloned().or_else(file).or_else(config) {
        return Some(format!("{path} cannot be read from here: permission denied"));
    }
    match view.node.answers.runtime.as_ref().map(|asked| &asked.said) {
        Some(Observed::Unknown(why)) if why.contains(ROOT_ONLY) => Some(why.clone()),
        _ => None,
    }
}
