//! The model: the node after a change, computed without making the change.
//!
//! A property test compares it with the observation after the real change (`tests/model`), so results on the model
//! are true on a node.

use crate::node::{
    ATTEMPT_FILE, Attempt, Before, Changed, Content, Digest, Dir, File, HostPath, Kind, MARK_FILE, Node,
    Observed, RECORD_DIR, ROLLBACK_SCRIPT, RUN_DIR, Record, SAVED_DIR, Stamp, TempName, Unverified,
};
use crate::plan::change::{Change, Mode, Publish, Source};
use crate::plan::recording::Recording;
use crate::plan::restart::rollback_timer::is_of_rollback_timer;

impl Node {
    /// The node after one change. Stamps of changed files differ from those that an observation would find.
    #[must_use]
    pub fn after(&self, owner: &str, change: &Change) -> Self {
        let mut node = self.clone();
        match change {
            Change::MakeDir(path) => node.put_dir(path),
            Change::Publish(publish) => {
                if publish.kind != Kind::Config {
                    node.symlinks.remove(&publish.path);
                }
                node.put(&publish.path, self.published(publish));
                if publish.kind == Kind::Config {
                    node.put_behind(publish);
                }
            }
            Change::Reserve(reserve) => {
                let mode = self.file(&reserve.of).present().map_or(0o644, |file| file.stamp.mode);
                let real = self.links.get(&reserve.of).unwrap_or(&reserve.of);
                node.take(&real.parent().join(TempName::of(real.name()).as_str()));
                let content = Content::Digest(Digest::of(&reserve.bytes));
                node.put(&reserve.at, File { stamp: Stamp { mode, ..Stamp::default() }, content });
            }
            Change::Link { path, target, .. } => node.put_link(path, target),
            Change::Remove { path, .. } | Change::Retire(path) | Change::Sweep(path) => node.take(path),
            Change::RemoveDir(path) => node.remove_empty(path),
            Change::Mark(attempt) => {
                node.put(&HostPath::known(ATTEMPT_FILE), File::of(&attempt.bytes(), 0o600));
                node.keep(Node::spare_of(ATTEMPT_FILE), attempt.keeps_room());
                let mark = HostPath::known(MARK_FILE);
                if attempt.is_unproven() {
                    node.put(&mark, File::of(&self.mark_of(owner, attempt).bytes(), 0o600));
                } else {
                    node.take(&mark);
                }
                node.keep(Node::spare_of(MARK_FILE), attempt.is_unproven());
            }
            Change::Forget => {
                node.take(&record_path(owner));
                for saved in self.saved_alone(owner) {
                    node.take(&saved);
                }
                node.remove_empty(&HostPath::known(SAVED_DIR));
            }
            Change::Arm(timer) => {
                let run = HostPath::known(RUN_DIR);
                node.put_dir(&run);
                for name in timer.changed.iter().filter_map(Changed::kept_as) {
                    node.list(&run.join(&name));
                }
                node.list(&HostPath::known(ROLLBACK_SCRIPT));
            }
            Change::Disarm { .. } => {
                if let Some(Observed::Present(dir)) = node.dirs.get_mut(&HostPath::known(RUN_DIR)) {
                    dir.names.retain(|name| !is_of_rollback_timer(name));
                }
            }
            // Only the runtime's next answer shows the effect of these.
            Change::Nudge(_) | Change::Restart { .. } | Change::ResetFailed { .. } => {}
        }
        node
    }

    /// The durable mark of this restart. If another owner completes the restart, the mark still names the owner that
    /// wrote the config.
    pub fn mark_of(&self, owner: &str, attempt: &Attempt) -> Unverified {
        let same = self.unverified().filter(|mark| mark.attempt.changed == attempt.changed);
        Unverified::new(same.as_ref().map_or(owner, |mark| &mark.owner), attempt.clone(), self.boot.clone())
    }

    /// The saved files that no other owner's record names: they are removed with this record. If another record cannot
    /// be read, it may name any of them, so all stay.
    pub fn saved_alone(&self, owner: &str) -> Vec<HostPath> {
        let dir = HostPath::known(SAVED_DIR);
        let Some(Observed::Present(listed)) = self.dirs.get(&dir) else { return Vec::new() };
        let mut needed = Vec::new();
        for (_, record) in self.records().into_iter().filter(|(other, _)| other != owner) {
            let Ok(record) = record else { return Vec::new() };
            needed.extend(record.paths.into_values().filter_map(|written| match written.before {
                Before::Saved(digest, _) => Some(digest),
                Before::Absent | Before::Bytes(_) | Before::Link(_) => None,
            }));
        }
        let alone = listed.names.iter().filter(|name| !listed.dirs.contains(*name));
        alone
            .filter(|name| !needed.iter().any(|digest| digest.as_str() == *name))
            .map(|name| dir.join(name))
            .collect()
    }

    /// The binaries that the record must be able to restore and that are still in place: they are saved before they
    /// are replaced.
    pub fn to_save(&self, record: &Record) -> Vec<(HostPath, Digest)> {
        let there = |path: &HostPath| {
            let link = self.symlinks.contains_key(path);
            self.files.get(path).filter(|_| !link)?.present()?.content.digest()
        };
        let kept = record.of_kind(Kind::Binary).filter_map(|(path, written)| match &written.before {
            Before::Saved(digest, _) if there(&path).as_ref() == Some(digest) => Some((path, digest.clone())),
            _ => None,
        });
        kept.collect()
    }

