//! [`ComesUp`]: no restart can be planned without it. Only this directory creates it, because its fields are private
//! and `ComesUp::on` is for the judges beside it, just as only writing the record creates an `Intent`.

use std::collections::BTreeMap;

use crate::containerd::{ConfigFiles, Listings};
use crate::node::{Digest, HostPath};

/// The verdict that the runtime comes up with exactly these config files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComesUp {
    files: BTreeMap<HostPath, Option<Digest>>,
    listings: Listings,
}

impl ComesUp {
    pub(super) fn on(whole: &ConfigFiles) -> Self {
        let files = whole.files.iter().map(|(path, bytes)| (path.clone(), bytes.as_deref().map(Digest::of)));
        Self { files: files.collect(), listings: whole.listings.clone() }
    }

    /// The judged files, by the hash of their content; `None` for a file that does not exist.
    pub fn files(&self) -> &BTreeMap<HostPath, Option<Digest>> {
        &self.files
    }

    /// The names in the directories of import patterns; `None` for a directory that does not exist.
    pub fn listings(&self) -> &Listings {
        &self.listings
    }
}
