//! The files that a containerd reads, and their order.
//!
//! They form a queue: the main file, then its `imports` in the order of the list (the matches of a pattern are
//! sorted), then the imports of those. No file is read twice (`LoadConfig` in
//! `cmd/containerd/server/config/config.go`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::glob::{self, Expansion, Listings};
use super::loader::Loader;
use super::refusal::{Refusal, RefusalKind};
use super::source::{Source, Sources};
use crate::glob::Malformed;
use crate::node::HostPath;
use crate::node::Release;

/// All config files that a containerd reads, as bytes by host path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFiles {
    /// The file that containerd was started with. It may not exist.
    pub main: HostPath,
    /// The bytes of each file; `None` for a file that does not exist.
    pub files: BTreeMap<HostPath, Option<Vec<u8>>>,
    /// The names in each directory of an import pattern; `None` for a directory that does not exist.
    pub listings: Listings,
}

/// A request to read something before the files can be judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// The bytes of this file, into [`ConfigFiles::files`].
    File(HostPath),
    /// The names in this directory, into [`ConfigFiles::listings`].
    Directory(HostPath),
}

/// The requests that are still missing. Imports are found only by reading, so the caller repeats until this is empty.
///
/// A file that cannot be parsed adds no request: [`fn@super::patch`] then reports what is wrong with it.
pub fn wants_read(files: &ConfigFiles, release: Option<Release>) -> Vec<Request> {
    let mut desired = BTreeSet::new();
    for loader in Loader::of(release) {
        desired.extend(walk(files, loader));
    }
    desired.into_iter().collect()
}

fn walk(files: &ConfigFiles, loader: Loader) -> Vec<Request> {
    walked(files, loader).0
}

/// The files without those that only other releases import.
pub(crate) fn read_by(files: &ConfigFiles, loader: Loader) -> ConfigFiles {
    let (_, seen) = walked(files, loader);
    let mut files = files.clone();
    files.files.retain(|path, _| seen.contains(path));
    files
}

/// The missing requests, and the imported files.
fn walked(files: &ConfigFiles, loader: Loader) -> (Vec<Request>, BTreeSet<HostPath>) {
    let mut desired = Vec::new();
    let mut queue = VecDeque::from([files.main.clone()]);
    let mut seen = BTreeSet::new();
    while let Some(path) = queue.pop_front() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let bytes = match files.files.get(&path) {
            None => {
                desired.push(Request::File(path));
                continue;
            }
            Some(bytes) => bytes.as_deref(),
        };
        let Ok(source) = Source::read(&path, bytes) else { continue };
        for import in source.strings("imports", loader.folding()) {
            match resolve(&path, &import, loader, &files.listings) {
                Ok(Expansion::Paths(paths)) => queue.extend(paths),
                Ok(Expansion::Unlisted(directories)) => {
                    desired.extend(directories.into_iter().map(Request::Directory));
                }
                Err(_) => {}
            }
        }
    }
    (desired, seen)
}

/// The files that `loader` reads, in its order. `sources` must have all of them.
pub(crate) fn order(
    main: &HostPath,
    sources: &Sources,
    listings: &Listings,
    loader: Loader,
) -> Result<Vec<HostPath>, Refusal> {
    let mut queue = VecDeque::from([(main.clone(), main.clone())]);
    let mut order = Vec::new();
    while let Some((path, importer)) = queue.pop_front() {
        if order.contains(&path) {
            continue;
        }
        let source =
            sources.get(&path).filter(|source| source.is_present() || path == *main).ok_or_else(|| {
                Refusal::new(
                    &importer,
                    format!("it imports {path}, which does not exist, and containerd does not start then"),
                    "remove the import, or restore the file",
                )
                .of_kind(RefusalKind::ImportMissing(path.clone()))
            })?;
        for import in source.strings("imports", loader.folding()) {
            match resolve(&path, &import, loader, listings)? {
                Expansion::Paths(paths) => queue.extend(paths.into_iter().map(|next| (next, path.clone()))),
                Expansion::Unlisted(directories) => {
                    let directory = directories.first().unwrap_or(main);
                    return Err(Refusal::new(
                        &path,
                        format!("it imports {import:?}, and {directory} could not be listed"),
                        "mount that directory of the host",
                    ));
                }
            }
        }
        order.push(path);
    }
    Ok(order)
}

fn resolve(
    importer: &HostPath,
    import: &str,
    loader: Loader,
    listings: &Listings,
) -> Result<Expansion, Refusal> {
    let pattern = import.contains('*');
    let absolute = if import.starts_with('/') {
        clean(import)
    } else if pattern && loader.patterns_from_root() {
        clean(&format!("/{import}"))
    } else {
        clean(&format!("{}/{import}", importer.parent().as_str()))
    };
    if pattern {
        return glob::expand(&absolute, listings).map_err(|Malformed| {
            Refusal::new(
                importer,
                format!("it imports {import:?}, which is not a valid pattern"),
                "write it as Go's filepath.Match reads it (each [ needs its ], and a - or ] in a set needs a \\ \
                 before it)",
            )
        });
    }
    let path = HostPath::new(&absolute).map_err(|error| {
        Refusal::new(importer, format!("it imports {import:?}: {error}"), "mend the import")
    })?;
    Ok(Expansion::Paths(vec![path]))
}

/// Go's `filepath.Clean` for an absolute path.
fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
