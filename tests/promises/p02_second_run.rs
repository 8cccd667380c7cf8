//! 2. A second run changes nothing: every file and directory under the host root keeps bytes, inode, mtime and ctime.

use crate::support::{PRIMARY, Scratch};

#[test]
fn a_second_install_changes_nothing() {
    let scratch = Scratch::new().primary(PRIMARY).plugins(&["azure-vnet", "portmap"]);
    let binary = format!("tuning={}", scratch.plugin_input("tuning-new"));
    let options = ["--install-bin", &binary, "--position", "first"];
    scratch.install(&options).exits(0).outcome("ready");
    let before = scratch.stamps();
    let second = scratch.install(&options).exits(0).outcome("unchanged");
    before.assert_same(&scratch.stamps());
    assert_eq!(second.actions(), [""; 0]);
}

#[test]
fn a_second_uninstall_changes_nothing() {
    let scratch = Scratch::ready();
    scratch.install(&[]).exits(0);
    scratch.uninstall().exits(0).outcome("removed");
    let before = scratch.stamps();
    scratch.uninstall().exits(0).outcome("unchanged");
    before.assert_same(&scratch.stamps());
}

#[test]
fn a_dry_run_changes_nothing_and_tells_what_would_be() {
    let scratch = Scratch::ready();
    let before = scratch.stamps();
    let ran = scratch.install(&["--dry-run"]).exits(0).outcome("planned");
    before.assert_same(&scratch.stamps());
    assert_eq!(ran.actions(), ["publish 05-tuning.conflist"]);
    assert!(ran.report()["actions"][0]["diff"].as_str().unwrap().contains("\n+"));
}
