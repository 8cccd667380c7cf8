//! The lock that lets one instance apply at a time.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::publish::{Unsynced, new_dir};
use super::root::Root;
use crate::node::{HostPath, IoFailed, RECORD_DIR};

/// The lock on the directory of the records. The kernel releases it when the process ends.
#[derive(Debug)]
pub struct Lock {
    _dir: OwnedFd,
    /// The names of the directories that were created for the lock.
    pub made: Unsynced,
}

/// Takes the lock, and creates the directory if it is missing. Waits up to `patience` for another instance. `None` if
/// `stop` says so during the wait.
pub fn take(root: &Root, patience: Duration, stop: &dyn Fn() -> bool) -> Result<Option<Lock>, IoFailed> {
    let failed = |error| IoFailed::at(RECORD_DIR, "locked")(error);
    let path = HostPath::known(RECORD_DIR);
    let made = new_dir(root, &path)?;
    let at = super::trust::open(root, &path)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = rustix::fs::openat(&at, ".", flags, Mode::empty())
        .map_err(|error| IoFailed::at(&path, "opened")(error.into()))?;
    let begun = Instant::now();
    loop {
        match rustix::fs::flock(&dir, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(Lock { _dir: dir, made })),
            Err(Errno::WOULDBLOCK) if stop() => return Ok(None),
            Err(Errno::WOULDBLOCK) if begun.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(Errno::WOULDBLOCK) => {
                let words = format!("another cni-bootstrap has held the lock for {patience:?}");
                return Err(failed(io::Error::new(io::ErrorKind::TimedOut, words)));
            }
            Err(error) => return Err(failed(error.into())),
        }
    }
}
