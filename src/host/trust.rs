//! Checks that this program's directories are its own. If others can write to a directory, its files could be forged,
//! and they are not read.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{FileType, OFlags, Stat};

use super::publish;
use super::root::Root;
use crate::node::{HostPath, IoFailed};

/// Opens one of the program's directories. The error is a sentence that continues after the path, with the reason why
/// the directory cannot be trusted.
pub fn open(root: &Root, path: &HostPath) -> Result<OwnedFd, IoFailed> {
    let failed = IoFailed::at(path, "relied on");
    let user = rustix::process::geteuid().as_raw();
    let opened = root.open_at(path, OFlags::PATH | OFlags::NOFOLLOW).and_then(|fd| {
        match distrust(&rustix::fs::fstat(&fd)?, user) {
            None => Ok(fd),
            Some(why) => Err(io::Error::new(io::ErrorKind::PermissionDenied, why)),
        }
    });
    opened.map_err(failed)
}

/// Creates the directory if it is missing. Nothing is written into a directory that cannot be trusted.
pub fn make(root: &Root, path: &HostPath) -> Result<(), IoFailed> {
    publish::make_dir(root, path)?;
    open(root, path).map(drop)
}

/// The reason why this user cannot trust the directory, if there is one.
fn distrust(stat: &Stat, user: u32) -> Option<String> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => {}
        FileType::Symlink => return Some("is a symbolic link".to_owned()),
        _ => return Some("is not a directory".to_owned()),
    }
    if stat.st_uid != user {
        let owner = if stat.st_uid == 0 { "root".to_owned() } else { format!("user {}", stat.st_uid) };
        return Some(format!("belongs to {owner}, and this program runs as user {user}"));
    }
    let mode = stat.st_mode & 0o7777;
    (mode & 0o022 != 0).then(|| format!("has mode {mode:04o}, so users other than its owner may write to it"))
}
