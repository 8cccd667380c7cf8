//! Writes files atomically: temporary file in the same directory, fsync, rename, fsync of the directory.
//!
//! The temporary file lies in the target's own directory because containerd does not see a file that is renamed in
//! from another one (`containerd#11715`), and because the rename must stay on one mount.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Gid, Mode, OFlags, Stat, Uid};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::root::Root;
use crate::node::{Digest, HostPath, IoFailed, TempName};

/// The mode of every new directory.
const DIR_MODE: u32 = 0o755;

/// The attributes of a new file.
#[derive(Clone, Copy, Debug)]
pub struct FileShape {
    /// Permission bits.
    pub mode: u32,
    /// True to keep the mode of an existing file.
    pub keep_existing: bool,
    /// True to follow a symbolic link and replace the file behind it. Otherwise the link itself is replaced.
    pub through_link: bool,
}

impl FileShape {
    /// A config file of the runtime.
    pub const OF_CONFIG: Self = Self { mode: 0o644, keep_existing: true, through_link: true };
    /// A file of this program, which only its owner may read.
    pub const OWN: Self = Self { mode: 0o600, keep_existing: false, through_link: false };
}

/// The target's directory and name, after symbolic links were resolved.
struct Place {
    dir: OwnedFd,
    name: String,
}

fn place(root: &Root, path: &HostPath, through_link: bool) -> io::Result<Place> {
    let dir = root.open_dir(&path.parent())?;
    let stat = rustix::fs::statat(&dir, path.name(), AtFlags::SYMLINK_NOFOLLOW);
    let is_link = matches!(&stat, Ok(stat) if is_symlink(stat));
    if !is_link || !through_link {
        return Ok(Place { dir, name: path.name().to_owned() });
    }
    // The link stays; the file behind it is replaced.
    let real = root.resolve(path)?;
    Ok(Place { dir: root.open_dir(&real.parent())?, name: real.name().to_owned() })
}

fn is_symlink(stat: &Stat) -> bool {
    rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Symlink
}

/// A temporary file beside its target. Dropping it removes the file.
#[derive(Debug)]
pub struct Staged {
    /// The requested path, for messages.
    path: HostPath,
    dir: OwnedFd,
    name: String,
    temp: TempName,
    digest: Digest,
    /// True if nothing is removed when it is dropped: it was renamed, or it is a reserve.
    stays: bool,
}

impl Staged {
    /// Writes the bytes of `source` beside `path`: complete, with mode, owner and label, and synced.
    ///
    /// The owner, the mode (if asked for) and the extended attributes (SELinux label) of an existing file are kept.
    /// It is an error if `expect` is given and the bytes have another hash.
    pub fn write(
        root: &Root,
        path: &HostPath,
        source: &mut dyn Read,
        look: FileShape,
        expect: Option<&Digest>,
    ) -> Result<Self, IoFailed> {
        Self::beside(root, path, source, look, expect).map_err(IoFailed::at(path, "written"))
    }

    fn beside(
        root: &Root,
        path: &HostPath,
        source: &mut dyn Read,
        look: FileShape,
        expect: Option<&Digest>,
    ) -> io::Result<Self> {
        let Place { dir, name } = place(root, path, look.through_link)?;
        let temp = TempName::of(&name);
        // The record makes this name the program's own. No other run writes it now: that run would hold the lock.
        unlink_if_there(dir.as_fd(), temp.as_str())?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&dir, temp.as_str(), flags, Mode::from_raw_mode(0o600))?;
        let path = path.clone();
        let mut staged = Self { path, dir, name, temp, digest: Digest::of(b""), stays: false };
        staged.digest = write_all(&mut File::from(fd), source, staged.dir.as_fd(), &staged.name, look)?;
        if expect.is_some_and(|expected| *expected != staged.digest) {
            return Err(io::Error::other("its source changed while it was copied"));
        }
        Ok(staged)
    }

    /// The reserve of the config file at `path`, if it keeps bytes with this hash: its rename needs no free block and
    /// no free inode.
    pub fn reserved(root: &Root, path: &HostPath, expect: &Digest) -> Option<Self> {
        let Place { dir, name } = place(root, path, true).ok()?;
        let temp = TempName::reserve_of(&name)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let fd = rustix::fs::openat(&dir, temp.as_str(), flags, Mode::empty()).ok()?;
        let is_file = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&fd).ok()?.st_mode).is_file();
        let digest = if is_file { hash(&mut File::from(fd)).ok()? } else { return None };
        (digest == *expect).then(|| Self { path: path.clone(), dir, name, temp, digest, stays: true })
    }

    /// Renames the file to its target, atomically, and syncs the directory.
    pub fn commit(self) -> Result<(), IoFailed> {
        self.rename()?.sync()
    }

    /// Renames the file to its target. The result still has to be synced to survive a power cut.
    pub fn rename(mut self) -> Result<Unsynced, IoFailed> {
        let failed = |error| IoFailed::at(&self.path, "put in place")(error);
        let dir = self.dir.try_clone().map_err(failed)?;
        rustix::fs::renameat(&self.dir, self.temp.as_str(), &self.dir, self.name.as_str())
            .map_err(|error| failed(error.into()))?;
        self.stays = true;
        Ok(Unsynced(vec![(self.path.parent(), dir)]))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.stays {
            let _ = rustix::fs::unlinkat(&self.dir, self.temp.as_str(), AtFlags::empty());
        }
    }
}

