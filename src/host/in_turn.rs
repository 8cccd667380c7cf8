//! Writes a small file again and again without new room: two files of one size take turns under its name.
//!
//! A disk may be full when a restart must be counted. The new bytes are written over those of the spare, and then the
//! two files exchange their names (`renameat2(2)`, `RENAME_EXCHANGE`). That needs no free block and no free inode.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;

use rustix::fs::{FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::publish::{self, FileShape};
use super::root::Root;
use crate::node::{HostPath, IoFailed, TempName};

/// What happens to the spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spare {
    /// The file is not written without it.
    Needed,
    /// The file is also written if there is no room for the spare.
    IfPossible,
    /// No further write follows, so it is removed.
    Released,
}

/// Writes `bytes` to `path` atomically.
pub fn write(root: &Root, path: &HostPath, bytes: &[u8], spare: Spare) -> Result<(), IoFailed> {
    let Some(name) = TempName::reserve_of(path.name()) else {
        return Err(IoFailed::at(path, "written")(Errno::NAMETOOLONG.into()));
    };
    let at = path.parent().join(name.as_str());
    let has_room = |at: &HostPath| {
        let file = open(root, at, OFlags::RDONLY).ok().flatten();
        file.is_some_and(|file| file.metadata().is_ok_and(|file| holds(&file, bytes)))
    };
    let reserve = || match publish::reserve(root, path, bytes, FileShape::OWN) {
        Err(error) if spare == Spare::IfPossible && error.lacks_room() => Ok(()),
        reserved => reserved,
    };
    // Bytes that cannot be written over the spare are written in the usual way.
    let is_written = over(root, path, &at, bytes).unwrap_or(false);
    if spare != Spare::Released && !has_room(&at) {
        reserve()?;
    }
    if !is_written {
        publish::publish(root, path, &mut &*bytes, FileShape::OWN, None)?;
    }
    if spare == Spare::Released { publish::remove(root, &at) } else { Ok(()) }
}

/// Writes the bytes over those of the spare, and exchanges the names. False if there is no spare of that size.
fn over(root: &Root, path: &HostPath, spare: &HostPath, bytes: &[u8]) -> io::Result<bool> {
    let Some(mut file) = open(root, spare, OFlags::WRONLY)?
        .filter(|file| file.metadata().is_ok_and(|file| holds(&file, bytes)))
    else {
        return Ok(false);
    };
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()?;
    let dir = root.open_dir(&path.parent())?;
    let exchanged = rustix::fs::renameat_with(&dir, spare.name(), &dir, path.name(), RenameFlags::EXCHANGE);
    match exchanged {
        Ok(()) => {}
        // There is no mark yet, or the file system cannot exchange names: then the next spare is a new file.
        Err(Errno::NOENT | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            rustix::fs::renameat(&dir, spare.name(), &dir, path.name())?;
        }
        Err(error) => return Err(error.into()),
    }
    publish::sync_dir(dir.as_fd())?;
    Ok(true)
}

/// Opens a spare; `None` if it does not exist. The write goes to no other name: the file is regular and has one name only.
fn open(root: &Root, at: &HostPath, access: OFlags) -> io::Result<Option<File>> {
    let dir = root.open_dir(&at.parent())?;
    let flags = access | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = match rustix::fs::openat(&dir, at.name(), flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        opened => opened?,
    };
    let stat = rustix::fs::fstat(&fd)?;
    let is_alone = FileType::from_raw_mode(stat.st_mode).is_file() && stat.st_nlink == 1;
    Ok(is_alone.then(|| File::from(fd)))
}

fn holds(file: &std::fs::Metadata, bytes: &[u8]) -> bool {
    file.len() >= bytes.len() as u64
}
