//! The records as they must be before a change: each path that it writes, with what was there before.
//!
//! What several owners share stands in the record of each: the chain, the runtime's config, a binary. "Before" is what
//! was there before any of them, so the last one to leave restores it, whoever came first.

use std::collections::{BTreeMap, BTreeSet};

use crate::node::{
    Before, Content, DesiredValues, Digest, File, HostPath, Kind, Layer, MARK_FILE, Node, Observed,
    OriginalConfig, Phase, Place, Record, Stamp, Written,
};
use crate::plan::change::{Change, Mode, Publish, Source};

/// The owners whose records a run writes, and what the records say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// The owner of the run.
    pub owner: String,
    /// The owner's layer.
    pub layer: Layer,
    /// The owners whose layers are in the chain that the run publishes.
    pub sharers: BTreeSet<String>,
    /// The paths where the owner installs its binaries.
    pub binaries: Vec<HostPath>,
    /// True if the run uninstalls the owner's layer.
    pub leaves: bool,
}

/// The records in the making.
struct Drafts<'a> {
    node: &'a Node,
    by: &'a Recording,
    known: BTreeMap<String, Record>,
    /// The records as they will be; without the own one until something is noted in it.
    records: BTreeMap<String, Record>,
}

impl Node {
    /// The records that must be written before these changes: those that do not have all of it already. Each path that
    /// is written has its current content and its new hash in the record of every owner of it.
    pub fn intended<'a>(&self, by: &Recording, changes: impl IntoIterator<Item = &'a Change>) -> Vec<Record> {
        let changes: Vec<&Change> = changes.into_iter().collect();
        if changes.iter().any(|change| matches!(change, Change::Forget)) {
            return Vec::new();
        }
        let known: BTreeMap<String, Record> =
            self.records().into_iter().filter_map(|(owner, record)| Some((owner, record.ok()?))).collect();
        let mut drafts = Drafts { node: self, by, records: known.clone(), known };
        for change in changes {
            drafts.note_change(change);
        }
        drafts.ended()
    }

    /// The file that a write replaces. Only a link to the runtime's config is followed.
    pub(in crate::plan) fn replaced(&self, publish: &Publish) -> Option<&File> {
        let link = publish.kind != Kind::Config && self.symlinks.contains_key(&publish.path);
        self.files.get(&publish.path).filter(|_| !link).and_then(Observed::present)
    }

    fn before(&self, publish: &Publish) -> Before {
        if let Some(text) = self.symlinks.get(&publish.path).filter(|_| publish.kind != Kind::Config) {
            return Before::Link(text.clone());
        }
        match self.replaced(publish) {
            None => Before::Absent,
            Some(file) => match &file.content {
                Content::Bytes(bytes) => Before::Bytes(bytes.to_vec()),
                Content::Digest(digest) => Before::Saved(digest.clone(), file.stamp.mode),
                Content::Unread(_) => Before::Absent,
            },
        }
    }

    /// The live values from before the first change, for uninstall: those in the record, else what the runtime reports
    /// now for each value that will change.
    fn live_before(&self, desired: &DesiredValues, known: Option<OriginalConfig>) -> Option<OriginalConfig> {
        if known.as_ref().is_some_and(|known| known.without_cri) {
            return known;
        }
        let live = self.answers.containerd().map(|status| &status.live);
        match live.map(|live| desired.otherwise(live)) {
            Some(now) => Some(known.map_or_else(|| now.clone(), |known| known.or(now.clone()))),
            None if known.is_none() && self.without_cri() => {
                Some(OriginalConfig { without_cri: true, ..OriginalConfig::default() })
            }
            None => known,
        }
    }
}

