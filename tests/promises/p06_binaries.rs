//! 6. A plugin type is never published before its binary is in place, and never left behind after its binary is gone. A
//!    replaced binary's old bytes are kept and restored; a binary that any loadable file still names stays.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{BIN, CONF, PRIMARY, Scratch, plugin};

/// A host without the plugin's binary, and the option that installs it.
fn without() -> (Scratch, String) {
    let scratch = Scratch::new().primary(PRIMARY).plugins(&["azure-vnet", "portmap"]);
    let option = format!("tuning={}", scratch.plugin_input("tuning-new"));
    (scratch, option)
}

#[test]
fn there_is_no_instant_with_a_chain_and_without_its_binary() {
    let (scratch, option) = without();
    let (chain, binary, over) = (scratch.chain(), scratch.path(BIN).join("tuning"), AtomicBool::new(false));
    let id = || fs::metadata(&chain).ok().map(|meta| (meta.ino(), meta.ctime(), meta.ctime_nsec()));
    let (with, without) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let (mut with, mut without) = (0, 0);
            while !over.load(Ordering::Relaxed) {
                let before = id();
                let whole = fs::metadata(&binary).is_ok_and(|meta| {
                    meta.len() == fs::metadata(plugin()).unwrap().len()
                        && meta.permissions().mode() & 0o777 == 0o755
                });
                // The chain was the same before and after the check, so it existed when the binary was checked.
                if before.is_some() && before == id() {
                    *(if whole { &mut with } else { &mut without }) += 1;
                }
            }
            (with, without)
        });
        for _ in 0..12 {
            scratch.install(&["--install-bin", &option]).exits(0);
            scratch.uninstall().exits(0);
            assert!(!binary.exists());
        }
        over.store(true, Ordering::Relaxed);
        watching.join().unwrap()
    });
    assert!(with > 0, "it was never seen");
    assert_eq!(without, 0, "of {with} looks at a published chain");
}

#[test]
fn a_missing_binary_is_waited_for_and_named_at_the_deadline() {
    let (scratch, _) = without();
    scratch.install(&["--primary-timeout", "50ms"]).fails("plugin-missing").says(&["tuning", "/opt/cni/bin"]);
    assert!(!scratch.chain().exists());
    let waiting = scratch.start_install(&[]).until("tuning");
    let scratch = scratch.plugins(&["tuning"]);
    waiting.end().exits(0);
    assert!(scratch.chain().exists());
}

#[test]
fn a_replaced_binary_comes_back_with_its_mode() {
    let (scratch, option) = without();
    let scratch = scratch.file("opt/cni/bin/tuning", b"\x7fthe distribution's\0\xff");
    let path = scratch.path(BIN).join("tuning");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
    scratch.install(&["--install-bin", &option]).exits(0);
    assert_eq!(fs::read(&path).unwrap(), fs::read(plugin()).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o755);
    scratch.uninstall().exits(0);
    assert_eq!(fs::read(&path).unwrap(), b"\x7fthe distribution's\0\xff");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o750);
}

#[test]
fn a_binary_that_is_being_executed_is_replaced() {
    let (scratch, option) = without();
    let scratch = scratch.plugins(&["tuning"]);
    let path = scratch.path(BIN).join("tuning");
    // Other bytes than the input's, and still a program: bytes after an ELF file do not matter.
    let mut longer = fs::read(plugin()).unwrap();
    longer.extend(b"older");
    let side = scratch.input("older", &longer);
    assert!(Command::new("cp").args([&side, path.to_str().unwrap()]).status().unwrap().success());
    let mut busy = Command::new(&path).stdin(Stdio::piped()).spawn().unwrap();
    assert!(fs::OpenOptions::new().write(true).open(&path).is_err(), "text file busy");
    scratch.install(&["--install-bin", &option]).exits(0);
    assert_eq!(fs::read(&path).unwrap(), fs::read(plugin()).unwrap());
    assert!(busy.try_wait().unwrap().is_none());
    drop(busy.stdin.take());
    assert!(busy.wait().unwrap().success());
}

#[test]
fn a_binary_that_a_file_still_names_stays() {
    let (scratch, option) = without();
    scratch.install(&["--install-bin", &option]).exits(0);
    let other = r#"{"cniVersion":"0.3.0","name":"other","plugins":[{"type":"tuning"}]}"#;
    let scratch = scratch.conf("20-other.conflist", other);
    scratch.uninstall().exits(0).finds("binary-still-named");
    assert!(!scratch.chain().exists());
    assert!(scratch.path(BIN).join("tuning").exists());
    fs::remove_file(scratch.path(CONF).join("20-other.conflist")).unwrap();
    scratch.uninstall().exits(0);
    assert!(!scratch.path(BIN).join("tuning").exists());
    assert!(!scratch.record().exists());
}

#[test]
fn all_binaries_are_installed_or_none() {
    let (scratch, option) = without();
    // The second binary's path is a directory, so the binary cannot be installed.
    fs::create_dir(scratch.path(BIN).join("helper")).unwrap();
    let helper = format!("helper={}", scratch.plugin_input("helper-new"));
    let ran = scratch.install(&["--install-bin", &option, "--install-bin", &helper]);
    assert_ne!(ran.code(), Some(0), "{}", ran.stderr);
    assert!(!scratch.chain().exists());
    let names: Vec<_> = fs::read_dir(scratch.path(BIN)).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name == "tuning"), "{names:?}");
}

/// All owners keep saved bytes in one directory.
#[test]
fn what_another_record_needs_of_the_saved_binaries_stays() {
    let of = |change: &dyn Fn(String) -> String| {
        let (scratch, option) = without();
        let scratch = scratch.file("opt/cni/bin/tuning", "the distribution's");
        scratch.install(&["--install-bin", &option]).exits(0);
        let record = fs::read_to_string(scratch.record()).unwrap();
        let scratch = scratch.file("var/lib/cni-bootstrap/other.json", change(record));
        scratch.uninstall().exits(0);
        assert!(!scratch.record().exists());
        let kept = fs::read_dir(scratch.path("var/lib/cni-bootstrap/saved"));
        kept.map_or(0, Iterator::count)
    };
    assert_eq!(of(&|record| record), 1, "it names the same bytes");
    assert_eq!(of(&|_| "{".to_owned()), 1, "nobody knows what it names");
    let nothing = |_| {
        r#"{"schema":"cni-bootstrap.record/1","owner":"other","layer":{"plugins":[],"position":"last","layout":"own-file","output":""},"paths":{}}"#.to_owned()
    };
    assert_eq!(of(&nothing), 0);
}

/// `uninstall` has no option for the chain's directory; its record has it.
#[test]
fn a_binary_is_in_use_where_the_chain_was_published() {
    let (scratch, option) = without();
    let scratch = scratch.file("etc/other/10-azure.conflist", PRIMARY);
    scratch.install(&["--install-bin", &option, "--conf-dir", "/etc/other"]).exits(0);
    let other = r#"{"cniVersion":"0.3.0","name":"other","plugins":[{"type":"tuning"}]}"#;
    let scratch = scratch.file("etc/other/20-other.conflist", other);
    scratch.uninstall().exits(0).finds("binary-still-named");
    assert!(scratch.path(BIN).join("tuning").exists());
    fs::remove_file(scratch.path("etc/other/20-other.conflist")).unwrap();
    scratch.uninstall().exits(0);
    assert!(!scratch.path(BIN).join("tuning").exists());
}
