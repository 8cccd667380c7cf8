//! Notes how often something was done, for later processes.

use crate::host::publish::{self, FileShape};
use crate::host::{Root, trust};
use crate::node::{HostPath, RUN_DIR, RunNote as _, TALLY_FILE, Tally};

/// Writes the tally. Under the lock, and on the node that was planned on, no other process has counted in between. Without
/// the note only this process knows the counts.
pub(super) fn note(root: &Root, tally: &Tally) {
    let path = HostPath::known(TALLY_FILE);
    let written = trust::make(root, &HostPath::known(RUN_DIR)).and_then(|()| {
        publish::publish(root, &path, &mut tally.bytes().as_slice(), FileShape::OWN, None).map(drop)
    });
    // A full /run must not keep the chain from being repaired.
    drop(written);
}
