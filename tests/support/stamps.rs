//! The check that nothing was changed: every file and directory keeps bytes, inode, mtime and ctime.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Everything below a directory, and the directory itself.
#[derive(PartialEq, Eq)]
pub(crate) struct Stamps(BTreeMap<PathBuf, Stamp>);

#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    mode: u32,
    owner: (u32, u32),
    times: [i64; 4],
    bytes: Vec<u8>,
}

impl Stamps {
    pub(crate) fn of(root: &Path) -> Self {
        let mut found = BTreeMap::new();
        look(root, Path::new("/"), &mut found);
        Self(found)
    }

    /// Panics with the paths that differ.
    pub(crate) fn assert_same(&self, later: &Self) {
        let differ = self.differ(later);
        assert!(differ.is_empty(), "changed, added or removed: {differ:?}");
    }

    /// The paths that differ.
    pub(crate) fn differ(&self, later: &Self) -> Vec<PathBuf> {
        let mut paths: Vec<_> = self.0.keys().chain(later.0.keys()).collect();
        paths.sort();
        paths.dedup();
        paths.into_iter().filter(|path| self.0.get(*path) != later.0.get(*path)).cloned().collect()
    }
}

fn look(seen: &Path, path: &Path, found: &mut BTreeMap<PathBuf, Stamp>) {
    let meta = fs::symlink_metadata(seen).unwrap();
    let bytes = if meta.is_file() { fs::read(seen).unwrap() } else { Vec::new() };
    let times = [meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()];
    let owner = (meta.uid(), meta.gid());
    found.insert(path.to_owned(), Stamp { inode: meta.ino(), mode: meta.mode(), owner, times, bytes });
    if meta.is_dir() {
        for entry in fs::read_dir(seen).unwrap() {
            let name = entry.unwrap().file_name();
            look(&seen.join(&name), &path.join(&name), found);
        }
    }
}
