//! The config files as a plan will leave them: exactly the judged files are published.

use crate::containerd::ConfigFiles;
use crate::node::{Digest, HostPath};
use crate::plan::change::{Change, Publish, Source, Step};

/// The config files as they will be.
pub(in crate::plan) struct Whole {
    /// All files.
    pub(in crate::plan) files: ConfigFiles,
    /// The files that still have to be changed.
    pub(in crate::plan) changed: Vec<HostPath>,
}

impl Whole {
    /// The files after these bytes were written; `None` for a file that is removed.
    pub(in crate::plan) fn after(
        files: &ConfigFiles,
        edits: impl IntoIterator<Item = (HostPath, Option<Vec<u8>>)>,
    ) -> Self {
        let mut whole = Self { files: files.clone(), changed: Vec::new() };
        for (path, bytes) in edits {
            if let Some(Some(names)) = whole.files.listings.get_mut(&path.parent()) {
                names.retain(|name| name != path.name());
                if bytes.is_some() {
                    names.push(path.name().to_owned());
                    names.sort();
                }
            }
            whole.files.files.insert(path.clone(), bytes);
            whole.changed.push(path);
        }
        whole
    }

    /// The files after these steps.
    pub(in crate::plan) fn once(files: &ConfigFiles, steps: &[Step]) -> Self {
        Self::after(
            files,
            steps.iter().filter_map(|step| match step {
                Step::Change(Change::Publish(Publish { path, source: Source::Bytes(bytes), .. })) => {
                    Some((path.clone(), Some(bytes.to_vec())))
                }
                Step::Change(Change::Remove { path, .. }) => Some((path.clone(), None)),
                _ => None,
            }),
        )
    }

    /// The hash of all files: exactly the judged files are published.
    pub(in crate::plan) fn digest(&self) -> Digest {
        let mut all = Vec::new();
        for (path, bytes) in &self.files.files {
            if let Some(bytes) = bytes {
                all.extend_from_slice(path.as_str().as_bytes());
                all.push(0);
                all.extend_from_slice(Digest::of(bytes).as_str().as_bytes());
            }
        }
        Digest::of(&all)
    }
}
