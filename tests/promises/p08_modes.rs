//! 8. What is made has the mode that is said, and takes over no attribute that speaks of other bytes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::{PRIMARY, Ran, Scratch, root_or_skip};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A default ACL of the parent directory must not decide the mode either; it replaces the umask (acl(5)).
#[test]
fn the_umask_decides_no_mode() {
    for umask in ["000", "022", "027", "077", "777"] {
        let scratch = Scratch::new().file("staging/10-azure.conflist", PRIMARY);
        for dir in ["etc/cni", "opt/cni", "var/lib"] {
            fs::remove_dir_all(scratch.path(dir)).unwrap();
        }
        let mut words = vec!["install".to_owned(), "--plugin".to_owned(), r#"{"type":"tuning"}"#.to_owned()];
        words.extend(["--primary-dir".to_owned(), "/staging".to_owned()]);
        for name in ["azure-vnet", "portmap", "tuning"] {
            words.extend(["--install-bin".to_owned(), scratch.plugin_input(name)]);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let masked = format!("umask {umask} && exec \"$@\"");
        let mut command = scratch.within(&["sh", "-c", &masked, "sh"], &words);
        Ran::of(command.output().unwrap()).exits(0);
        for (path, expected) in [
            ("etc/cni", 0o755),
            ("etc/cni/net.d", 0o755),
            ("etc/cni/net.d/05-tuning.conflist", 0o600),
            ("opt/cni", 0o755),
            ("opt/cni/bin", 0o755),
            ("opt/cni/bin/tuning", 0o755),
            ("var/lib", 0o755),
            ("var/lib/cni-bootstrap", 0o755),
            ("var/lib/cni-bootstrap/tuning.json", 0o600),
        ] {
            assert_eq!(mode(&scratch.path(path)), expected, "{path} with umask {umask}");
        }
    }
}

/// A signature of the old bytes would make the new file unreadable (IMA appraisal), and rights of the old bytes do
/// not apply to the new ones.
#[test]
fn no_attribute_of_the_old_bytes_goes_on_to_the_new_ones() {
    if !root_or_skip("security.capability") {
        return;
    }
    let scratch = Scratch::ready();
    let binary = scratch.path("opt/cni/bin/tuning");
    let set = |name: &str, value: &[u8]| {
        rustix::fs::setxattr(&binary, name, value, rustix::fs::XattrFlags::empty())
    };
    // struct vfs_cap_data, revision 2: CAP_NET_RAW permitted and effective (linux/capability.h).
    let rights = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    set("security.capability", &rights).unwrap();
    // The digest of another file (linux/integrity.h: IMA_XATTR_DIGEST). A kernel without IMA refuses the attribute.
    let mut names = vec!["security.capability"];
    if set("security.ima", &[1; 21]).is_ok() {
        names.push("security.ima");
    }
    if set("security.evm", &[2; 21]).is_ok() {
        names.push("security.evm");
    }
    set("user.somebody", b"theirs").unwrap();
    let mut newer = fs::read(crate::support::plugin()).unwrap();
    newer.extend(b"newer");
    let input = scratch.input("tuning", newer);
    fs::set_permissions(&input, fs::Permissions::from_mode(0o755)).unwrap();
    scratch.install(&["--install-bin", &input]).exits(0);
    assert!(fs::read(&binary).unwrap().ends_with(b"newer"));
    let mut value = vec![0; 256];
    for name in names {
        let has = rustix::fs::getxattr(&binary, name, &mut value[..]);
        assert_eq!(has, Err(rustix::io::Errno::NODATA), "{name}");
    }
    assert_eq!(rustix::fs::getxattr(&binary, "user.somebody", &mut value[..]), Ok(6));
}
