//! The layouts: the file that the layers make of a primary, and the primary that a file was made of.
//!
//! [`publication`] and [`base_of`] are inverse to each other: the base of what is published is the primary, byte for
//! byte. So the primary is chosen, watched and restored in the same way, wherever the chain lies.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cni::{ChainLayer, ComposeError, Composed, Conflist, Content as Listed, Libcni, Listing, Plugin};
use crate::cni::{compose, unchained, without};
use crate::node::{Before, Content, Digest, File, HostPath, Kind, Observed, Place, Record, Written};
use crate::plan::change::{Change, Mode, Publish, Source};
use crate::plan::context::PlanContext;
use crate::plan::layers::is_same_dir;
use crate::plan::settings::Layout;

/// What a layout publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) struct Publication {
    /// The name of the file. With the layout `none` it is the primary itself.
    pub(in crate::plan) name: String,
    /// Its content.
    pub(in crate::plan) composed: Composed,
}

/// The file that the layers make of a primary; `own` is the name of a file of its own.
pub(in crate::plan) fn publication(
    primary: (&str, &Conflist),
    layers: &[ChainLayer],
    layout: Layout,
    own: &str,
) -> Result<Publication, ComposeError> {
    let (name, conflist) = primary;
    let (name, composed) = match layout {
        Layout::None => (name.to_owned(), unchained(conflist)),
        Layout::OwnFile => (own.to_owned(), compose(conflist, layers)?),
        Layout::InPlace => (in_place_name(name), compose(conflist, layers)?),
    };
    Ok(Publication { name, composed })
}

/// The name of the list that a primary becomes. libcni reads a list from no other extension than `.conflist`.
pub(in crate::plan) fn in_place_name(primary: &str) -> String {
    match primary.rsplit_once('.') {
        Some((stem, "conf" | "json")) => format!("{stem}.conflist"),
        _ => primary.to_owned(),
    }
}

/// The primary that a chain in the primary's place was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) enum Base {
    /// These bytes of this file.
    Bytes(Arc<[u8]>),
    /// The plugin object of the file with the same stem, which was retired.
    Retired,
}

/// The primary in a file that a record has as the primary's. `added` has the plugins of all owners.
///
/// The program knows its own bytes, and so their base. What another program made of them is a new primary, without the
/// plugins that were added.
pub(in crate::plan) fn base_of(
    (name, bytes): (&str, &Arc<[u8]>),
    added: &[Plugin],
    written: &Written,
    rules: Libcni,
) -> Base {
    let (now, before) = (Digest::of(bytes), &written.before);
    let recorded = || match before {
        Before::Bytes(before) => Base::Bytes(before.clone().into()),
        Before::Absent | Before::Saved(..) | Before::Link(_) => Base::Retired,
    };
    if before.digest().as_ref() == Some(&now) {
        return Base::Bytes(Arc::clone(bytes));
    }
    if written.wrote.contains(&now) {
        return recorded();
    }
    let Ok(list) = Conflist::of(name, bytes, rules) else { return Base::Bytes(Arc::clone(bytes)) };
    let before = match before {
        Before::Bytes(before) => Conflist::read(name, before, rules).ok(),
        Before::Absent | Before::Saved(..) | Before::Link(_) => None,
    };
    without(&list, added, before.as_ref()).map_or_else(recorded, |base| Base::Bytes(base.into()))
}

/// The file whose plugin object became the list at `path`, with its name.
fn retired_of<'r>(record: &'r Record, path: &HostPath) -> Option<(&'r str, &'r Written)> {
    let retired = record.paths.iter().filter(|(_, written)| written.place == Place::Retired);
    let mut retired = retired.filter_map(|(path, written)| Some((path.rsplit_once('/')?, written)));
    let found =
        retired.find(|((dir, name), _)| *dir == path.parent().as_str() && in_place_name(name) == path.name());
    found.map(|((_, name), written)| (name, written))
}

/// The files of a directory that are otherwise without the layers: other bytes, or none.
type Bases<'n> = BTreeMap<&'n str, Option<Arc<[u8]>>>;

