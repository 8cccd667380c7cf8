//! The host's root. Every host path is opened inside it, and no symbolic link leads out of it.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

use super::late::KeptOpen;
use super::mounts::Mounts;
use crate::node::{HostPath, Late, Mount};

/// The directory where the host's root is mounted (`/`, or `/host` in a container).
///
/// The kernel resolves paths with `RESOLVE_IN_ROOT` (openat2, Linux 5.6). So an absolute symbolic link of the host
/// (`/etc/cni/net.d` on microk8s) points into the host root, and no link leads out of it.
#[derive(Debug)]
pub struct Root {
    dir: OwnedFd,
    mounted_at: PathBuf,
    mounts: Mounts,
    kept: KeptOpen,
}

impl Root {
    /// Opens the host root.
    pub fn open(mounted_at: &Path) -> io::Result<Self> {
        let dir = rustix::fs::openat(
            CWD,
            mounted_at,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        Ok(Self {
            dir,
            mounted_at: mounted_at.to_owned(),
            mounts: Mounts::default(),
            kept: KeptOpen::default(),
        })
    }

    /// The mount point, for messages and for a chroot.
    pub fn mounted_at(&self) -> &Path {
        &self.mounted_at
    }

    /// Keeps the file at a path open, which is about to be replaced. A link, and what is not a file, is not kept.
    pub fn keep_open(&self, path: &HostPath) {
        let Ok(dir) = self.open_dir(&path.parent()) else { return };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        if let Ok(fd) = rustix::fs::openat(&dir, path.name(), flags, Mode::empty()) {
            self.kept.keep(path, fd.into());
        }
    }

    /// What became of the files that were replaced a moment ago, by their paths.
    pub fn late(&self) -> BTreeMap<HostPath, Late> {
        self.kept.late()
    }

    /// Has the mounts read again: an observation begins.
    pub fn forget_mounts(&self) {
        self.mounts.forget();
    }

    /// The mount of an open directory.
    pub(super) fn mount_of(&self, fd: BorrowedFd<'_>) -> io::Result<Mount> {
        self.mounts.of(fd)
    }

    /// Opens the file at a path; symbolic links are followed.
    pub fn open_at(&self, path: &HostPath, flags: OFlags) -> io::Result<OwnedFd> {
        let inside = path.as_str().trim_start_matches('/');
        let inside = if inside.is_empty() { "." } else { inside };
        Ok(openat2(
            self.dir.as_fd(),
            inside,
            flags | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
        )?)
    }

    /// Opens a directory to work in it.
    pub fn open_dir(&self, path: &HostPath) -> io::Result<OwnedFd> {
        self.open_at(path, OFlags::PATH | OFlags::DIRECTORY)
    }

    /// A path for programs and libraries that take one (sockets, watches). It leads through an open descriptor to
    /// exactly the file that was resolved inside the root, and is valid while the descriptor is open.
    pub fn handle(&self, path: &HostPath) -> io::Result<(OwnedFd, PathBuf)> {
        let fd = self.open_at(path, OFlags::PATH)?;
        let path = proc_path(&fd);
        Ok((fd, path))
    }

    /// The path on the host after all symbolic links are followed.
    pub fn resolve(&self, path: &HostPath) -> io::Result<HostPath> {
        let (_fd, handle) = self.handle(path)?;
        let real = std::fs::read_link(handle)?;
        let root = std::fs::read_link(proc_path(&self.dir))?;
        let inside = real.strip_prefix(&root).map_err(|_| {
            io::Error::other(format!("{} lies outside the host root {}", real.display(), root.display()))
        })?;
        let text = inside.to_str().ok_or_else(|| {
            io::Error::other(format!("{} leads to a name that is not UTF-8", path.as_str()))
        })?;
        HostPath::new(&format!("/{text}")).map_err(io::Error::other)
    }
}

/// The path of an open file in this process's `/proc`.
fn proc_path(fd: &OwnedFd) -> PathBuf {
    use std::os::fd::AsRawFd as _;
    PathBuf::from(format!("/proc/self/fd/{}", fd.as_raw_fd()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_link_points_into_the_host_root_and_none_leads_out_of_it() {
        let host = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(host.path().join("snap/cni")).unwrap();
        std::fs::create_dir_all(host.path().join("etc")).unwrap();
        std::fs::write(host.path().join("snap/cni/a"), "a").unwrap();
        std::os::unix::fs::symlink("/snap/cni", host.path().join("etc/cni")).unwrap();
        std::os::unix::fs::symlink("../../../../../../etc/passwd", host.path().join("etc/out")).unwrap();
        let root = Root::open(host.path()).unwrap();
        let at = |text: &str| HostPath::new(text).unwrap();
        assert_eq!(root.resolve(&at("/etc/cni/a")).unwrap(), at("/snap/cni/a"));
        assert!(root.open_at(&at("/etc/out"), OFlags::RDONLY).is_err(), "/etc/passwd is not in this root");
    }
}
