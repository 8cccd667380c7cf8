//! One observation of the node.

use super::eye::Eye;
use super::programs::programs;
use super::scope::Scope;
use crate::cni;
use crate::distro::{self, RuntimeName};
use crate::host::read::{How, stamp_of};
use crate::host::{Root, clock, container};
use crate::node::{HostPath, Moment, Node, RECORD_DIR, RUN_DIR, ReadRequest, SAVED_DIR};
use crate::plan::{Settings, bin_names, network_dirs};

/// Reads everything in the scope. A file with the same stamp as in `before` is not read again; the answers are
/// carried over.
pub fn look(root: &Root, settings: &Settings, scope: &Scope, mut before: Node) -> Node {
    let answers = std::mem::take(&mut before.answers);
    let before = &mut before;
    root.forget_mounts();
    let wall = clock::wall_nanos();
    let boot = before.boot.take().or_else(clock::boot);
    let up_for = Some(clock::now().since(Moment::default()));
    let mut node = Node { answers, wall, up_for, boot, in_container: container::inside(), ..Node::default() };
    node.late = root.late();
    node.observations.node_name = container::node_name();
    let mut eye = Eye::new(root, before, &mut node);
    for dir in &scope.conf_dirs {
        eye.bounded(dir, &scope.first, |name| cni::extension(name).is_some());
    }
    if eye.own_dir(&HostPath::known(RECORD_DIR)) {
        eye.dir(&HostPath::known(SAVED_DIR), |_| None);
    }
    let records = eye.node.records();
    for dir in records.values().flatten().filter_map(|record| record.layer.primary_dir()) {
        if !scope.conf_dirs.contains(&dir) {
            eye.bounded(&dir, &scope.first, |name| cni::extension(name).is_some());
        }
    }
    eye.own_dir(&HostPath::known(RUN_DIR));
    eye.inputs(scope);
    for path in &scope.asked_for {
        eye.file(path, How::Whole);
    }
    for dir in network_dirs(eye.node, settings, &scope.first) {
        eye.network(&dir);
    }
    let names = bin_names(eye.node, settings);
    for dir in &scope.runtime_dirs {
        if !eye.node.dirs.contains_key(dir) {
            eye.dir(dir, |_| None);
        }
    }
    for dir in &scope.bin_dirs {
        if !eye.node.dirs.contains_key(dir) {
            eye.dir(dir, |_| None);
        }
        eye.real_dir(dir);
        for (name, installed) in &names {
            let how = if *installed { How::Hash } else { How::Stamp };
            eye.file(&dir.join(name), how);
        }
    }
    eye.recorded();
    let paths: Vec<HostPath> =
        scope.bin_dirs.iter().flat_map(|dir| names.keys().map(|name| dir.join(name))).collect();
    programs(root, before, &mut node, &paths);
    for path in distro::sockets_of(RuntimeName::CriO).into_iter().map(HostPath::known) {
        let stamp = stamp_of(root, &path);
        node.observations.stamps.insert(path, stamp);
    }
    node.sockets = scope.endpoints.iter().map(|path| (path.clone(), stamp_of(root, path))).collect();
    node.runtime_age = node.socket().map(|(_, stamp)| clock::age(stamp.mtime));
    config(root, scope, before, &mut node);
    Eye::new(root, before, &mut node).parents();
    kubelet(root, scope, before, &mut node);
    node
}

/// Reads the kubelet's files. Its flags name the drop-ins, so they are read first.
fn kubelet(root: &Root, scope: &Scope, before: &mut Node, node: &mut Node) {
    for _ in 0..4 {
        let missing = scope.missing_kubelet(node);
        if missing.is_empty() {
            return;
        }
        let mut eye = Eye::new(root, before, node);
        for request in missing {
            match request {
                ReadRequest::File(path) => eye.file(&path, How::Whole),
                ReadRequest::Dir(path) => eye.dir(&path, |_| None),
                ReadRequest::Entry(_)
                | ReadRequest::Program(_)
                | ReadRequest::Interpreter(_)
                | ReadRequest::Stamp(_) => {}
            }
        }
    }
}

/// Reads the runtime's config files. Each file may import others, so this repeats until nothing is missing.
fn config(root: &Root, scope: &Scope, before: &mut Node, node: &mut Node) {
    // The limit ends a circle of imports.
    for _ in 0..16 {
        let missing = scope.missing_config(node);
        if missing.is_empty() {
            return;
        }
        let mut eye = Eye::new(root, before, node);
        for request in missing {
            match request {
                crate::containerd::Request::File(path) => {
                    eye.file(&path, How::Whole);
                    eye.beside(&path);
                }
                crate::containerd::Request::Directory(path) => eye.dir(&path, |_| None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Observed;

    /// The rules judge only a directory that was read.
    #[test]
    fn the_directory_of_the_config_is_looked_at_and_so_is_what_is_above_a_missing_one() {
        let host = tempfile::tempdir().unwrap();
        let root = Root::open(host.path()).unwrap();
        let scope = Scope {
            conf_dirs: Vec::new(),
            first: Vec::new(),
            bin_dirs: Vec::new(),
            runtime_dirs: Vec::new(),
            install_bins: Vec::new(),
            plugin_files: Vec::new(),
            endpoints: Vec::new(),
            config: Some(HostPath::known("/etc/containerd/config.toml")),
            asked_for: Vec::new(),
            kubelet: false,
            endpoint: None,
            release: None,
            own_plugins: Vec::new(),
        };
        let mut node = Node::default();
        config(&root, &scope, &mut Node::default(), &mut node);
        Eye::new(&root, &mut Node::default(), &mut node).parents();
        let seen = |path| node.dirs.get(&HostPath::known(path)).map(Observed::is_absent);
        assert_eq!(seen("/etc/containerd"), Some(true));
        assert_eq!(seen("/"), Some(false), "the nearest one that is there");
    }
}
