//! Helpers of this module's tests.

use std::collections::BTreeMap;

use super::{ConfigFiles, Listings, Patch, RuntimeConfig, patch};
use crate::node::{HostPath, Release};

mod layout;
mod properties;
mod releases;

const MAIN: &str = "/etc/containerd/config.toml";
pub(super) const R17: Release = Release { major: 1, minor: 7, patch: 24 };
const R20: Release = Release { major: 2, minor: 0, patch: 5 };
pub(super) const R21: Release = Release { major: 2, minor: 1, patch: 9 };
const R23: Release = Release { major: 2, minor: 3, patch: 4 };

fn path(text: &str) -> HostPath {
    HostPath::new(text).unwrap()
}

pub(super) fn files(files: &[(&str, &str)]) -> ConfigFiles {
    let mut listings = Listings::new();
    for (name, _) in files {
        let file = path(name);
        let names = listings.entry(file.parent()).or_insert_with(|| Some(Vec::new()));
        names.as_mut().unwrap().push(file.name().to_owned());
    }
    let mut files: BTreeMap<_, _> =
        files.iter().map(|(name, text)| (path(name), Some(text.as_bytes().to_vec()))).collect();
    files.entry(path(MAIN)).or_insert(None);
    ConfigFiles { main: path(MAIN), files, listings }
}

pub(super) fn main_only(text: &str) -> ConfigFiles {
    files(&[(MAIN, text)])
}

fn max(number: i64) -> RuntimeConfig {
    RuntimeConfig { max_conf_num: Some(number), ..RuntimeConfig::default() }
}

pub(super) fn patched(
    files: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> ConfigFiles {
    let Patch { edits, .. } = patch(files, release, runtime_config).unwrap();
    let mut after = files.clone();
    for edit in edits {
        assert_eq!(after.files[&edit.path], edit.before);
        after.files.insert(edit.path, Some(edit.after));
    }
    assert_eq!(patch(&after, release, runtime_config).unwrap().edits, [], "a second patch changes nothing");
    after
}

pub(super) fn text(files: &ConfigFiles) -> String {
    String::from_utf8(files.files[&files.main].clone().unwrap_or_default()).unwrap()
}