/// Directories with new names that a power cut could still lose.
#[must_use]
#[derive(Debug, Default)]
pub struct Unsynced(Vec<(HostPath, OwnedFd)>);

impl Unsynced {
    /// Both lists in one.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Syncs the directories. If the file system's journal was already written, this costs nothing.
    pub fn sync(self) -> Result<(), IoFailed> {
        self.0.iter().try_for_each(|(path, dir)| sync_dir(dir.as_fd()).map_err(IoFailed::at(path, "synced")))
    }
}

/// Writes the reserve of the file at `path`: these bytes, on the disk.
pub fn reserve(root: &Root, path: &HostPath, bytes: &[u8], look: FileShape) -> Result<(), IoFailed> {
    let mut staged = Staged::write(root, path, &mut &*bytes, look, None)?;
    let name = TempName::reserve_of(&staged.name)
        .ok_or_else(|| IoFailed::at(path, "reserved")(Errno::NAMETOOLONG.into()))?;
    name.as_str().clone_into(&mut staged.name);
    staged.commit()
}

/// Writes the bytes of `source` to `path` atomically. Returns their hash.
pub fn publish(
    root: &Root,
    path: &HostPath,
    source: &mut dyn Read,
    look: FileShape,
    expect: Option<&Digest>,
) -> Result<Digest, IoFailed> {
    let staged = Staged::write(root, path, source, look, expect)?;
    let digest = staged.digest.clone();
    staged.commit()?;
    Ok(digest)
}

fn hash(file: &mut File) -> io::Result<Digest> {
    let mut hash = Sha256::new();
    each_part(file, |part| {
        hash.update(part);
        Ok(())
    })?;
    Ok(Digest::from_hash(&hash.finalize()))
}

fn each_part(source: &mut dyn Read, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = source.read(&mut buffer).map_err(|error| of_source(&error))?;
        if count == 0 {
            return Ok(());
        }
        take(&buffer[..count])?;
    }
}

fn write_all(
    file: &mut File,
    source: &mut dyn Read,
    dir: BorrowedFd<'_>,
    name: &str,
    look: FileShape,
) -> io::Result<Digest> {
    let mut hash = Sha256::new();
    each_part(source, |part| {
        hash.update(part);
        file.write_all(part)
    })?;
    let mut mode = look.mode;
    let existing = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW);
    // Mode and owner of a link are not those of a file.
    if let Some(existing) = existing.ok().filter(|stat| !is_symlink(stat)) {
        if look.keep_existing {
            mode = existing.st_mode & 0o7777;
        }
        let own = rustix::fs::fstat(&*file)?;
        if (own.st_uid, own.st_gid) != (existing.st_uid, existing.st_gid) {
            rustix::fs::fchown(
                &*file,
                Some(Uid::from_raw(existing.st_uid)),
                Some(Gid::from_raw(existing.st_gid)),
            )?;
        }
        carry_attributes(dir, name, file)?;
    }
    rustix::fs::fchmod(&*file, Mode::from_raw_mode(mode))?;
    file.sync_all()?;
    Ok(Digest::from_hash(&hash.finalize()))
}

/// The error of reading `source`, marked, because the message names the written file.
fn of_source(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("the source of the copy cannot be read: {error}"))
}

/// True if an attribute describes the file and not its bytes. `security.ima` and `security.evm` sign the old bytes,
/// and `security.capability` gives them rights (capabilities(7)): of `security.*` only labels are copied to new
/// bytes. `trusted.overlay.*` belongs to the file system (overlayfs.txt).
fn may_be_carried(attribute: &[u8]) -> bool {
    const LABELS: [&[u8]; 2] = [b"security.selinux", b"security.SMACK64"];
    let starts = |prefix: &[u8]| attribute.starts_with(prefix);
    !attribute.is_empty()
        && !starts(b"trusted.overlay.")
        && (!starts(b"security.") || LABELS.iter().any(|label| starts(label)))
}

