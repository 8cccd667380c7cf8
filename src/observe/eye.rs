//! Reads files and directories, each once in an observation, within the limits.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;

use super::scope::Scope;
use crate::cni;
use crate::host::read::{CROWDED, How, entry_of, host_dir, named_file, own_dir, own_file, plain};
use crate::host::{Root, trust};
use crate::node::{
    Before, Content, Dir, File, HostPath, Kind, MARK_FILE, Node, Observed, RecordError, SAVED_DIR, TempName,
};

/// The limit in bytes for network files in all directories together. The manifests give the program 64 MiB of memory.
pub(super) const MOST_BYTES: u64 = 32 << 20;
const MOST_FILES: usize = 4096;

/// Reads files and directories into a node.
pub(super) struct Eye<'a> {
    root: &'a Root,
    /// The last observation, without what was looked at since.
    before: &'a mut Node,
    pub(super) node: &'a mut Node,
    /// The bytes and the number of network files that may still be read.
    left: (u64, usize),
}

impl<'a> Eye<'a> {
    pub(super) fn new(root: &'a Root, before: &'a mut Node, node: &'a mut Node) -> Self {
        Self { root, before, node, left: (MOST_BYTES, MOST_FILES) }
    }

    /// Lists a directory and reads the files in it that matter.
    pub(super) fn dir(&mut self, path: &HostPath, matters: impl Fn(&str) -> Option<How>) {
        let dir = host_dir(self.root, path);
        if let Observed::Present(dir) = &dir {
            for name in &dir.names {
                if let Some(how) = matters(name) {
                    self.file(&path.join(name), how);
                }
            }
        }
        self.node.dirs.insert(path.clone(), dir);
    }