    /// The node after the records were written for these changes, which is the first effect of `apply`.
    #[must_use]
    pub fn recorded<'a>(&self, by: &Recording, changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut node = self.clone();
        // The lock is taken on this directory.
        node.put_dir(&HostPath::known(RECORD_DIR));
        for record in self.intended(by, changes) {
            for (_, digest) in self.to_save(&record) {
                let saved = HostPath::known(SAVED_DIR).join(digest.as_str());
                let stamp = Stamp { mode: 0o600, ..Stamp::default() };
                node.put(&saved, File { stamp, content: Content::Digest(digest) });
            }
            node.put(&record_path(&record.owner), File::of(&record.bytes(), 0o600));
        }
        node
    }

    fn published(&self, publish: &Publish) -> File {
        let reserve = self.reserve_of(&publish.path).filter(|_| publish.kind == Kind::Config);
        let reserve = reserve.filter(|_| self.is_reserved(&publish.path, &publish.source.digest()));
        let there = match reserve.and_then(|at| self.files.get(&at)?.present()) {
            Some(reserve) => Some(reserve),
            None => self.replaced(publish),
        };
        let mode = match publish.mode {
            Mode::Exactly(mode) => mode,
            Mode::New(mode) => there.map_or(mode, |file| file.stamp.mode),
        };
        match &publish.source {
            Source::Bytes(bytes) | Source::InPlace { bytes, .. } => File::of(bytes, mode),
            Source::Input(_, digest) | Source::Saved(digest) => {
                File { stamp: Stamp { mode, ..Stamp::default() }, content: Content::Digest(digest.clone()) }
            }
        }
    }

    fn put(&mut self, path: &HostPath, file: File) {
        self.put_dir(&path.parent());
        // A temporary file of a killed run has the same name, so the rename removes it too.
        self.take(&path.parent().join(TempName::of(path.name()).as_str()));
        self.list(path);
        self.files.insert(path.clone(), Observed::Present(file));
        self.seen_through_links(path);
    }

    /// The file behind a link to the runtime's config is the one that is written. A reserve is renamed.
    fn put_behind(&mut self, publish: &Publish) {
        if self.is_reserved(&publish.path, &publish.source.digest())
            && let Some(at) = self.reserve_of(&publish.path)
        {
            self.take(&at);
        }
        if let Some(real) =
            self.links.get(&publish.path).cloned().filter(|real| self.files.contains_key(real))
        {
            let file = self.files[&publish.path].clone();
            self.files.insert(real, file);
        }
    }

    fn put_link(&mut self, path: &HostPath, text: &str) {
        self.take(&path.parent().join(TempName::of(path.name()).as_str()));
        self.list(path);
        let behind = self.files.get(&self.led_to(path, text)).cloned();
        self.files.insert(path.clone(), behind.unwrap_or(Observed::Absent));
        self.symlinks.insert(path.clone(), text.to_owned());
        self.seen_through_links(path);
    }

    /// Updates the observed content of names that are links to `path`.
    fn seen_through_links(&mut self, path: &HostPath) {
        let leads =
            |(name, text): (&HostPath, &String)| (self.led_to(name, text) == *path).then(|| name.clone());
        let names: Vec<HostPath> = self.symlinks.iter().filter_map(leads).collect();
        for name in names {
            let mut file = self.files.get(path).cloned().unwrap_or(Observed::Absent);
            let unread = match self.files.get(&name).and_then(Observed::present).map(|file| &file.content) {
                Some(Content::Unread(why)) => Some(why.clone()),
                None if crate::cni::extension(name.name()).is_none() => Some(String::new()),
                _ => None,
            };
            if let (Observed::Present(file), Some(why)) = (&mut file, unread) {
                file.content = Content::Unread(why);
            }
            self.files.insert(name, file);
        }
    }

    /// Also adds the parent directories that are known to be missing.
    fn put_dir(&mut self, path: &HostPath) {
        if self.dirs.get(path).is_some_and(|dir| !dir.is_absent()) {
            return;
        }
        self.dirs.insert(path.clone(), Observed::Present(Dir::default()));
        let parent = path.parent();
        if self.dirs.get(&parent).is_some_and(Observed::is_absent) {
            self.put_dir(&parent);
        }
        self.list(path);
    }

    fn remove_empty(&mut self, path: &HostPath) {
        if self.dirs.get(path).and_then(Observed::present).is_some_and(|dir| dir.names.is_empty()) {
            self.dirs.insert(path.clone(), Observed::Absent);
            self.unlist(path);
        }
    }

    /// The spare of a mark, which is listed and not read.
    fn keep(&mut self, spare: Option<HostPath>, is_there: bool) {
        match spare {
            Some(spare) if is_there => self.list(&spare),
            Some(spare) => self.unlist(&spare),
            None => {}
        }
    }

    fn list(&mut self, path: &HostPath) {
        if let Some(Observed::Present(dir)) = self.dirs.get_mut(&path.parent()) {
            dir.names.insert(path.name().to_owned());
        }
    }

    fn take(&mut self, path: &HostPath) {
        self.symlinks.remove(path);
        self.files.insert(path.clone(), Observed::Absent);
        self.seen_through_links(path);
        self.unlist(path);
    }

    fn unlist(&mut self, path: &HostPath) {
        if let Some(Observed::Present(dir)) = self.dirs.get_mut(&path.parent()) {
            dir.names.remove(path.name());
        }
    }
}

/// The record of an owner.
pub fn record_path(owner: &str) -> HostPath {
    HostPath::known(RECORD_DIR).join(&format!("{owner}.json"))
}
