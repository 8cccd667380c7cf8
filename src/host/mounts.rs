//! The mounts of this process. The kernel writes the whole table for each read of it, and one observation needs it for
//! every directory, so the table is kept until the next observation.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, CWD, StatVfsMountFlags, StatxFlags};

use crate::node::Mount;

const TABLE: &str = "/proc/self/mountinfo";

/// The mount of a file, and its device.
type Id = (u64, (u32, u32));

/// The table, once it was read.
#[derive(Debug, Default)]
pub(super) struct Mounts(Mutex<Option<Table>>);

#[derive(Debug)]
struct Table {
    own_root: Id,
    points: BTreeMap<u64, String>,
}

impl Mounts {
    /// Has the table read again when it is needed.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The mount of an open directory. Device numbers do not show a bind mount of the same file system; the mount id
    /// does (Linux 5.8). A mount that is not in the table is newer than it, so the table is read again.
    pub(super) fn of(&self, fd: BorrowedFd<'_>) -> io::Result<Mount> {
        let id = id(fd, "")?;
        let noexec = rustix::fs::fstatvfs(fd)?.f_flag.contains(StatVfsMountFlags::NOEXEC);
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let table = match table.take() {
            Some(known) if known.points.contains_key(&id.0) => table.insert(known),
            _ => table.insert(Table::read()?),
        };
        let point = table.points.get(&id.0).cloned().unwrap_or_else(|| "/".to_owned());
        Ok(Mount { point, own_root: id == table.own_root, noexec })
    }
}

impl Table {
    fn read() -> io::Result<Self> {
        // The kernel reports no size. A page at a time is as much as it gives.
        let mut text = String::with_capacity(16 * 1024);
        let read = std::fs::File::open(TABLE).and_then(|mut table| table.read_to_string(&mut text));
        let points = if read.is_ok() { points(&text) } else { BTreeMap::new() };
        Ok(Self { own_root: id(CWD.as_fd(), "/")?, points })
    }
}

fn id(fd: BorrowedFd<'_>, path: &str) -> io::Result<Id> {
    let wanted = StatxFlags::MNT_ID | StatxFlags::BASIC_STATS;
    let stat = rustix::fs::statx(fd, path, AtFlags::EMPTY_PATH, wanted)?;
    Ok((stat.stx_mnt_id, (stat.stx_dev_major, stat.stx_dev_minor)))
}

/// The mount points by id (proc(5): id, parent, device, root, mount point).
fn points(table: &str) -> BTreeMap<u64, String> {
    let point = |line: &str| {
        let mut fields = line.split(' ');
        Some((fields.next()?.parse().ok()?, fields.nth(3)?.to_owned()))
    };
    table.lines().filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn the_mount_point_is_found_by_its_id() {
        let table = "21 1 8:1 / / rw\n36 21 0:30 / /host/etc/cni rw,relatime shared:1 - ext4 /dev/sda rw\n";
        let points = points(table);
        assert_eq!(points.get(&36).map(String::as_str), Some("/host/etc/cni"));
        assert_eq!(points.get(&3), None);
    }

    #[test]
    fn the_table_is_kept_until_it_is_forgotten_and_read_again_for_a_mount_that_it_lacks() {
        let proc = File::open("/proc").unwrap();
        let (mount, lie) = (id(proc.as_fd(), "").unwrap().0, "/a lie".to_owned());
        let mounts = Mounts::default();
        let point = |mounts: &Mounts| mounts.of(proc.as_fd()).unwrap().point;
        assert_eq!(point(&mounts), "/proc");
        let put = |points: &[(u64, &String)]| {
            let points = points.iter().map(|(id, point)| (*id, (*point).clone())).collect();
            *mounts.0.lock().unwrap() = Some(Table { own_root: (0, (0, 0)), points });
        };
        put(&[(mount, &lie)]);
        assert_eq!(point(&mounts), lie, "it is not read again");
        put(&[(mount + 1_000_000, &lie)]);
        assert_eq!(point(&mounts), "/proc", "this mount is newer than the table");
        put(&[(mount, &lie)]);
        mounts.forget();
        assert_eq!(point(&mounts), "/proc");
    }
}
