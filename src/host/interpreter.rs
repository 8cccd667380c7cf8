//! The file that the kernel needs beside a program: its loader, or the interpreter of a script.

use std::io;
use std::os::fd::AsFd as _;

use rustix::fs::OFlags;

use super::Root;
use super::read::{entry_of, plain, stamp_of};
use crate::node::{HostPath, Observed, Stamp};

/// A loader or an interpreter. In a container it is known only if its directory, or the nearest existing ancestor,
/// lies on a mount of the host. The container's own root shows nothing about the host.
pub fn interpreter_of(root: &Root, path: &HostPath, in_container: bool) -> Observed<Stamp> {
    let mut dir = path.parent();
    let mount = loop {
        match root.open_at(&dir, OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(fd) => break root.mount_of(fd.as_fd()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && dir.parent() != dir => {
                dir = dir.parent();
            }
            Err(error) => break Err(error),
        }
    };
    match mount {
        Ok(mount) if in_container && mount.own_root => {
            Observed::Unknown("not mounted from the host".to_owned())
        }
        Ok(_) => match stamp_of(root, path) {
            // The link's target may lie where nothing of the host is mounted.
            Observed::Absent if in_container && entry_of(root, path).present().is_some() => {
                Observed::Unknown("a link to a path that is not mounted from the host".to_owned())
            }
            seen => seen,
        },
        Err(error) => Observed::Unknown(plain(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `/dev/shm` is a mount of its own, like a host directory in a container.
    #[test]
    fn in_a_container_only_what_lies_on_a_mount_of_the_host_is_known_to_be_missing() {
        let mounted = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = |name: &str| HostPath::new(name).unwrap();
        std::fs::write(mounted.path().join("sh"), "").unwrap();
        std::os::unix::fs::symlink("/etc/alternatives/python", mounted.path().join("python")).unwrap();
        let root = Root::open(mounted.path()).unwrap();
        for in_container in [false, true] {
            let seen = |name: &str| interpreter_of(&root, &path(name), in_container);
            assert!(seen("/sh").present().is_some());
            assert_eq!(seen("/lib64/ld.so"), Observed::Absent);
            assert_eq!(
                matches!(seen("/python"), Observed::Unknown(_)),
                in_container,
                "{:?}",
                seen("/python")
            );
        }
        let own = Root::open(std::path::Path::new("/")).unwrap();
        let nowhere = |in_container| interpreter_of(&own, &path("/no/such/ld.so"), in_container);
        assert_eq!(nowhere(false), Observed::Absent);
        assert!(matches!(nowhere(true), Observed::Unknown(_)));
    }
}
