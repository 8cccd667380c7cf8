//! [`ComesUp`]: no restart can be planned without it. Only this directory gives it out, as only writing the record gives out
//! an `Intent`: its fields are private, and `ComesUp::on` is for the judges beside it.

use std::collections::BTreeMap;

use crate::containerd::{ConfigFiles, Listings};
use crate::node::{Digest, HostPath};

/// The verdict that the runtime comes up on these very config files.
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

    /// The files that were judged, by the hash of what they hold; `None` is a file that is not there.
    pub fn files(&self) -> &BTreeMap<HostPath, Option<Digest>> {
        &self.files
    }

    /// The names in the directories that imports ask for; `None` is a directory that is not there.
    pub fn listings(&self) -> &Listings {
        &self.listings
    }
}
