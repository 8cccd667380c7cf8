//! The program's verdict about a root, by its own parsers and rules.

use cni_bootstrap::containerd::{Judgement, Request, judge_requests};
use cni_bootstrap::host::Root;
use cni_bootstrap::host::read::{How, host_dir, host_file};
use cni_bootstrap::node::{HostPath, Node, Release};
use cni_bootstrap::plan::{config_files, judgement};

/// Reads every requested path below the root, and judges the config.
pub(crate) fn of(root: &Root, release: Release) -> Judgement {
    let main = HostPath::new("/etc/containerd/config.toml").unwrap();
    let mut node = Node::default();
    loop {
        let (files, mut missing) = config_files(&node, &main);
        missing.extend(judge_requests(&files, release));
        missing.retain(|request| !is_known(&node, request));
        if missing.is_empty() {
            return judgement(&node, &files, Some(release));
        }
        for request in missing {
            match request {
                Request::File(path) => {
                    let file = host_file(root, &path, How::Whole, None);
                    node.files.insert(path, file);
                }
                Request::Directory(path) => {
                    let dir = host_dir(root, &path);
                    node.dirs.insert(path, dir);
                }
            }
        }
    }
}

fn is_known(node: &Node, request: &Request) -> bool {
    match request {
        Request::File(path) => node.files.contains_key(path),
        Request::Directory(path) => node.dirs.contains_key(path),
    }
}