impl Drafts<'_> {
    fn note_change(&mut self, change: &Change) {
        match change {
            // The owner that changed the path has it in its record.
            Change::Publish(publish) if self.is_rolled_back(publish) => {}
            Change::Publish(publish) => {
                for owner in self.writers(publish) {
                    self.note(&owner, publish);
                }
            }
            Change::Retire(path) => self.note_retired(path),
            Change::MakeDir(path) => {
                let made = Written::new(Kind::Directory, Before::Absent);
                self.own().paths.entry(path.as_str().to_owned()).or_insert(made);
            }
            Change::Mark(attempt) if attempt.is_unproven() && attempt.phase != Phase::RollingBack => {
                let mark = Written::new(Kind::Mark, Before::Absent);
                self.own().paths.entry(MARK_FILE.to_owned()).or_insert(mark);
            }
            _ => {}
        }
        let ends = matches!(
            change,
            Change::Publish(Publish { kind: Kind::Chain | Kind::Binary, .. })
                | Change::Remove { kind: Kind::Chain | Kind::Binary, .. }
                | Change::Link { kind: Kind::Chain | Kind::Binary, .. }
        );
        if self.by.leaves && ends && self.records.contains_key(&self.by.owner) {
            self.own().leaving = true;
        }
    }

    fn is_rolled_back(&self, publish: &Publish) -> bool {
        let attempt = self.node.attempt();
        attempt.is_some_and(|attempt| attempt.restores(&publish.path, &publish.source.digest()))
    }

    /// The own record; a new one if the owner has no record yet.
    fn own(&mut self) -> &mut Record {
        let Recording { owner, layer, .. } = self.by;
        self.records.entry(owner.clone()).or_insert_with(|| Record::new(owner, layer.clone()))
    }

    /// The primary's plugin object, before its file is removed: each owner in the list gets its bytes.
    fn note_retired(&mut self, path: &HostPath) {
        let Some(file) = self.node.files.get(path).and_then(Observed::present) else { return };
        let Content::Bytes(bytes) = &file.content else { return };
        let (before, Stamp { ino, ctime, .. }) = (Before::Bytes(bytes.to_vec()), file.stamp);
        self.own();
        let owners = self.by.sharers.iter().chain([&self.by.owner]).cloned().collect::<BTreeSet<String>>();
        for owner in &owners {
            let Some(record) = self.records.get_mut(owner) else { continue };
            let entry = record.paths.entry(path.as_str().to_owned());
            let written = entry.or_insert_with(|| Written::new(Kind::Chain, before.clone()));
            (written.place, written.before) = (Place::Retired, before.clone());
            let which = format!("{ino}-{ctime}");
            if !written.retired.contains(&which) {
                written.retired.push(which);
            }
        }
    }

    /// The owners whose records have a file.
    fn writers(&self, publish: &Publish) -> BTreeSet<String> {
        let path = publish.path.as_str();
        let others = self.known.values().filter(|record| record.owner != self.by.owner && !record.leaving);
        let is_theirs = |record: &&Record| match publish.kind {
            Kind::Chain => self.by.sharers.contains(&record.owner),
            Kind::Config => record.shares_config() || record.paths.contains_key(path),
            Kind::Binary => record.paths.contains_key(path),
            Kind::Directory | Kind::Mark => false,
        };
        let mut writers: BTreeSet<String> =
            others.filter(is_theirs).map(|record| record.owner.clone()).collect();
        // A chain without the own layer is the others'.
        if publish.kind != Kind::Chain || writers.is_empty() || !self.by.leaves {
            writers.insert(self.by.owner.clone());
        }
        writers
    }

    /// What the records of all owners say was at a path before the first of them wrote these bytes.
    fn before_any(&self, path: &HostPath, now: Option<&Digest>) -> Option<Before> {
        let mut written = self.known.values().filter_map(|record| record.paths.get(path.as_str()));
        written.find(|written| now.is_some_and(|now| written.wrote.contains(now))).map(|w| w.before.clone())
    }

    fn note(&mut self, owner: &str, publish: &Publish) {
        let digest = self.node.replaced(publish).and_then(|file| file.content.digest());
        // This program writes no links, except the file behind a link to the runtime's config.
        let now = self.node.before(publish);
        let link = matches!(now, Before::Link(_));
        let shared = self.before_any(&publish.path, digest.as_ref()).filter(|_| !link);
        let is_own = owner == self.by.owner;
        if is_own {
            self.own();
        }
        let Some(record) = self.records.get_mut(owner) else { return };
        match publish.kind {
            // An uninstall that was killed before its first change is over once the owner installs again.
            Kind::Chain if is_own && !self.by.leaves => {
                record.layer = self.by.layer.clone();
                record.leaving = false;
            }
            Kind::Config if is_own && !self.by.leaves => record.layer.desired = self.by.layer.desired.clone(),
            _ => {}
        }
        let desired = if is_own { &self.by.layer.desired } else { &record.layer.desired };
        let entry = record.paths.entry(publish.path.as_str().to_owned());
        let before = shared.clone().unwrap_or_else(|| now.clone());
        let written = entry.or_insert_with(|| Written::new(publish.kind, before));
        // If another program wrote since the last write, its bytes are the ones to restore.
        let other = digest.as_ref().is_some_and(|digest| !written.wrote.contains(digest)) && shared.is_none();
        let foreign = (link || other && publish.kind != Kind::Chain) && written.before != now;
        if foreign {
            written.before = now;
        }
        if publish.kind == Kind::Config && !restores(publish, &written.before) {
            let known = record.live_before.take().filter(|_| !foreign);
            record.live_before = self.node.live_before(desired, known);
        }
        if let Source::InPlace { base, .. } = &publish.source {
            written.place = Place::Primary;
            written.before = base.as_ref().map_or(Before::Absent, |base| Before::Bytes(base.to_vec()));
        }
        let will_be = publish.source.digest();
        // A chain is never restored to a chain: the adopted bytes may equal the composed ones.
        let is_as_before = publish.kind != Kind::Chain && restores(publish, &written.before);
        // The same bytes again: the hashes of a write that is over stay.
        if is_as_before || digest.as_ref() == Some(&will_be) && written.wrote.contains(&will_be) {
            return;
        }
        written.wrote.retain(|wrote| digest.as_ref() == Some(wrote));
        if !written.wrote.contains(&will_be) {
            written.wrote.push(will_be);
        }
        if publish.kind == Kind::Chain {
            let first = self.node.first_published(self.known.get(owner), &record.layer);
            record.set_first_published(&publish.path, first);
        }
    }

    /// Copies into the own record what another owner has written and this owner needs as well, so that it stays when
    /// the other one leaves, and so that the last one knows what was there before.
    fn share(&mut self) {
        let Recording { owner, binaries, .. } = self.by;
        let others: Vec<&Record> = self.known.values().filter(|record| record.owner != *owner).collect();
        let Some(own) = self.records.get_mut(owner) else { return };
        let stands = |path: &HostPath, written: &Written| {
            let now = self.node.file(path).present().and_then(|file| file.content.digest());
            now.is_some_and(|now| written.wrote.contains(&now))
        };
        for other in others {
            let configs = other.of_kind(Kind::Config).filter(|_| own.shares_config());
            let configs: Vec<_> = configs.filter(|(path, written)| stands(path, written)).collect();
            if !configs.is_empty()
                && let Some(theirs) = other.live_before.clone()
            {
                let theirs = theirs.of(&own.layer.desired);
                own.live_before =
                    Some(own.live_before.take().map_or(theirs.clone(), |known| known.or(theirs)));
            }
            let of_binaries = other.of_kind(Kind::Binary).filter(|(path, _)| binaries.contains(path));
            let shared = of_binaries.filter(|(path, written)| stands(path, written)).chain(configs);
            let dirs = other.of_kind(Kind::Directory).filter(|(dir, _)| {
                own.paths.keys().any(|path| HostPath::new(path).is_ok_and(|path| path.is_within(dir)))
            });
            for (path, written) in shared.chain(dirs).collect::<Vec<_>>() {
                own.paths.entry(path.as_str().to_owned()).or_insert_with(|| written.clone());
            }
        }
    }

    /// The records that differ from those on the disk.
    fn ended(mut self) -> Vec<Record> {
        let owner = &self.by.owner;
        let is_own_written = self.records.get(owner) != self.known.get(owner);
        if !self.by.leaves && self.records.contains_key(owner) {
            if is_own_written {
                self.own().leaving = false;
            }
            if is_own_written || self.known.contains_key(owner) {
                self.share();
            }
        }
        if self.records == self.known {
            return Vec::new();
        }
        self.tell_sharers();
        let Self { known, records, .. } = self;
        records.into_values().filter(|record| known.get(&record.owner) != Some(record)).collect()
    }

    /// Notes at each path which other owners have it.
    fn tell_sharers(&mut self) {
        let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for record in self.records.values().filter(|record| !record.leaving) {
            for (path, written) in &record.paths {
                if matches!(written.kind, Kind::Chain | Kind::Config | Kind::Binary) {
                    owners.entry(path.clone()).or_default().insert(record.owner.clone());
                }
            }
        }
        for record in self.records.values_mut() {
            let own = record.owner.clone();
            for (path, written) in &mut record.paths {
                let others = owners.get(path).into_iter().flatten().filter(|owner| **owner != own);
                written.shared_with = others.cloned().collect();
            }
        }
    }
}

/// True if a write restores the old content: then the path no longer belongs to this program.
fn restores(publish: &Publish, before: &Before) -> bool {
    match before {
        Before::Absent | Before::Link(_) => false,
        Before::Bytes(bytes) => Digest::of(bytes) == publish.source.digest(),
        Before::Saved(saved, mode) => {
            *saved == publish.source.digest()
                && matches!(publish.mode, Mode::Exactly(exactly) if exactly == *mode)
        }
    }
}
