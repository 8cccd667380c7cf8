//! The check that nothing was changed: every file and directory keeps bytes, inode, mtime and ctime.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::node::Node;

/// The directories that the program may write to, and all of `/etc`.
const WATCHED: [&str; 5] = ["/etc", "/usr/lib/cni", "/opt", "/var/lib/cni-bootstrap", "/run/cni-bootstrap"];

/// Everything in these directories, by its path on the node.
#[derive(PartialEq, Eq)]
pub(crate) struct Stamps(BTreeMap<String, Stamp>);

#[derive(PartialEq, Eq)]
struct Stamp {
    inode: u64,
    mode: u32,
    times: [i64; 4],
    bytes: Vec<u8>,
}

impl Stamps {
    pub(crate) fn of(node: &Node) -> Self {
        let mut found = BTreeMap::new();
        for directory in WATCHED {
            look(&node.path(directory), directory, &mut found);
        }
        Self(found)
    }

    /// Panics with the paths that differ.
    pub(crate) fn assert_same(&self, later: &Self) {
        let paths = self.0.keys().chain(later.0.keys());
        let mut differ: Vec<_> = paths.filter(|p| self.0.get(*p) != later.0.get(*p)).collect();
        differ.sort();
        differ.dedup();
        assert!(differ.is_empty(), "changed, added or removed: {differ:#?}");
    }
}

fn look(seen: &Path, path: &str, found: &mut BTreeMap<String, Stamp>) {
    // systemd writes it some time after the boot (systemd-machine-id-commit.service).
    if path == "/etc/machine-id" {
        return;
    }
    let Ok(meta) = std::fs::symlink_metadata(seen) else { return };
    let times = [meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()];
    let bytes = if meta.is_file() { std::fs::read(seen).unwrap() } else { Vec::new() };
    found.insert(path.to_owned(), Stamp { inode: meta.ino(), mode: meta.mode(), times, bytes });
    if meta.is_dir() {
        for entry in std::fs::read_dir(seen).unwrap().flatten() {
            let name = entry.file_name();
            look(&entry.path(), &format!("{path}/{}", name.to_str().unwrap()), found);
        }
    }
}
