//! The runtime as it answers now, and what it has loaded.

use crate::diagnose::view::View;
use crate::node::{LoadedNetwork, Observed, Runtime, Status};
use crate::plan::appended_types;
use crate::report::status::{LoadedNow, RuntimeNow};
use crate::report::utc;
use crate::verify::is_from;

pub(super) fn runtime(view: &View<'_>) -> RuntimeNow {
    let asked = view.node.answers.runtime.as_ref();
    let socket = view.node.socket().filter(|_| view.is_live());
    let reason = match asked.map(|asked| &asked.said) {
        Some(Observed::Present(_)) => None,
        Some(Observed::Unknown(why)) => Some(why.clone()),
        Some(Observed::Absent) => Some("there is no socket of a runtime".to_owned()),
        None if view.is_live() => Some("it was not asked".to_owned()),
        None => Some("these are files of a node and not a running node".to_owned()),
    };
    let now = RuntimeNow {
        name: view.node.answers.running().map(|runtime| runtime.name().to_string()),
        version: view.node.answers.running().map(|runtime| runtime.version().to_owned()),
        socket: socket.map(|(path, _)| path.as_str().to_owned()),
        unit: view.service().and_then(|service| service.unit.clone()),
        answers: reason.is_none(),
        started_at: socket.filter(|_| reason.is_none()).map(|(_, stamp)| utc(stamp.mtime)),
        reason,
        ..RuntimeNow::default()
    };
    match view.node.answers.running() {
        Some(Runtime::Containerd(status)) => RuntimeNow {
            network_ready: Some(status.network_ready),
            network_message: Some(status.network_message.clone()).filter(|words| !words.is_empty()),
            load_status: status.load_status.clone(),
            loaded: status.networks.is_some().then(|| loaded(view, status)),
            ..now
        },
        Some(Runtime::NotJudged(other)) => RuntimeNow {
            network_ready: other.network_ready,
            network_message: Some(other.network_message.clone()).filter(|words| !words.is_empty()),
            ..now
        },
        None => now,
    }
}

fn loaded(view: &View<'_>, status: &Status) -> Vec<LoadedNow> {
    let start = view.node.socket().map(|(_, stamp)| stamp.mtime);
    let of = |network: &LoadedNetwork| {
        let file = file_of(view, network);
        let written = file
            .and_then(|name| Some(view.node.files.get(&view.conf_dir.join(name))?.present()?.stamp.mtime));
        LoadedNow {
            network: network.name.clone(),
            types: network.types.clone(),
            file: file.map(|name| view.conf_dir.join(name).as_str().to_owned()),
            since: written.max(start).filter(|_| file.is_some()).map(utc),
        }
    };
    status.pod_networks().map(of).collect()
}

/// The name of the file that has what is loaded.
fn file_of<'v>(view: &View<'v>, network: &LoadedNetwork) -> Option<&'v str> {
    let listing = view.listing();
    listing.loadable().find(|name| {
        let Some(Ok(conflist)) = listing.read(name, view.rules()) else { return false };
        let more = appended_types(view.node, &view.conf_dir, &conflist);
        is_from(network, name, &conflist, &more) || is_from(network, name, &conflist, &[])
    })
}
