//! Reads files and directories.

use std::collections::BTreeSet;
use std::fs::File as Handle;
use std::io::{self, Read as _};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, Mode, OFlags, Stat, StatxFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::root::Root;
use crate::node::{
    Content, DENIED, Digest, Dir, Entry, File, HostPath, IoFailed, LARGEST, Observed, Program, SPECIAL, Stamp,
};

/// The reason why a file was not read: its directory has too many files.
pub const CROWDED: &str = "is not read: 4096 files or 32 MiB of networks were read before it";

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its bytes.
    Whole,
    /// Its bytes, up to this number: other files were read before it.
    Within(u64),
    /// Its hash, for a binary.
    Hash,
    /// Only its stamp.
    Stamp,
}

/// Reads a host file, or returns `known` if its stamp is still the same. A symbolic link is followed inside the root.
pub fn host_file(root: &Root, path: &HostPath, how: How, known: Option<Observed<File>>) -> Observed<File> {
    named_file(root, path, how, known).0
}

/// Like [`host_file`], with the text of the link if the path is a symbolic link.
pub fn named_file(
    root: &Root,
    path: &HostPath,
    how: How,
    known: Option<Observed<File>>,
) -> (Observed<File>, Option<String>) {
    let named = root.open_at(path, OFlags::PATH | OFlags::NOFOLLOW).and_then(with_stat);
    match named.and_then(|(fd, stat)| Ok((link_text(&fd, &stat)?, fd, stat))) {
        Ok((None, fd, stat)) => (observed(Ok((fd, stat)), how, known), None),
        Ok((Some(text), ..)) => match String::from_utf8(text) {
            Ok(text) => {
                let target = root.open_at(path, OFlags::PATH).and_then(with_stat);
                (observed(target, how, known), Some(text))
            }
            // Such a link could not be restored: a record is text.
            Err(_) => (Observed::Unknown("is a symbolic link to a name that is not UTF-8".to_owned()), None),
        },
        Err(error) => (observed(Err(error), how, known), None),
    }
}

fn with_stat(fd: OwnedFd) -> io::Result<(OwnedFd, Stat)> {
    let stat = rustix::fs::fstat(&fd)?;
    Ok((fd, stat))
}

/// The stamp of the file at a path, and the text of the link if the path is a symbolic link.
pub fn state_of(root: &Root, path: &HostPath) -> (Observed<Stamp>, Option<String>) {
    let named = root.open_at(path, OFlags::PATH | OFlags::NOFOLLOW);
    let text = named.and_then(with_stat).and_then(|(fd, stat)| link_text(&fd, &stat)).ok().flatten();
    (stamp_of(root, path), text.and_then(|text| String::from_utf8(text).ok()))
}

/// The text of a symbolic link; `None` if the open file is not a link.
fn link_text(fd: &OwnedFd, stat: &Stat) -> io::Result<Option<Vec<u8>>> {
    Ok(is(stat, rustix::fs::FileType::Symlink)
        .then(|| rustix::fs::readlinkat(fd, "", Vec::new()))
        .transpose()?
        .map(std::ffi::CString::into_bytes))
}

/// Reads an input from this process's file system.
pub fn own_file(path: &Path, how: How, known: Option<Observed<File>>) -> Observed<File> {
    let fd = rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
    observed(fd.map_err(io::Error::from).and_then(with_stat), how, known)
}

fn observed(opened: io::Result<(OwnedFd, Stat)>, how: How, known: Option<Observed<File>>) -> Observed<File> {
    let (fd, stat) = match opened {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Observed::Absent,
        Err(error) => return Observed::Unknown(plain(&error)),
    };
    let stamp = match rustix::fs::FileType::from_raw_mode(stat.st_mode) {
        rustix::fs::FileType::RegularFile => stamp(&stat),
        rustix::fs::FileType::Directory => return Observed::Absent,
        _ => return Observed::Unknown(SPECIAL.to_owned()),
    };
    if matches!(how, How::Within(most) if stamp.size > most && stamp.size <= LARGEST) {
        return Observed::Present(File { stamp, content: Content::Unread(CROWDED.to_owned()) });
    }
    let is_current = |file: &File| {
        file.stamp == stamp && (how == How::Stamp || !matches!(file.content, Content::Unread(_)))
    };
    match known {
        Some(Observed::Present(file)) if is_current(&file) => return Observed::Present(file),
        // The former bytes go before the new ones come: a directory that is rewritten takes no more memory.
        former => drop(former),
    }
    let content = if matches!(how, How::Whole | How::Within(_)) && stamp.size > LARGEST {
        Content::Unread(format!("is {} bytes, which is too large for such a file", stamp.size))
    } else {
        content(&fd, how).unwrap_or_else(|error| Content::Unread(plain(&error)))
    };
    Observed::Present(File { stamp, content })
}

