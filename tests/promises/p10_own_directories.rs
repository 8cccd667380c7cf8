//! 10. What lies in the program's own directories is obeyed only where nobody else can have put it there.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

use crate::support::{BIN, RECORDS, Ran, Scratch, root_or_skip};

const OWN: [&str; 2] = [RECORDS, "run/cni-bootstrap"];

/// A forged record with files that this program did not write.
fn forged() -> Scratch {
    let scratch = Scratch::ready();
    scratch.install(&[]).exits(0);
    let record = fs::read_to_string(scratch.record()).unwrap();
    let forged = record.replace("/etc/cni/net.d/05-tuning.conflist", "/etc/cni/net.d/10-azure.conflist");
    assert_ne!(record, forged);
    fs::write(scratch.record(), forged).unwrap();
    fs::create_dir(scratch.path("run/cni-bootstrap")).unwrap();
    scratch
}

fn refused(scratch: &Scratch, own: &str, word: &str) {
    let before = scratch.stamps();
    let runs: [fn(&Scratch) -> Ran; 3] =
        [|s| s.install(&[]), |s| s.install(&["--dry-run"]), Scratch::uninstall];
    for run in runs {
        let ran = run(scratch).fails("own-directory-untrusted");
        assert!(ran.stderr.contains(&format!("/{own} {word}")), "{}", ran.stderr);
        assert_eq!(before.differ(&scratch.stamps()), [""; 0].map(std::path::PathBuf::from));
    }
}

#[test]
fn a_directory_that_others_may_write_to_is_not_obeyed() {
    for own in OWN {
        for mode in [0o777, 0o1777, 0o775, 0o757, 0o2770] {
            let scratch = forged();
            fs::set_permissions(scratch.path(own), fs::Permissions::from_mode(mode)).unwrap();
            refused(&scratch, own, &format!("has mode {mode:04o}"));
        }
    }
}

#[test]
fn a_directory_that_is_a_link_is_not_obeyed() {
    for own in OWN {
        let scratch = forged();
        fs::rename(scratch.path(own), scratch.path("elsewhere")).unwrap();
        symlink("/elsewhere", scratch.path(own)).unwrap();
        refused(&scratch, own, "is a symbolic link");
        fs::remove_file(scratch.path(own)).unwrap();
        symlink("/nowhere", scratch.path(own)).unwrap();
        refused(&scratch, own, "is a symbolic link");
        fs::remove_file(scratch.path(own)).unwrap();
        fs::write(scratch.path(own), "").unwrap();
        refused(&scratch, own, "is not a directory");
    }
}

#[test]
fn a_directory_of_another_user_is_not_obeyed() {
    if !root_or_skip("a directory of another user") {
        return;
    }
    for own in OWN {
        let scratch = forged();
        chown(scratch.path(own), Some(1234), Some(0)).unwrap();
        refused(&scratch, own, "belongs to user 1234, and this program runs as user 0");
    }
}

#[test]
fn a_directory_of_nobody_else_is_obeyed_whatever_else_its_mode_says() {
    for mode in [0o700, 0o750, 0o755, 0o1755, 0o2755] {
        let scratch = Scratch::ready();
        for own in OWN {
            fs::create_dir(scratch.path(own)).unwrap();
            fs::set_permissions(scratch.path(own), fs::Permissions::from_mode(mode)).unwrap();
        }
        scratch.install(&[]).exits(0);
        scratch.uninstall().exits(0);
        assert!(!scratch.chain().exists());
    }
}

/// Saved bytes whose hash does not match their name are damaged: they are saved again while the original exists, and
/// reported before anything is undone if it does not.
#[test]
fn saved_bytes_are_relied_on_only_if_they_are_what_their_name_says() {
    let scratch = Scratch::ready();
    let binary = scratch.path(BIN).join("tuning");
    let theirs = fs::read(&binary).unwrap();
    let mut newer = theirs.clone();
    newer.extend(b"newer");
    let input = scratch.input("tuning", &newer);
    fs::set_permissions(&input, fs::Permissions::from_mode(0o755)).unwrap();
    let saved = scratch.path(RECORDS).join("saved");
    scratch.install(&["--install-bin", &input]).exits(0);
    let name = fs::read_dir(&saved).unwrap().next().unwrap().unwrap().file_name();
    let kept = saved.join(&name);
    scratch.uninstall().exits(0);
    assert_eq!(fs::read(&binary).unwrap(), theirs);

    for damage in [&b"damaged"[..], b"", &newer] {
        fs::create_dir_all(&saved).unwrap();
        fs::write(&kept, damage).unwrap();
        scratch.install(&["--install-bin", &input]).exits(0);
        assert_eq!(fs::read(&kept).unwrap(), theirs, "saved anew");
        fs::write(&kept, damage).unwrap();
        let before = scratch.stamps();
        let ran = scratch.uninstall().fails("saved-bytes-damaged");
        assert!(
            ran.stderr.contains(name.to_str().unwrap()) && ran.stderr.contains("damaged"),
            "{}",
            ran.stderr
        );
        assert_eq!(before.differ(&scratch.stamps()), [""; 0].map(std::path::PathBuf::from));
        fs::remove_file(&kept).unwrap();
        let ran = scratch.uninstall().fails("saved-bytes-damaged");
        assert!(ran.stderr.contains("is gone"), "{}", ran.stderr);
        fs::write(&kept, &theirs).unwrap();
        scratch.uninstall().exits(0);
        assert_eq!(fs::read(&binary).unwrap(), theirs);
    }
}
