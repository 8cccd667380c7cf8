//! The note of a sandbox, which is written before the sandbox is made. A killed run leaves it, and the next run removes
//! what it names.
//!
//! The note is an empty file with the uid in its name, so it is never partial. Its owner holds a lock on it, which the
//! kernel releases when the process ends: an unlocked note is one that was left.

use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::root::Root;
use super::{read, trust};
use crate::node::{HostPath, IoFailed, Observed, POD_NOTE, RUN_DIR, noted_pod};

/// A note that this process holds.
#[derive(Debug)]
pub(super) struct Note {
    /// The uid of the sandbox.
    pub(super) uid: String,
    dir: OwnedFd,
    _lock: OwnedFd,
}

impl Note {
    /// Notes a new sandbox.
    pub(super) fn new(root: &Root) -> Result<Self, IoFailed> {
        let run = HostPath::known(RUN_DIR);
        trust::make(root, &run)?;
        loop {
            // The standard library seeds the hasher at random in each process.
            let uid = format!("{:016x}", std::hash::RandomState::new().build_hasher().finish());
            let name = format!("{POD_NOTE}{uid}");
            let made = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR;
            // Between its creation and its lock another run may take it for one that was left, and remove it.
            if let Some(note) = Self::held(root, &name, &uid, made)? {
                return Ok(note);
            }
        }
    }

    /// The notes that ended processes left.
    pub(super) fn left(root: &Root) -> Result<Vec<Self>, IoFailed> {
        let Observed::Present(dir) = read::host_dir(root, &HostPath::known(RUN_DIR)) else {
            return Ok(Vec::new());
        };
        let notes = dir.names.iter().filter_map(|name| Some((name, noted_pod(name)?)));
        let held = notes.map(|(name, uid)| Self::held(root, name, uid, OFlags::RDWR));
        held.filter_map(Result::transpose).collect()
    }

    /// The note with its lock; `None` if another process holds it, or if it is gone.
    fn held(root: &Root, name: &str, uid: &str, flags: OFlags) -> Result<Option<Self>, IoFailed> {
        let run = HostPath::known(RUN_DIR);
        let failed = |error: Errno| IoFailed::at(run.join(name), "locked")(error.into());
        let dir = trust::open(root, &run)?;
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&dir, name, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::EXIST) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let is_there = rustix::fs::fstat(&file).map_err(failed)?.st_nlink > 0;
        Ok(is_there.then(|| Self { uid: uid.to_owned(), dir, _lock: file }))
    }

    /// Removes the note: nothing is left of its sandbox.
    pub(super) fn forget(self) -> io::Result<()> {
        let name = format!("{POD_NOTE}{}", self.uid);
        match rustix::fs::unlinkat(&self.dir, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_left_only_when_its_owner_is_gone() {
        let host = tempfile::tempdir().unwrap();
        std::fs::create_dir(host.path().join("run")).unwrap();
        let root = Root::open(host.path()).unwrap();
        assert_eq!(Note::left(&root).unwrap().len(), 0);
        let (first, second) = (Note::new(&root).unwrap(), Note::new(&root).unwrap());
        assert_ne!(first.uid, second.uid);
        assert_eq!(Note::left(&root).unwrap().len(), 0, "both are held");
        let uid = first.uid.clone();
        drop(first);
        let left = Note::left(&root).unwrap();
        assert_eq!(left.iter().map(|note| note.uid.as_str()).collect::<Vec<_>>(), [uid.as_str()]);
        for note in left {
            note.forget().unwrap();
        }
        second.forget().unwrap();
        let names = std::fs::read_dir(host.path().join("run/cni-bootstrap")).unwrap().count();
        assert_eq!(names, 0);
    }
}