fn content(fd: &OwnedFd, how: How) -> io::Result<Content> {
    if how == How::Stamp {
        return Ok(Content::Unread("only looked for, not read".to_owned()));
    }
    // A path descriptor cannot be read; its name in /proc opens the same inode.
    let mut file = Handle::open(fd_path(fd))?;
    if matches!(how, How::Whole | How::Within(_)) {
        // The size is only a hint: a file that grows meanwhile needs more, the others allocate once.
        let size = file.metadata().map_or(0, |file| file.len()).min(LARGEST);
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        file.by_ref().take(LARGEST + 1).read_to_end(&mut bytes)?;
        return Ok(Content::Bytes(bytes.into()));
    }
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(Content::Digest(Digest::from_hash(&hash.finalize())));
        }
        hash.update(&buffer[..count]);
    }
}

/// Opens an input for copying.
pub fn open_own(path: &str) -> Result<Handle, IoFailed> {
    Handle::open(path).map_err(IoFailed::at(path, "read"))
}

/// Opens a host file for copying.
pub fn open_host(root: &Root, path: &HostPath) -> Result<Handle, IoFailed> {
    root.open_at(path, OFlags::RDONLY).map(Handle::from).map_err(IoFailed::at(path, "read"))
}

/// The stamp of a host file or directory.
pub fn stamp_of(root: &Root, path: &HostPath) -> Observed<Stamp> {
    let stat = root.open_at(path, OFlags::PATH).and_then(|fd| Ok(rustix::fs::fstat(&fd)?));
    match stat {
        Ok(stat) => Observed::Present(stamp(&stat)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Observed::Absent,
        Err(error) => Observed::Unknown(plain(&error)),
    }
}

/// A directory entry. A symbolic link is not followed.
pub fn entry_of(root: &Root, path: &HostPath) -> Observed<Entry> {
    let read = || -> io::Result<Entry> {
        let fd = root.open_at(path, OFlags::PATH | OFlags::NOFOLLOW)?;
        let stat = rustix::fs::fstat(&fd)?;
        let link = is(&stat, rustix::fs::FileType::Symlink)
            .then(|| rustix::fs::readlinkat(&fd, "", Vec::new()))
            .transpose()?
            .map(|target| target.to_string_lossy().into_owned());
        Ok(Entry {
            is_dir: is(&stat, rustix::fs::FileType::Directory),
            label: link.is_none().then(|| label(&fd)).flatten(),
            link,
        })
    };
    seen(read())
}

/// The beginning of a program, or `known` if its stamp is still the same. Absent if it is not a regular file (libcni
/// `invoke/find.go`).
pub fn program_of(root: &Root, path: &HostPath, known: Option<&Observed<Program>>) -> Observed<Program> {
    program(root.open_at(path, OFlags::PATH), known)
}

/// The beginning of a program among the inputs, in this process's file system.
pub fn own_program(path: &Path, known: Option<&Observed<Program>>) -> Observed<Program> {
    let fd = rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
    program(fd.map_err(io::Error::from), known)
}

fn program(fd: io::Result<OwnedFd>, known: Option<&Observed<Program>>) -> Observed<Program> {
    let read = || -> io::Result<Option<Program>> {
        let fd = fd?;
        let stat = rustix::fs::fstat(&fd)?;
        if !is(&stat, rustix::fs::FileType::RegularFile) {
            return Ok(None);
        }
        let stamp = stamp(&stat);
        if let Some(known) = known.and_then(Observed::present).filter(|known| known.stamp == stamp) {
            return Ok(Some(known.clone()));
        }
        let mut head = Vec::with_capacity(Program::HEAD);
        Handle::open(fd_path(&fd))?.take(Program::HEAD as u64).read_to_end(&mut head)?;
        Ok(Some(Program { stamp, head, label: label(&fd) }))
    };
    match seen(read()) {
        Observed::Present(Some(program)) => Observed::Present(program),
        Observed::Present(None) | Observed::Absent => Observed::Absent,
        Observed::Unknown(why) => Observed::Unknown(why),
    }
}

/// The SELinux label of an open file.
fn label(fd: &OwnedFd) -> Option<String> {
    let mut label = vec![0; 256];
    let length = rustix::fs::getxattr(fd_path(fd), "security.selinux", &mut label[..]).ok()?;
    label.truncate(length);
    let label = String::from_utf8(label).ok()?;
    Some(label.trim_end_matches('\0').to_owned())
}

fn seen<T>(read: io::Result<T>) -> Observed<T> {
    match read {
        Ok(thing) => Observed::Present(thing),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Observed::Absent
        }
        Err(error) => Observed::Unknown(plain(&error)),
    }
}

/// Lists a host directory.
pub fn host_dir(root: &Root, path: &HostPath) -> Observed<Dir> {
    match list(root, path) {
        Ok(dir) => Observed::Present(dir),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Observed::Absent
        }
        Err(error) => Observed::Unknown(plain(&error)),
    }
}

