//! Waiting: for a directory that is missing or was replaced, with and without file events, and `--no-wait`.

use std::fs;

use crate::support::{AZURE, CONF, PRIMARY, Ran, Running, Scratch, TUNING, root_or_skip};

fn plugins_only() -> Scratch {
    Scratch::new().plugins(&["azure-vnet", "portmap", "tuning"])
}

/// Long poll intervals: only an event can end the wait soon.
const EVENTS_ONLY: [&str; 4] = ["--backoff-initial", "1h", "--backoff-max", "1h"];

#[test]
fn without_waiting_one_look_and_nothing_changed() {
    let scratch = Scratch::new().plugins(&["azure-vnet", "tuning"]);
    let binary = format!("helper={}", scratch.plugin_input("helper-new"));
    let options = ["--no-wait", "--install-bin", &binary];
    let before = scratch.stamps();
    scratch.install(&options).exits(0).outcome("waiting").says(&["no primary"]);
    let scratch = scratch.primary(PRIMARY);
    let before_binary = scratch.stamps();
    assert!(!before.differ(&before_binary).is_empty());
    scratch.install(&options).exits(0).outcome("waiting").says(&["portmap"]);
    before_binary.assert_same(&scratch.stamps());
    scratch.plugins(&["portmap"]).install(&options).exits(0).outcome("ready");
}

#[test]
fn a_primary_that_is_written_while_it_waits_wakes_it() {
    let scratch = plugins_only();
    let waiting = scratch.start_install(&EVENTS_ONLY).until("no primary");
    let scratch = scratch.primary(PRIMARY);
    waiting.end().exits(0);
    assert!(scratch.chain().exists());
}

#[test]
fn a_conf_dir_that_is_not_there_yet_is_waited_for() {
    let scratch = plugins_only();
    fs::remove_dir_all(scratch.path("etc/cni")).unwrap();
    let waiting = scratch.start_install(&EVENTS_ONLY).until("does not exist");
    let scratch = scratch.primary(PRIMARY);
    waiting.end().exits(0);
    assert!(scratch.chain().exists());
}

#[test]
fn a_conf_dir_that_is_replaced_while_it_waits_is_watched_anew() {
    let scratch = plugins_only();
    let waiting = scratch.start_install(&["--backoff-max", "200ms"]).until("no primary");
    fs::rename(scratch.path(CONF), scratch.path("etc/cni/former")).unwrap();
    fs::create_dir(scratch.path(CONF)).unwrap();
    let scratch = scratch.primary(PRIMARY);
    waiting.end().exits(0);
    assert!(scratch.chain().exists() && !scratch.path("etc/cni/former/05-tuning.conflist").exists());
}

#[test]
fn without_file_events_it_polls() {
    if !root_or_skip("a user without inotify") {
        return;
    }
    let scratch = plugins_only();
    // The limit belongs to a new user namespace; other processes keep theirs.
    let script = r#"echo 0 > /proc/sys/user/max_inotify_instances && exec "$@""#;
    let words = ["install", "--plugin", TUNING, "--backoff-max", "50ms"];
    let mut command = scratch.within(&["unshare", "-Ur", "sh", "-ec", script, "sh"], &words);
    let waiting = Running::start(&mut command).until("no file events").until("no primary");
    let scratch = scratch.primary(PRIMARY);
    let ran: Ran = waiting.end().exits(0);
    assert!(scratch.chain().exists(), "{}", ran.stderr);
}

#[test]
fn who_waits_is_told_why_and_until_when() {
    let scratch = plugins_only();
    let waiting = scratch.start_install(&["--primary-timeout", "1h"]).until("giving up at 1h");
    let scratch = scratch.primary("");
    let waiting = waiting.until("10-azure.conflist is 0 bytes");
    fs::write(scratch.path(CONF).join(AZURE), PRIMARY).unwrap();
    waiting.end().exits(0);
}

#[test]
fn a_plugin_file_that_comes_late_is_waited_for() {
    let scratch = Scratch::ready();
    let path = scratch.inputs().join("late.json");
    let option = format!("@{}", path.display());
    let words = ["install", "--plugin", &option, "--owner", "tuning", "--backoff-max", "50ms"];
    let waiting = scratch.start(&words).until("late.json");
    fs::write(scratch.inputs().join("half"), TUNING).unwrap();
    fs::rename(scratch.inputs().join("half"), path).unwrap();
    waiting.end().exits(0);
    assert!(scratch.chain().exists());
}
