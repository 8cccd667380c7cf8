//! 8. The directory itself and other programs' files stay as they are.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use crate::support::{CHAIN, CONF, Scratch, root_or_skip};

#[test]
fn install_and_uninstall_leave_everything_else_as_it_was() {
    let scratch = Scratch::ready()
        .conf("99-loopback.conf", r#"{"cniVersion":"0.3.0","name":"lo","type":"loopback"}"#)
        .conf("notes.txt", "keep")
        .file("etc/containerd/config.toml", "# hand-made\nversion = 2\n");
    fs::set_permissions(scratch.path(CONF), fs::Permissions::from_mode(0o700)).unwrap();
    let (before, inode) = (scratch.stamps(), fs::metadata(scratch.path(CONF)).unwrap().ino());
    scratch.install(&[]).exits(0);
    let added = ["/etc/cni/net.d", "/etc/cni/net.d/05-tuning.conflist"];
    let differ = before.differ(&scratch.stamps());
    let outside: Vec<&PathBuf> = differ.iter().filter(|path| !path.starts_with("/var")).collect();
    assert_eq!(outside, added.map(PathBuf::from).iter().collect::<Vec<_>>());
    let dir = fs::metadata(scratch.path(CONF)).unwrap();
    assert_eq!((dir.ino(), dir.permissions().mode() & 0o7777), (inode, 0o700));
    scratch.uninstall().exits(0);
    let left = before.differ(&scratch.stamps());
    assert!(
        left.iter().all(|path| path.starts_with("/var") || path == &PathBuf::from("/etc/cni/net.d")),
        "{left:?}"
    );
}

#[test]
fn a_new_file_has_the_mode_that_was_asked_for_and_an_existing_one_keeps_its_own() {
    let scratch = Scratch::ready();
    let mode = |scratch: &Scratch| fs::metadata(scratch.chain()).unwrap().permissions().mode() & 0o7777;
    scratch.install(&[]).exits(0);
    assert_eq!(mode(&scratch), 0o600);
    fs::set_permissions(scratch.chain(), fs::Permissions::from_mode(0o640)).unwrap();
    scratch.install(&["--position", "first", "--conf-mode", "0644"]).exits(0);
    assert_eq!(mode(&scratch), 0o640);
}

/// A confined containerd cannot read a file without its label. Without SELinux the label is an ordinary attribute.
#[test]
fn an_existing_file_keeps_its_label() {
    if !root_or_skip("the label of the chain") {
        return;
    }
    let scratch = Scratch::ready();
    scratch.install(&[]).exits(0);
    let mut names = vec!["user.somebody"];
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(scratch.chain(), "user.somebody", b"theirs", flags).unwrap();
    if rustix::fs::setxattr(
        scratch.chain(),
        "security.selinux",
        b"system_u:object_r:container_file_t:s0\0",
        flags,
    )
    .is_ok()
    {
        names.push("security.selinux");
    }
    let attributes = |name: &&str| {
        let mut value = vec![0; 256];
        let length = rustix::fs::getxattr(scratch.chain(), *name, &mut value[..]).unwrap();
        value.truncate(length);
        value
    };
    let before: Vec<_> = names.iter().map(attributes).collect();
    let bytes = scratch.chained();
    scratch.install(&["--position", "first"]).exits(0);
    assert_ne!(scratch.chained(), bytes);
    assert_eq!(names.iter().map(attributes).collect::<Vec<_>>(), before);
}

#[test]
fn an_existing_file_keeps_its_owner() {
    if !root_or_skip("another owner of the chain") {
        return;
    }
    let scratch = Scratch::ready().conf(CHAIN, "");
    chown(scratch.chain(), Some(1234), Some(2345)).unwrap();
    scratch.install(&[]).exits(0);
    let meta = fs::metadata(scratch.chain()).unwrap();
    assert_eq!((meta.uid(), meta.gid()), (1234, 2345));
}

#[test]
fn links_of_the_host_are_followed_inside_the_host() {
    let scratch = Scratch::ready();
    fs::rename(scratch.path(CONF), scratch.path("var/cni-conf")).unwrap();
    // An absolute link, which would lead elsewhere outside the host root.
    symlink("/var/cni-conf", scratch.path(CONF)).unwrap();
    scratch.install(&[]).exits(0);
    assert!(scratch.path("var/cni-conf").join(CHAIN).exists());
    assert!(fs::symlink_metadata(scratch.path(CONF)).unwrap().is_symlink());
}

#[test]
fn directories_that_were_made_are_taken_back_if_nothing_is_in_them() {
    let scratch = Scratch::new().file("staging/10-azure.conflist", crate::support::PRIMARY);
    for dir in ["etc/cni", "opt/cni", "var/lib"] {
        fs::remove_dir_all(scratch.path(dir)).unwrap();
    }
    let inputs: Vec<String> =
        ["azure-vnet", "portmap", "tuning"].iter().map(|name| scratch.plugin_input(name)).collect();
    let bins: Vec<&str> = inputs.iter().flat_map(|input| ["--install-bin", input.as_str()]).collect();
    scratch.install(&[&["--primary-dir", "/staging"], &bins[..]].concat()).exits(0);
    assert!(scratch.chain().exists());
    fs::write(scratch.path("opt/cni/keep"), "somebody else's").unwrap();
    scratch.uninstall().exits(0).outcome("removed");
    assert!(!scratch.path("etc/cni").exists() && scratch.path("etc").exists());
    assert!(!scratch.path("opt/cni/bin").exists() && scratch.path("opt/cni/keep").exists());
}