/// The names in a directory of this process's file system; `None` if it is not a directory.
pub fn own_dir(path: &Path) -> Option<BTreeSet<String>> {
    let entries = std::fs::read_dir(path).ok()?;
    Some(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

fn list(root: &Root, path: &HostPath) -> io::Result<Dir> {
    let mut listed = rustix::fs::Dir::new(root.open_at(path, OFlags::RDONLY | OFlags::DIRECTORY)?)?;
    let stat = listed.stat()?;
    // A directory that was removed has no link, on any file system.
    let (stamp, deleted) = (stamp(&stat), stat.st_nlink == 0);
    let mut names = BTreeSet::new();
    let mut dirs = BTreeSet::new();
    while let Some(entry) = listed.next() {
        let entry = entry?;
        // A report cannot show a name that is not UTF-8 exactly, so no such file counts as a conflist. go-cni would
        // load it.
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "." || name == ".." {
            continue;
        }
        if is_dir(listed.fd()?, &entry) {
            dirs.insert(name.clone());
        }
        names.insert(name);
    }
    let fd = listed.fd()?;
    let write_denied = rustix::fs::accessat(fd, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
        .err()
        .map(|error| plain(&error.into()));
    let (born, mount) = (born(fd), root.mount_of(fd)?);
    Ok(Dir { stamp, born, names, dirs, mount, write_denied, deleted, unread: 0 })
}

/// File systems that store the time of birth by this machine's clock and never change it: ext4, XFS, btrfs, tmpfs, F2FS
/// and bcachefs (`include/uapi/linux/magic.h`), and ZFS. An overlay shows that of its copy of a directory, which it makes
/// at the first write, and a server stamps by its own clock.
const KEEP_BIRTH: [u64; 7] =
    [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0xF2F5_2010, 0xCA45_1A4E, 0x2FC1_2FC1];

/// The birth time of an open file, if the file system keeps it.
fn born(fd: BorrowedFd<'_>) -> Option<i128> {
    let kind = rustix::fs::fstatfs(fd).ok()?.f_type;
    // The type of the field differs by architecture, and it may be signed.
    if !KEEP_BIRTH.iter().any(|known| i128::from(kind) & 0xFFFF_FFFF == i128::from(*known)) {
        return None;
    }
    let stat = rustix::fs::statx(fd, "", AtFlags::EMPTY_PATH, StatxFlags::BTIME).ok()?;
    let born = stat.stx_btime;
    let has_born = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
    has_born.then(|| i128::from(born.tv_sec) * 1_000_000_000 + i128::from(born.tv_nsec))
}

/// The type in the listing, or that of the entry itself if the file system's listing has no types.
fn is_dir(dir: BorrowedFd<'_>, entry: &rustix::fs::DirEntry) -> bool {
    match entry.file_type() {
        rustix::fs::FileType::Directory => true,
        rustix::fs::FileType::Unknown => {
            let stat = rustix::fs::statat(dir, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW);
            stat.is_ok_and(|stat| is(&stat, rustix::fs::FileType::Directory))
        }
        _ => false,
    }
}

fn is(stat: &Stat, kind: rustix::fs::FileType) -> bool {
    rustix::fs::FileType::from_raw_mode(stat.st_mode) == kind
}

/// Converts a stat to a stamp.
fn stamp(stat: &Stat) -> Stamp {
    let nanos = |seconds: i64, nanos: u64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    Stamp {
        dev: stat.st_dev,
        ino: stat.st_ino,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        mtime: nanos(stat.st_mtime, stat.st_mtime_nsec),
        ctime: nanos(stat.st_ctime, stat.st_ctime_nsec),
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
    }
}

/// An I/O error as text, without its number.
pub(crate) fn plain(error: &io::Error) -> String {
    match Errno::from_io_error(error) {
        Some(Errno::NOSYS) => {
            "openat2 is not available here (Linux 5.6 and a seccomp profile that allows it)".to_owned()
        }
        Some(Errno::ROFS) => "read-only file system".to_owned(),
        Some(Errno::ACCESS | Errno::PERM) => DENIED.to_owned(),
        Some(Errno::LOOP) => "too many levels of symbolic links".to_owned(),
        _ => error.to_string().split(" (os error ").next().unwrap_or_default().to_owned(),
    }
}

fn fd_path(fd: &OwnedFd) -> String {
    use std::os::fd::AsRawFd as _;
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_known_is_not_read_again_and_a_changed_one_is() {
        let host = tempfile::tempdir().unwrap();
        let root = Root::open(host.path()).unwrap();
        let path = HostPath::new("/a").unwrap();
        assert!(host_file(&root, &path, How::Whole, None).is_absent());
        std::fs::write(host.path().join("a"), "one").unwrap();
        let first = host_file(&root, &path, How::Whole, None);
        // The second read gets wrong bytes with the true stamp, and returns them.
        let stamp = first.present().unwrap().stamp;
        let lie = Observed::Present(File { stamp, content: Content::Bytes(b"lie"[..].into()) });
        assert_eq!(host_file(&root, &path, How::Whole, Some(lie.clone())), lie);
        std::fs::write(host.path().join("a"), "two!").unwrap();
        let second = host_file(&root, &path, How::Whole, Some(first));
        assert_eq!(second.present().unwrap().content, Content::Bytes(b"two!"[..].into()));
        let hash = host_file(&root, &path, How::Hash, None);
        assert_eq!(hash.present().unwrap().content.digest(), Some(Digest::of(b"two!")));
    }
}
