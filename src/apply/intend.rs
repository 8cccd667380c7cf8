//! Writes the record before the change that it describes.

use std::cell::RefCell;

use super::context::ApplyContext;
use crate::host::Root;
use crate::host::publish::{self, FileShape, Staged, Unsynced};
use crate::host::read::{How, host_file, open_host};
use crate::node::{Digest, HostPath, IoFailed, Node, RECORD_DIR, SAVED_DIR};
use crate::plan::{Change, record_path};

/// Proof that the record lists all paths that are about to be written. Only `intend` creates it and every effect
/// takes it, so a change without its record does not compile.
///
/// The record is visible to other processes at once; `hold` makes it survive a power cut.
#[derive(Debug)]
pub struct Intent(RefCell<Unsynced>);

impl Intent {
    /// Makes the record survive a power cut. Every effect calls this right before the first rename. By then the new
    /// bytes are on the disk, and on most file systems the record was written with them.
    pub(super) fn hold(&self) -> Result<(), IoFailed> {
        self.0.take().sync()
    }
}

/// Adds the paths of all changes to the records of their owners, if they are missing, with one atomic write for each
/// record. `made` lists the directories that the lock created.
pub(super) fn intend(
    root: &Root,
    context: &ApplyContext,
    node: &Node,
    changes: &[&Change],
    made: Unsynced,
) -> Result<Intent, IoFailed> {
    let mut unsynced = made;
    for record in node.intended(&context.recording, changes.iter().copied()) {
        unsynced = unsynced.and(publish::new_dir(root, &HostPath::known(RECORD_DIR))?);
        for (path, digest) in node.to_save(&record) {
            save(root, &path, &digest)?;
        }
        let path = record_path(&record.owner);
        let staged = Staged::write(root, &path, &mut record.bytes().as_slice(), FileShape::OWN, None)?;
        unsynced = unsynced.and(staged.rename()?);
    }
    Ok(Intent(RefCell::new(unsynced)))
}

/// Saves the bytes of a binary that is about to be replaced, under their hash. A saved file with another hash is
/// damaged and is written again.
fn save(root: &Root, path: &HostPath, digest: &Digest) -> Result<(), IoFailed> {
    let saved = HostPath::known(SAVED_DIR).join(digest.as_str());
    let there = host_file(root, &saved, How::Hash, None);
    if there.present().and_then(|file| file.content.digest()).as_ref() == Some(digest) {
        return Ok(());
    }
    publish::make_dir(root, &HostPath::known(SAVED_DIR))?;
    let mut file = open_host(root, path)?;
    publish::publish(root, &saved, &mut file, FileShape::OWN, Some(digest)).map(drop)
}