    /// Reads a directory of this program. A directory that others can write to is not read.
    pub(super) fn own_dir(&mut self, path: &HostPath) -> bool {
        let distrusted = trust::open(self.root, path).err().filter(|error| {
            // This program will create the missing directory itself.
            !matches!(error.error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        });
        if let Some(why) = distrusted {
            let told = why.error.raw_os_error().map_or_else(
                || why.error.to_string(),
                |_| format!("cannot be opened: {}", plain(&why.error)),
            );
            self.node.dirs.insert(path.clone(), Observed::Unknown(told));
            return false;
        }
        self.dir(path, |name| {
            let is_read = name.strip_suffix(".json").is_some() || path.join(name).as_str() == MARK_FILE;
            is_read.then_some(How::Whole)
        });
        if let Some(Observed::Unknown(why)) = self.node.dirs.get_mut(path) {
            *why = format!("cannot be read: {why}");
            return false;
        }
        true
    }

    /// Lists a directory of networks and reads the files that a runtime would load, up to the limit: the names in
    /// `first` first, the others in byte order. So the primary and the chain are read in any case.
    pub(super) fn bounded(&mut self, path: &HostPath, first: &[String], loadable: impl Fn(&str) -> bool) {
        let mut dir = host_dir(self.root, path);
        self.drop_former(path, dir.present());
        if let Observed::Present(dir) = &mut dir {
            let loadable = dir.names.iter().filter(|name| loadable(name));
            let (before, after): (Vec<&String>, Vec<&String>) =
                loadable.partition(|name| first.contains(name));
            for name in before.into_iter().chain(after) {
                let path = path.join(name);
                let (bytes, files) = self.left;
                self.file(&path, How::Within(if files == 0 { 0 } else { bytes }));
                let Some(Observed::Present(file)) = self.node.files.get(&path) else { continue };
                match &file.content {
                    Content::Bytes(read) => {
                        self.left = (bytes.saturating_sub(read.len() as u64), files.saturating_sub(1));
                    }
                    Content::Unread(why) if why == CROWDED => dir.unread += 1,
                    Content::Unread(_) | Content::Digest(_) => {}
                }
            }
        }
        self.node.dirs.insert(path.clone(), dir);
    }

    /// Drops what was read of a directory whose names have changed. Other names may be read than before, and their bytes
    /// and those from before together would be more than the limit.
    fn drop_former(&mut self, path: &HostPath, now: Option<&Dir>) {
        let before = self.before.dirs.get(path).and_then(Observed::present);
        if before.map(|dir| &dir.names) != now.map(|dir| &dir.names) {
            self.before.files.retain(|file, _| file.parent() != *path);
        }
    }

    pub(super) fn file(&mut self, path: &HostPath, how: How) {
        let (seen, link) = named_file(self.root, path, how, self.known(path));
        self.node.files.insert(path.clone(), seen);
        let Some(text) = link else {
            self.node.symlinks.remove(path);
            return;
        };
        self.behind(path, &text, how);
        self.node.symlinks.insert(path.clone(), text);
    }

    /// What is known of a file, from this observation or the last one.
    fn known(&mut self, path: &HostPath) -> Option<Observed<File>> {
        let now = self.node.files.remove(path);
        self.before.files.remove(path).or(now)
    }

    /// Reads the file behind a symbolic link, as far as the link's text shows it.
    fn behind(&mut self, path: &HostPath, text: &str, how: How) {
        self.real_dir(&path.parent());
        let to = self.node.led_to(path, text);
        let known = self.node.files.get(&to).and_then(Observed::present).map(|file| &file.content);
        if known.is_none_or(|content| how != How::Stamp && matches!(content, Content::Unread(_))) {
            let (file, link) = named_file(self.root, &to, how, self.known(&to));
            self.node.files.insert(to.clone(), file);
            self.node.symlinks.extend(link.map(|text| (to, text)));
        }
    }

    /// Resolves a directory that is reached through symbolic links.
    pub(super) fn real_dir(&mut self, dir: &HostPath) {
        if let Ok(real) = self.root.resolve(dir)
            && real != *dir
        {
            self.node.links.insert(dir.clone(), real);
        }
    }

    /// Reads what a release may add to a network: the directory with its name, or whatever else has that name.
    pub(super) fn network(&mut self, path: &HostPath) {
        self.bounded(path, &[], |name| cni::extension(name) == Some(cni::Extension::Conf));
        let beside = self.node.dirs.get(&path.parent()).and_then(Observed::present);
        if self.node.dirs[path].is_absent() && beside.is_some_and(|dir| dir.names.contains(path.name())) {
            self.file(path, How::Stamp);
        }
    }

    /// Reads the directory of a file. For a link that is the directory of the file behind it, where the file is
    /// written.
    pub(super) fn beside(&mut self, path: &HostPath) {
        let mut dirs = vec![path.parent()];
        if entry_of(self.root, path).present().is_some_and(|entry| entry.link.is_some())
            && let Ok(real) = self.root.resolve(path)
        {
            dirs.push(real.parent());
            self.node.links.insert(path.clone(), real);
        }
        for dir in dirs {
            if !self.node.dirs.contains_key(&dir) {
                self.dir(&dir, |_| None);
            }
        }
    }

    pub(super) fn inputs(&mut self, scope: &Scope) {
        for path in &scope.plugin_files {
            let seen = own_file(Path::new(path), How::Whole, self.before.sources.remove(path));
            self.node.sources.insert(path.clone(), seen);
        }
        for input in &scope.install_bins {
            let mut paths = vec![input.path.clone()];
            if let Some(names) = own_dir(Path::new(&input.path)) {
                paths =
                    names.iter().map(|name| format!("{}/{name}", input.path.trim_end_matches('/'))).collect();
                self.node.source_dirs.insert(input.path.clone(), names);
            }
            for path in paths {
                let seen = own_file(Path::new(&path), How::Hash, self.before.sources.remove(&path));
                self.node.sources.insert(path, seen);
            }
        }
    }

    /// Reads every path in the records, in any directory, because `uninstall` restores these paths.
    pub(super) fn recorded(&mut self) {
        self.recorded_dirs();
        let mut paths: BTreeMap<HostPath, How> = BTreeMap::new();
        let (mut chains, mut configs) = (BTreeSet::new(), BTreeSet::new());
        for record in self.node.records().into_values() {
            let record = match record {
                Ok(record) => record,
                Err(RecordError::Newer { chains, .. }) => {
                    paths.extend(chains.into_iter().map(|chain| (chain, How::Whole)));
                    continue;
                }
                Err(_) => continue,
            };
            for (path, written) in &record.paths {
                if let Before::Saved(digest, _) = &written.before {
                    self.file(&HostPath::known(SAVED_DIR).join(digest.as_str()), How::Hash);
                }
                let Ok(path) = HostPath::new(path) else { continue };
                if written.kind == Kind::Chain && !self.node.dirs.contains_key(&path.parent()) {
                    chains.insert(path.parent());
                }
                let how = match written.kind {
                    Kind::Binary => How::Hash,
                    Kind::Chain | Kind::Config => How::Whole,
                    Kind::Directory | Kind::Mark => continue,
                };
                if let Before::Link(text) = &written.before {
                    self.behind(&path, text, how);
                }
                if written.kind == Kind::Config {
                    configs.insert(path.clone());
                }
                paths.insert(path, how);
            }
        }
        let mark = HostPath::known(MARK_FILE);
        let of_the_mark = mark.parent().join(TempName::of(mark.name()).as_str());
        self.file(&of_the_mark, How::Stamp);
        for (path, how) in paths {
            let parent = path.parent();
            if chains.contains(&parent) {
                // `uninstall` has to know whether another file beside the chain needs a binary. It may not know where
                // the chain was published.
                self.bounded(&parent, &[], |name| cni::extension(name).is_some());
            } else if !self.node.dirs.contains_key(&parent) {
                self.dir(&parent, |_| None);
            }
            if configs.contains(&path) {
                self.beside(&path);
                if let Some(reserve) = self.node.reserve_of(&path) {
                    self.file(&reserve, How::Hash);
                }
            }
            let real = self.node.links.get(&path).unwrap_or(&path);
            let temp = real.parent().join(TempName::of(real.name()).as_str());
            self.file(&temp, How::Stamp);
            let is_read = |file: &Observed<File>| {
                file.present().is_some_and(|file| !matches!(file.content, Content::Unread(_)))
            };
            if !self.node.files.get(&path).is_some_and(is_read) || how == How::Hash {
                self.file(&path, how);
            }
        }
    }

    fn recorded_dirs(&mut self) {
        let mut dirs = Vec::new();
        for record in self.node.records().into_values().flatten() {
            for (path, _) in record.of_kind(Kind::Directory) {
                dirs.extend([path.parent(), path]);
            }
        }
        for dir in dirs {
            if !self.node.dirs.contains_key(&dir) {
                self.dir(&dir, |_| None);
            }
        }
    }

    /// Reads the nearest existing parent of each directory that would be created.
    pub(super) fn parents(&mut self) {
        let absent: Vec<HostPath> =
            self.node.dirs.iter().filter(|(_, dir)| dir.is_absent()).map(|(path, _)| path.clone()).collect();
        for mut path in absent {
            while self.node.dirs.get(&path).is_none_or(Observed::is_absent) && path.parent() != path {
                path = path.parent();
                self.node.dirs.entry(path.clone()).or_insert_with(|| host_dir(self.root, &path));
            }
        }
    }
}
