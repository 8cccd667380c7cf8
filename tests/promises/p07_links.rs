//! 7. A symbolic link at a name that is written is itself replaced, recorded and restored. What it leads to stays.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::support::{BIN, CHAIN, CONF, PRIMARY, RECORDS, Scratch, TUNING};

/// A host with these bytes in `/etc/passwd`, and a new tuning binary as input.
fn host() -> (Scratch, String) {
    let scratch = Scratch::ready().file("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    let mut newer = fs::read(crate::support::plugin()).unwrap();
    newer.extend(b"newer");
    let input = scratch.input("newer", newer);
    fs::set_permissions(&input, fs::Permissions::from_mode(0o755)).unwrap();
    (scratch, input)
}

fn text(path: &Path) -> PathBuf {
    fs::read_link(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).unwrap().is_symlink()
}

/// k3s: `bridge`, `flannel`, `host-local`, `loopback`, `portmap` lead to the one program `cni`.
#[test]
fn one_program_behind_the_names_of_all_plugins_stays() {
    let (scratch, input) = host();
    let bin = scratch.path(BIN);
    fs::rename(bin.join("tuning"), bin.join("cni")).unwrap();
    fs::remove_file(bin.join("portmap")).unwrap();
    for name in ["tuning", "portmap", "bridge"] {
        symlink("cni", bin.join(name)).unwrap();
    }
    let program = fs::read(bin.join("cni")).unwrap();
    let given = [format!("tuning={input}"), format!("portmap={input}")];
    let words = ["--install-bin", &given[0], "--install-bin", &given[1]];
    scratch.install(&words).exits(0);
    for name in ["tuning", "portmap"] {
        assert!(!is_link(&bin.join(name)) && fs::read(bin.join(name)).unwrap().ends_with(b"newer"));
    }
    assert_eq!(fs::read(bin.join("cni")).unwrap(), program);
    assert_eq!(text(&bin.join("bridge")), Path::new("cni"));
    let before = scratch.stamps();
    scratch.install(&words).exits(0).outcome("unchanged");
    assert_eq!(before.differ(&scratch.stamps()), [""; 0].map(PathBuf::from));
    scratch.uninstall().exits(0);
    for name in ["tuning", "portmap", "bridge"] {
        assert_eq!(text(&bin.join(name)), Path::new("cni"));
    }
    assert_eq!(fs::read(bin.join("cni")).unwrap(), program);
}

/// Links to any kind of target, in any directory.
#[test]
fn a_link_at_a_binary_s_name_is_replaced_and_restored() {
    for target in [
        "/etc/passwd",
        "../../../etc/passwd",
        "../../../../../../../../../../etc/passwd",
        "/nowhere/at/all",
        "/etc",
        "hop",
        "tuning",
        "/dev/null",
        "a b\n'$(touch pwned)'\"",
        "/proc/self/exe",
    ] {
        let (scratch, input) = host();
        let name = scratch.path(BIN).join("tuning");
        fs::remove_file(&name).unwrap();
        symlink("hop2", scratch.path(BIN).join("hop")).unwrap();
        symlink("/etc/passwd", scratch.path(BIN).join("hop2")).unwrap();
        symlink(target, &name).unwrap();
        let before = scratch.stamps();
        let option = format!("tuning={input}");
        scratch.install(&["--install-bin", &option]).exits(0);
        assert!(!is_link(&name) && fs::read(&name).unwrap().ends_with(b"newer"), "{target:?}");
        assert_eq!(fs::metadata(&name).unwrap().permissions().mode() & 0o7777, 0o755, "{target:?}");
        scratch.uninstall().exits(0);
        assert_eq!(text(&name), Path::new(target));
        let differ = before.differ(&scratch.stamps());
        let touched = |path: &&PathBuf| {
            !["/var/lib", "/etc/cni/net.d", "/opt/cni/bin", "/opt/cni/bin/tuning"]
                .iter()
                .any(|own| path.starts_with(own))
        };
        assert_eq!(differ.iter().find(touched), None, "{target:?}");
    }
}

#[test]
fn somebody_else_s_link_in_the_place_of_the_binary_stays() {
    let (scratch, input) = host();
    let name = scratch.path(BIN).join("tuning");
    let option = format!("tuning={input}");
    scratch.install(&["--install-bin", &option]).exits(0);
    let scratch = scratch.file("usr/lib/cni/tuning", fs::read(&name).unwrap());
    fs::remove_file(&name).unwrap();
    symlink("/usr/lib/cni/tuning", &name).unwrap();
    scratch.uninstall().exits(0).finds("changed-since");
    assert_eq!(text(&name), Path::new("/usr/lib/cni/tuning"));
}

/// A file that does not load is adopted but not restored, because then the runtime would load nothing.
#[test]
fn a_link_at_the_chain_s_name_leads_to_what_it_led_to() {
    for target in ["/etc/passwd", "../../passwd", "hop"] {
        let (scratch, _) = host();
        symlink("/etc/passwd", scratch.path(CONF).join("hop")).unwrap();
        symlink(target, scratch.chain()).unwrap();
        let bytes = fs::read(scratch.path("etc/passwd")).unwrap();
        scratch.install(&[]).exits(0).finds("adopted-file");
        assert!(!is_link(&scratch.chain()) && scratch.chained().contains("tuning"), "{target}");
        assert_eq!(fs::read(scratch.path("etc/passwd")).unwrap(), bytes, "{target}");
        scratch.install(&[]).exits(0).outcome("unchanged");
        scratch.uninstall().exits(0);
        assert!(fs::symlink_metadata(scratch.chain()).is_err(), "{target}");
        assert_eq!(fs::read(scratch.path("etc/passwd")).unwrap(), bytes, "{target}");
    }
}

#[test]
fn a_link_to_a_chain_that_loads_is_adopted_and_restored() {
    let (scratch, _) = host();
    let theirs = PRIMARY.replace("\"plugins\":[", &format!("\"plugins\":[{TUNING},"));
    let scratch = scratch.file("etc/staged/chain", &theirs);
    symlink("../../staged/chain", scratch.chain()).unwrap();
    scratch.install(&[]).exits(0).finds("adopted-file");
    assert!(!is_link(&scratch.chain()));
    assert_eq!(fs::read_to_string(scratch.path("etc/staged/chain")).unwrap(), theirs);
    scratch.uninstall().exits(0);
    assert_eq!(text(&scratch.chain()), Path::new("../../staged/chain"));
    assert_eq!(fs::read_to_string(scratch.path("etc/staged/chain")).unwrap(), theirs);
}

/// The file behind a link belongs to another program, even if it has the chain's bytes.
#[test]
fn a_link_to_the_chain_s_own_bytes_is_replaced() {
    let (scratch, _) = host();
    scratch.install(&[]).exits(0);
    let chained = scratch.chained();
    fs::rename(scratch.chain(), scratch.path("etc/moved")).unwrap();
    symlink("/etc/moved", scratch.chain()).unwrap();
    scratch.install(&[]).exits(0);
    assert!(!is_link(&scratch.chain()));
    assert_eq!(scratch.chained(), chained);
}

#[test]
fn what_leads_to_no_file_at_the_chain_s_name_is_refused_before_anything_is_written() {
    let refused = |scratch: Scratch| {
        let before = scratch.stamps();
        let input = format!("tuning={}", scratch.input("other", "other"));
        let ran = scratch.install(&["--install-bin", &input]).fails("output-path-occupied");
        assert!(ran.stderr.contains(CHAIN), "{}", ran.stderr);
        assert_eq!(before.differ(&scratch.stamps()), [""; 0].map(PathBuf::from));
    };
    for target in ["/nowhere", "/etc", CHAIN] {
        let scratch = host().0;
        symlink(target, scratch.chain()).unwrap();
        refused(scratch);
    }
    let scratch = host().0;
    fs::create_dir(scratch.chain()).unwrap();
    refused(scratch);
    // Another program's network, by a link.
    let scratch = host().0;
    symlink("10-azure.conflist", scratch.chain()).unwrap();
    refused(scratch);
}

/// The program's own names: the record, the saved bytes, the temporary file, the mark of a restart.
#[test]
fn the_program_s_own_names_are_not_followed_either() {
    let (scratch, input) = host();
    let passwd = scratch.path("etc/passwd");
    let bytes = fs::read(&passwd).unwrap();
    let tuning = fs::read(scratch.path(BIN).join("tuning")).unwrap();
    let option = format!("tuning={input}");
    let temp = scratch.path(BIN).join(".tuning.cni-bootstrap-tmp");
    symlink("/etc/passwd", &temp).unwrap();
    scratch.install(&["--install-bin", &option]).exits(0);
    let saved = scratch.path(RECORDS).join("saved");
    let saved = saved.join(fs::read_dir(&saved).unwrap().next().unwrap().unwrap().file_name());
    scratch.uninstall().exits(0);
    fs::create_dir_all(saved.parent().unwrap()).unwrap();
    symlink("/etc/passwd", &saved).unwrap();
    symlink("/etc/passwd", scratch.path(CONF).join(format!(".{CHAIN}.cni-bootstrap-tmp"))).unwrap();
    scratch.install(&["--install-bin", &option]).exits(0);
    assert!(!is_link(&saved) && fs::read(&saved).unwrap() == tuning);
    assert!(fs::symlink_metadata(&temp).is_err());
    let record = fs::read(scratch.record()).unwrap();
    fs::write(scratch.path("etc/record"), &record).unwrap();
    fs::remove_file(scratch.record()).unwrap();
    symlink("/etc/record", scratch.record()).unwrap();
    scratch.install(&["--position", "first"]).exits(0);
    assert!(!is_link(&scratch.record()));
    assert_eq!(fs::read(scratch.path("etc/record")).unwrap(), record);
    assert_eq!(fs::read(&passwd).unwrap(), bytes);
}

/// Directories of a path may be links; only the last component is never followed.
#[test]
fn a_directory_that_is_a_link_is_followed() {
    let (scratch, input) = host();
    fs::rename(scratch.path("opt"), scratch.path("usr-opt")).unwrap();
    symlink("/usr-opt", scratch.path("opt")).unwrap();
    let name = scratch.path("usr-opt/cni/bin/tuning");
    fs::remove_file(&name).unwrap();
    symlink("../../../etc/passwd", &name).unwrap();
    let option = format!("tuning={input}");
    scratch.install(&["--install-bin", &option]).exits(0);
    assert!(is_link(&scratch.path("opt")) && !is_link(&name));
    scratch.uninstall().exits(0);
    assert_eq!(text(&name), Path::new("../../../etc/passwd"));
}

/// A binary in a directory that is named by a release's hash is lost with the next release.
#[test]
fn a_versioned_plugin_directory_is_told() {
    let hash = "4ed2b3ab7b4d0e9d6a4a4f1f0dfc7f3c8f0d4e4f9c7e5f3a2b1c0d9e8f7a6b5c";
    let at = |dir: &str| {
        let (scratch, input) = host();
        let data = scratch.path("var/lib/rancher/k3s/data");
        fs::create_dir_all(data.join(hash)).unwrap();
        fs::create_dir_all(data.join("stable")).unwrap();
        fs::rename(scratch.path(BIN), data.join(hash).join("bin")).unwrap();
        symlink(hash, data.join("current")).unwrap();
        let option = format!("tuning={input}");
        scratch.install(&["--bin-dir", dir, "--install-bin", &option]).exits(0)
    };
    at("/var/lib/rancher/k3s/data/current/bin").finds("bin-dir-versioned");
    at(&format!("/var/lib/rancher/k3s/data/{hash}/bin")).finds("bin-dir-versioned");
    let (scratch, input) = host();
    let ran = scratch.install(&["--install-bin", &format!("tuning={input}")]).exits(0);
    assert!(!ran.stdout.contains("bin-dir-versioned"), "{}", ran.stdout);
}
