//! The config files as a plan would leave them: what is judged is what is published.

use crate::containerd::ConfigFiles;
use crate::node::{Digest, HostPath};
use crate::plan::change::{Change, Publish, Source, Step};

/// The config files as they would be.
pub(in crate::plan) struct Whole {
    /// All of them.
    pub(in crate::plan) files: ConfigFiles,
    /// Those that are not yet as they would be.
    pub(in crate::plan) changed: Vec<HostPath>,
}

impl Whole {
    /// The files with these bytes in place; `None` is a file that goes.
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

    /// The files once these steps are done.
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

    /// The hash of all of them: what is judged is what is published.
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
