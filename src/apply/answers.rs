//! Notes what programs of the host said, for the next run.

use crate::host::publish::{self, FileShape};
use crate::host::{Root, trust};
use crate::node::{ANSWERS_FILE, HostPath, IoFailed, RUN_DIR, Remembered, RunNote as _};

/// Writes the note. It decides only what is asked again: if two runs write it at once, one of the notes is lost or
/// damaged, and a damaged one counts as none.
pub fn remember(root: &Root, answers: &Remembered) -> Result<(), IoFailed> {
    trust::make(root, &HostPath::known(RUN_DIR))?;
    let path = HostPath::known(ANSWERS_FILE);
    publish::publish(root, &path, &mut answers.bytes().as_slice(), FileShape::OWN, None).map(drop)
}
