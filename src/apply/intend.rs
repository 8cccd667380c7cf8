//! The record is written before the change that it describes.

use std::cell::RefCell;

use super::ApplyContext;
use crate::host::Root;
use crate::host::publish::{self, FileShape, Staged, Unsynced};
use crate::host::read::{How, host_file, open_host};
use crate::node::{Digest, HostPath, IoFailed, Node, RECORD_DIR, SAVED_DIR};
use crate::plan::{Change, record_path};

/// Proof that the record names what is about to be written. Only `intend` gives it out, and every effect asks for
/// it: no change without its record compiles.
///
/// The record is there for whoever looks; that it stays so if the machine stops is seen to later, by `hold`.
#[derive(Debug)]
pub struct Intent(RefCell<Unsynced>);

impl Intent {
    /// The record outlives the machine: asked of every effect right before the first name changes. By then the bytes
    /// of what is to be published are on the disk, and on most file systems the record went there with them.
    pub(super) fn hold(&self) -> Result<(), IoFailed> {
        self.0.take().sync()
    }
}

/// Writes the record if it does not say so already: one atomic write for all changes. `made` is what the lock made.
pub(super) fn intend(
    root: &Root,
    context: &ApplyContext,
    node: &Node,
    changes: &[&Change],
    made: Unsynced,
) -> Result<Intent, IoFailed> {
    let mut unsynced = made;
    let forgets = changes.iter().any(|change| matches!(change, Change::Forget));
    if forgets {
        return Ok(Intent(RefCell::new(unsynced)));
    }
    let record = node.intended(&context.owner, &context.layer, changes.iter().copied());
    if let Some(record) = record {
        unsynced = unsynced.and(publish::new_dir(root, &HostPath::known(RECORD_DIR))?);
        for (path, digest) in node.to_save(&record) {
            save(root, &path, &digest)?;
        }
        let path = record_path(&context.owner);
        let staged = Staged::write(root, &path, &mut record.bytes().as_slice(), FileShape::OWN, None)?;
        unsynced = unsynced.and(staged.rename()?);
    }
    Ok(Intent(RefCell::new(unsynced)))
}

/// Keeps the bytes of a binary that is about to be replaced, under their hash. What lies there already is relied on only
/// if it has that hash; else it is damaged, and saved anew.
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
