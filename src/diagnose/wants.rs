//! The requests that are still missing. They depend on what was read: imports, plugin types and kubeconfigs are found
//! only by reading.

use super::view::{MOST_ENTRIES, View};
use super::{
    addresses, cached_results, chain, conf_dir, drop_ins, elsewhere, gap, handlers, kubeconfig, masked,
    named_files, place, plugins, put_aside, runc_binary, search_path, silent, template, unverified,
};
use crate::cni;
use crate::containerd::Request;
use crate::distro::{self, RuntimeName};
use crate::node::{HostPath, Observed, Question, RECORD_DIR, RUN_DIR, ReadRequest, Stamp};
use crate::plan::{config_requests, kubelet_requests};

/// The requests to carry out next; empty when nothing is missing.
pub fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let mut wants = wants_of_errors(view);
    wants.extend(gap::wants(view));
    wants.extend(cached_results::wants(view).into_iter().filter(|request| view.node.lacks(request)));
    wants
}

/// The same, without what no error needs: the files about each pod, which may be hundreds.
pub fn wants_of_errors(view: &View<'_>) -> Vec<ReadRequest> {
    let mut wants: Vec<ReadRequest> = Vec::new();
    let of_cri_o = [distro::sockets_of(RuntimeName::CriO), distro::marks_of(RuntimeName::CriO)].concat();
    let told_by_stamp = ["/", "/run/systemd/system", "/proc/1"].into_iter().chain(of_cri_o);
    for path in told_by_stamp.chain(distro::configs()) {
        wants.extend(HostPath::new(path).map(ReadRequest::Stamp));
    }
    for (dir, extension) in [(RECORD_DIR, ".json"), (RUN_DIR, ".json")] {
        wants.extend(HostPath::new(dir).into_iter().flat_map(|dir| view.node.files_of(&dir, extension)));
    }
    wants.push(ReadRequest::File(HostPath::known(place::HOSTNAME)));
    wants.extend(listed(view));
    for dir in &view.bin_dirs {
        wants.push(ReadRequest::Dir(dir.clone()));
    }
    if view.is_of_containerd() {
        wants.extend(view.node.unit_files(&distro::unit_files()));
    }
    wants.extend(kubelet_requests(view.node));
    if let Some(main) = &view.config {
        wants.push(ReadRequest::File(main.clone()));
        let requests = config_requests(view.node, main);
        wants.extend(requests.into_iter().map(|request| match request {
            Request::File(path) => ReadRequest::File(path),
            Request::Directory(path) => ReadRequest::Dir(path),
        }));
        wants.extend(mounts(view, main));
    }
    let rules = [
        conf_dir::wants,
        plugins::wants,
        handlers::wants,
        search_path::wants,
        runc_binary::wants,
        named_files::wants,
        masked::wants,
        elsewhere::wants,
        template::wants,
        kubeconfig::wants,
        chain::wants,
        unverified::wants,
        addresses::wants,
        drop_ins::wants,
        silent::wants,
    ];
    for more in rules {
        wants.extend(more(view));
    }
    wants.retain(|request| view.node.lacks(request));
    wants.sort();
    wants.dedup();
    wants
}

/// The nearest existing directory of the config and of each missing path: it shows if the path belongs to the host.
fn mounts(view: &View<'_>, main: &HostPath) -> Vec<ReadRequest> {
    let dirs = &view.node.dirs;
    let absent = dirs.iter().filter(|(_, dir)| view.node.in_container && dir.is_absent());
    absent.map(|(path, _)| path.parent()).chain([main.parent()]).map(ReadRequest::Dir).collect()
}

/// The questions that `check` asks: to the plugins, and for the pods that run.
pub fn questions_of_check(view: &View<'_>) -> Vec<Question> {
    questions(view).into_iter().chain(gap::question(view)).collect()
}

/// What programs of the host said, for the next run: each program, its stamp and its words.
pub fn said<'v>(view: &'v View<'_>) -> Vec<(HostPath, Stamp, &'v str)> {
    let kubelet = view.kubelet().and_then(|kubelet| {
        let (program, stamp) = kubelet.program.clone()?;
        Some((program, stamp, kubelet.version.as_deref()?))
    });
    plugins::said(view).chain(kubelet).collect()
}

/// The questions to the plugins of a running node.
pub fn questions(view: &View<'_>) -> Vec<Question> {
    if view.is_live() { plugins::questions(view) } else { Vec::new() }
}

fn listed(view: &View<'_>) -> Vec<ReadRequest> {
    let dir = &view.conf_dir;
    let mut wants = vec![ReadRequest::Dir(dir.clone()), ReadRequest::Entry(dir.clone())];
    let Some(listed) = view.node.dirs.get(dir).and_then(Observed::present) else { return wants };
    // Files that count come first: an installer that fails again and again leaves hundreds of others.
    let (count, others): (Vec<&String>, Vec<&String>) =
        listed.names.iter().partition(|name| listed.dirs.contains(*name) || counts(name));
    let names = count.into_iter().take(MOST_ENTRIES).chain(others.into_iter().take(MOST_ENTRIES));
    for path in names.map(|name| dir.join(name)) {
        wants.push(ReadRequest::Entry(path.clone()));
        let entry = view.node.observations.entries.get(&path).and_then(Observed::present);
        if entry.is_some_and(|entry| entry.is_dir) {
            wants.extend(view.node.files_of(&path, ".conf"));
        } else if counts(path.name()) {
            wants.push(ReadRequest::File(path));
        } else {
            wants.push(ReadRequest::Stamp(path));
        }
    }
    wants
}

/// True if the runtime loads a file with this name, or would if nobody had renamed it.
fn counts(name: &str) -> bool {
    cni::extension(name).is_some() || put_aside::original(name).is_some()
}
