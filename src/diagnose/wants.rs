//! What else has to be looked at. It follows from what was seen: imports, plugin types, kubeconfigs are only found by
//! reading.

use super::view::View;
use super::{chain, handlers, kubeconfig, kubelet, places, plugins, pods, template};
use crate::cni;
use crate::containerd::Request;
use crate::node::{Glance, HostPath, Node, Question, RECORD_DIR, RUN_DIR, Sight};
use crate::plan::config_files;

/// More entries than any CNI directory has; what is behind them is not looked at.
const MOST: usize = 512;

/// What is to be looked at next; empty when nothing is missing.
pub fn wants(view: &View<'_>) -> Vec<Glance> {
    let mut wants: Vec<Glance> = Vec::new();
    for path in ["/", "/run/systemd/system", "/proc/1"].into_iter().chain(places::CONFIGS) {
        wants.extend(HostPath::new(path).map(Glance::Stamp));
    }
    for (dir, extension) in [(RECORD_DIR, ".json"), (RUN_DIR, ".json")] {
        wants.extend(HostPath::new(dir).into_iter().flat_map(|dir| files_of(view.node, &dir, extension)));
    }
    wants.extend(conf_dir(view));
    for dir in &view.bin_dirs {
        wants.push(Glance::Dir(dir.clone()));
    }
    wants.extend(unit_files(view.node, &places::CONTAINERD_UNITS));
    if let Some(main) = &view.config {
        wants.push(Glance::File(main.clone()));
        let (_, requests) = config_files(view.node, main);
        wants.extend(requests.into_iter().map(|request| match request {
            Request::File(path) => Glance::File(path),
            Request::Directory(path) => Glance::Dir(path),
        }));
    }
    for more in [
        plugins::wants,
        handlers::wants,
        template::wants,
        kubelet::wants,
        kubeconfig::wants,
        chain::wants,
        pods::wants,
    ] {
        wants.extend(more(view));
    }
    wants.retain(|glance| is_missing(view.node, glance));
    wants.sort();
    wants.dedup();
    wants
}

/// What is to be asked of the plugins of a running node.
pub fn questions(view: &View<'_>) -> Vec<Question> {
    if view.is_live() { plugins::questions(view) } else { Vec::new() }
}

fn conf_dir(view: &View<'_>) -> Vec<Glance> {
    let dir = &view.conf_dir;
    let mut wants = vec![Glance::Dir(dir.clone()), Glance::Entry(dir.clone())];
    let Some(listed) = view.node.dirs.get(dir).and_then(Sight::seen) else { return wants };
    for path in listed.names.iter().take(MOST).map(|name| dir.join(name)) {
        wants.push(Glance::Entry(path.clone()));
        let entry = view.node.survey.entries.get(&path).and_then(Sight::seen);
        if entry.is_some_and(|entry| entry.is_dir) {
            wants.extend(files_of(view.node, &path, ".conf"));
        } else if cni::extension(path.name()).is_some() || path.name().contains("cilium_bak") {
            wants.push(Glance::File(path));
        } else {
            wants.push(Glance::Stamp(path));
        }
    }
    wants
}

/// A directory and those files in it.
pub(super) fn files_of(node: &Node, dir: &HostPath, extension: &str) -> Vec<Glance> {
    let mut wants = vec![Glance::Dir(dir.clone())];
    if let Some(listed) = node.dirs.get(dir).and_then(Sight::seen) {
        let names = listed.names.iter().filter(|name| name.ends_with(extension)).take(MOST);
        wants.extend(names.map(|name| Glance::File(dir.join(name))));
    }
    wants
}

/// Unit files and their drop-ins.
pub(super) fn unit_files(node: &Node, units: &[&str]) -> Vec<Glance> {
    let mut wants = Vec::new();
    for path in units.iter().filter_map(|unit| HostPath::new(unit).ok()) {
        let drop_ins = path.parent().join(&format!("{}.d", path.name()));
        wants.extend(files_of(node, &drop_ins, ".conf"));
        wants.push(Glance::File(path));
    }
    wants
}

fn is_missing(node: &Node, glance: &Glance) -> bool {
    match glance {
        Glance::File(path) => !node.files.contains_key(path),
        Glance::Dir(path) => !node.dirs.contains_key(path),
        Glance::Entry(path) => !node.survey.entries.contains_key(path),
        Glance::Program(path) => !node.survey.programs.contains_key(path),
        Glance::Stamp(path) => !node.survey.stamps.contains_key(path),
    }
}