impl PlanContext<'_> {
    /// The files of a directory as they are without the layers in them: chains in a primary's place are their bases. A
    /// chain in a file of its own is listed.
    pub(in crate::plan) fn without_layers<'n>(&'n self, dir: &'n HostPath) -> Listing<'n> {
        let bases = self.bases(dir);
        let others = self.entries(dir).filter(|(name, _)| !bases.contains_key(name)).collect::<Vec<_>>();
        let bases = bases.iter().filter_map(|(name, bytes)| Some((*name, Listed::Bytes(bytes.clone()?))));
        others.into_iter().chain(bases).collect()
    }

    /// The files in a directory that records have as the primary's, each with the record that explains its bytes.
    fn in_place<'n>(&'n self, dir: &HostPath) -> BTreeMap<&'n str, (&'n Record, &'n Written)> {
        let mut found: BTreeMap<&str, (&Record, &Written)> = BTreeMap::new();
        for record in self.usable_records() {
            for (key, written) in record.paths.iter().filter(|(_, written)| written.place == Place::Primary) {
                let Ok(path) = HostPath::new(key) else { continue };
                let Some((_, name)) = key.rsplit_once('/') else { continue };
                let Some(bytes) = self.node.bytes(&path) else { continue };
                let explains = written.wrote.contains(&Digest::of(bytes));
                if is_same_dir(self.node, &path.parent(), dir) && (explains || !found.contains_key(name)) {
                    found.insert(name, (record, written));
                }
            }
        }
        found
    }

    fn bases<'n>(&'n self, dir: &HostPath) -> Bases<'n> {
        let mut bases = Bases::new();
        let added = self.added_ever();
        for (name, (record, written)) in self.in_place(dir) {
            let path = dir.join(name);
            let Some(bytes) = self.shared_bytes(&path) else { continue };
            let explained = written.wrote.contains(&Digest::of(bytes));
            match base_of((name, bytes), &added, written, self.rules()) {
                Base::Bytes(base) => {
                    let late = self.late(&path).filter(|_| explained);
                    bases.insert(name, Some(late.unwrap_or(base)));
                }
                Base::Retired => {
                    bases.insert(name, None);
                    let Some((name, written)) = retired_of(record, &path) else { continue };
                    let conf = dir.join(name);
                    if let (Observed::Absent, Before::Bytes(before)) =
                        (self.node.file(&conf), &written.before)
                    {
                        bases.insert(name, Some(self.late(&conf).unwrap_or_else(|| before.clone().into())));
                    }
                }
            }
        }
        bases
    }

    /// What a writer wrote into a file that was replaced under it.
    fn late(&self, path: &HostPath) -> Option<Arc<[u8]>> {
        self.node.late.get(path).and_then(|late| late.bytes.clone())
    }

    fn shared_bytes(&self, path: &HostPath) -> Option<&Arc<[u8]>> {
        match self.node.files.get(path)?.present()? {
            File { content: Content::Bytes(bytes), .. } => Some(bytes),
            File { content: Content::Digest(_) | Content::Unread(_), .. } => None,
        }
    }

    /// The plugins that owners add now, and those that records say were added.
    fn added_ever(&self) -> Vec<Plugin> {
        let recorded = self.usable_records().flat_map(|record| &record.layer.plugins);
        let recorded = recorded.filter_map(|text| text.parse().ok());
        self.desired.plugins.iter().cloned().chain(recorded).collect()
    }

    /// The files with a chain in the primary's place that must be restored, if the chain is at `chain` or nowhere: each
    /// with the changes for it, in an order in which a network is always there.
    pub(in crate::plan) fn to_restore(&self, chain: Option<&HostPath>) -> Vec<Change> {
        let recorded = self.usable_records().flat_map(|record| record.of_kind(Kind::Chain));
        let mut paths: Vec<HostPath> =
            recorded.filter(|(_, written)| written.place == Place::Primary).map(|(path, _)| path).collect();
        paths.sort();
        paths.dedup();
        paths.retain(|path| Some(path) != chain);
        paths.iter().flat_map(|path| self.restored(path)).collect()
    }

    /// The changes that restore a primary's file; none if it has its own bytes.
    fn restored(&self, path: &HostPath) -> Vec<Change> {
        let (dir, name) = (path.parent(), path.name());
        let bases = self.bases(&dir);
        let publish = |path: HostPath, source, mode| {
            Change::Publish(Publish { path, kind: Kind::Chain, source, mode: Mode::New(mode) })
        };
        let mode = self.node.file(path).present().map_or(0o600, |file| file.stamp.mode);
        match bases.get(name) {
            Some(Some(base)) if self.node.bytes(path) != Some(base) => {
                let source = Source::InPlace { bytes: Arc::clone(base), base: Some(Arc::clone(base)) };
                vec![publish(path.clone(), source, mode)]
            }
            Some(None) => {
                // The plugin object sorts before the list, so the runtime loads it before the list is gone.
                let retired = bases
                    .iter()
                    .find(|(other, base)| **other != name && base.is_some() && in_place_name(other) == name);
                let object = retired.and_then(|(name, base)| Some((dir.join(name), base.clone()?)));
                let object = object.map(|(path, base)| publish(path, Source::Bytes(base), mode));
                let list = Change::Remove { path: path.clone(), kind: Kind::Chain };
                object.into_iter().chain([list]).collect()
            }
            Some(Some(_)) | None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