/// Copies the extended attributes of an existing file, most of all its SELinux label. A file system without
/// attributes, or a label that is equal already, is not an error.
fn carry_attributes(dir: BorrowedFd<'_>, name: &str, to: &File) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let Ok(from) = rustix::fs::openat(dir, name, flags, Mode::empty()) else { return Ok(()) };
    let mut names = vec![0_u8; 4096];
    let Ok(length) = rustix::fs::flistxattr(&from, &mut names[..]) else { return Ok(()) };
    for attribute in names[..length].split(|byte| *byte == 0).filter(|name| may_be_carried(name)) {
        let mut value = vec![0_u8; 64 * 1024];
        let Ok(length) = rustix::fs::fgetxattr(&from, attribute, &mut value[..]) else { continue };
        let mut own = vec![0_u8; 64 * 1024];
        if rustix::fs::fgetxattr(to, attribute, &mut own[..]).is_ok_and(|had| own[..had] == value[..length]) {
            continue;
        }
        match rustix::fs::fsetxattr(to, attribute, &value[..length], rustix::fs::XattrFlags::empty()) {
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Creates a symbolic link at `path`, atomically.
pub fn link(root: &Root, path: &HostPath, text: &str) -> Result<(), IoFailed> {
    let make = || -> io::Result<()> {
        let dir = root.open_dir(&path.parent())?;
        let temp = TempName::of(path.name());
        unlink_if_there(dir.as_fd(), temp.as_str())?;
        rustix::fs::symlinkat(text, &dir, temp.as_str())?;
        if let Err(error) = rustix::fs::renameat(&dir, temp.as_str(), &dir, path.name()) {
            let _ = unlink_if_there(dir.as_fd(), temp.as_str());
            return Err(error.into());
        }
        sync_dir(dir.as_fd())
    };
    make().map_err(IoFailed::at(path, "made a link"))
}

/// Removes a file. A missing file is not an error.
pub fn remove(root: &Root, path: &HostPath) -> Result<(), IoFailed> {
    let removed = || {
        let dir = root.open_dir(&path.parent())?;
        unlink_if_there(dir.as_fd(), path.name())?;
        sync_dir(dir.as_fd())
    };
    removed().map_err(IoFailed::at(path, "removed"))
}

/// Removes an empty directory. A missing or non-empty directory is not an error.
pub fn remove_dir(root: &Root, path: &HostPath) -> Result<(), IoFailed> {
    let removed = || {
        let dir = root.open_dir(&path.parent())?;
        match rustix::fs::unlinkat(&dir, path.name(), AtFlags::REMOVEDIR) {
            Ok(()) => sync_dir(dir.as_fd()),
            Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY) => Ok(()),
            Err(error) => Err(error.into()),
        }
    };
    removed().map_err(IoFailed::at(path, "removed"))
}

/// Creates a directory with mode 0755 and its missing parents. Existing directories stay as they are.
pub fn make_dir(root: &Root, path: &HostPath) -> Result<(), IoFailed> {
    // All directories are created before the first is synced: one commit of the file system's journal then covers
    // them.
    new_dir(root, path)?.sync()
}

/// Like [`make_dir`], but the result still has to be synced to survive a power cut.
pub fn new_dir(root: &Root, path: &HostPath) -> Result<Unsynced, IoFailed> {
    let mut entered = Vec::new();
    make_dirs(root, path, &mut entered)?;
    Ok(Unsynced(entered))
}

/// Creates the missing directories. `entered` receives each directory that has a new name in it.
fn make_dirs(root: &Root, path: &HostPath, entered: &mut Vec<(HostPath, OwnedFd)>) -> Result<(), IoFailed> {
    match root.open_dir(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(IoFailed::at(path, "opened")(error)),
    }
    let parent = path.parent();
    if &parent != path {
        make_dirs(root, &parent, entered)?;
    }
    let dir = root.open_dir(&parent).map_err(IoFailed::at(&parent, "opened"))?;
    match rustix::fs::mkdirat(&dir, path.name(), Mode::from_raw_mode(DIR_MODE)) {
        Ok(()) => give_mode(dir.as_fd(), path.name()).map_err(IoFailed::at(path, "made"))?,
        Err(Errno::EXIST) => {}
        Err(error) => return Err(IoFailed::at(path, "made")(error.into())),
    }
    entered.push((parent, dir));
    Ok(())
}

/// Sets the mode of a new directory, because the umask or a default ACL of the parent may have changed it.
fn give_mode(dir: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = rustix::fs::openat(dir, name, flags, Mode::empty())?;
    if rustix::fs::fstat(&made)?.st_mode & 0o7777 != DIR_MODE {
        rustix::fs::fchmod(&made, Mode::from_raw_mode(DIR_MODE))?;
    }
    Ok(())
}

/// Writes and removes a file that no runtime loads. The write and the removal make containerd list the conf dir again
/// (measured; creating a file does not, containerd `cni_conf_syncer.go`).
pub fn nudge(root: &Root, dir: &HostPath) -> Result<(), IoFailed> {
    write_and_remove(root, dir).map_err(IoFailed::at(dir, "written into"))
}

fn write_and_remove(root: &Root, dir: &HostPath) -> io::Result<()> {
    let name = TempName::of("nudge");
    let dir = root.open_dir(dir)?;
    unlink_if_there(dir.as_fd(), name.as_str())?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::openat(&dir, name.as_str(), flags, Mode::from_raw_mode(0o600))?);
    let written = file.write_all(b"cni-bootstrap asks the runtime to list this directory again\n");
    drop(file);
    unlink_if_there(dir.as_fd(), name.as_str())?;
    written
}

fn unlink_if_there(dir: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    match rustix::fs::unlinkat(dir, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Syncs a directory, so that renames in it survive a power cut. A path descriptor cannot be synced, so the directory
/// is opened again.
pub(super) fn sync_dir(dir: BorrowedFd<'_>) -> io::Result<()> {
    let fd =
        rustix::fs::openat(dir, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::fs::fsync(fd)?;
    Ok(())
}
