//! Every exit code that needs no runtime, with its message.

use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::support::{AZURE, CHAIN, CONF, PRIMARY, PROGRAM, Ran, Scratch, TUNING, root_or_skip};

#[test]
fn usage_is_2_and_nothing_is_touched() {
    let scratch = Scratch::ready();
    let before = scratch.stamps();
    for (words, says) in [
        (&["install", "--plugin", "{"][..], "--plugin"),
        (&["install", "--layout", "own-file"], "--plugin"),
        (&["install", "--layout", "none", "--plugin", TUNING], "--layout"),
        (&["install", "--primary-dir", "/run/staged"], "--primary-dir"),
        (&["install", "--plugin", r#"{"name":"no type"}"#], "type"),
        (&["install", "--plugin", TUNING, "--position", "middle"], "middle"),
        (&["install", "--plugin", TUNING, "--primary-timeout", "5"], "5"),
        (&["install", "--plugin", TUNING, "--conf-mode", "0755"], "0755"),
        (&["install", "--plugin", TUNING, "--conf-dir", "etc/cni"], "etc/cni"),
        (&["install", "--plugin", TUNING, "--primary", "a/b.conflist"], "--primary-dir"),
        (&["install", "--plugin", TUNING, "--install-bin", "=x"], "NAME"),
        (&["install", "--plugin", TUNING, "--owner", "../x"], "--owner"),
        (&["install", "--plugin", TUNING, "--no-such-option"], "--no-such-option"),
    ] {
        scratch.run(words).exits(2).says(&[says]);
    }
    before.assert_same(&scratch.stamps());
    // These verbs have no host root.
    for (words, says) in [
        (&["completions", "tcsh"][..], "bash, fish, zsh"),
        (&["completions"], "<SHELL>"),
        (&["lint"], "<FILE"),
        (&["instal"], "install"),
    ] {
        Ran::of(Command::new(PROGRAM).args(words).output().unwrap()).exits(2).says(&[says]);
    }
    let none = Ran::of(Command::new(PROGRAM).output().unwrap()).exits(2);
    assert!(none.last().contains("install, watch, uninstall"), "{}", none.stderr);
}

#[test]
fn no_primary_is_3_and_says_what_was_there() {
    let scratch = Scratch::ready();
    std::fs::remove_file(scratch.path(CONF).join(AZURE)).unwrap();
    let run =
        |scratch: &Scratch, more: &[&str]| scratch.install(&[&["--primary-timeout", "50ms"], more].concat());
    run(&scratch, &[]).fails("no-primary").says(&["/etc/cni/net.d is empty"]);
    let scratch = scratch.conf("87-podman-bridge.conflist", PRIMARY).conf("notes.txt", "");
    run(&scratch, &[]).fails("no-primary").says(&["87-podman-bridge.conflist", "notes.txt"]);
    run(&scratch, &["--primary", "10-calico.conflist"]).fails("no-primary").says(&["10-calico.conflist"]);
    run(&scratch, &["--primary-dir", "/staging"]).fails("no-primary").says(&["/staging does not exist"]);
    assert!(!scratch.chain().exists());
}

#[test]
fn an_invalid_primary_is_4_and_says_which_rule_and_where() {
    for (invalid, says) in
        [("", "0 bytes"), ("{\n  \"name\": \"azure\",\n  oops", "line 3"), ("[]", "line 1")]
    {
        let scratch = Scratch::ready().primary(invalid);
        scratch.install(&["--primary-timeout", "50ms"]).fails("primary-invalid").says(&[AZURE, says]);
    }
}

#[test]
fn a_chain_that_would_break_pods_is_5_and_nothing_is_changed() {
    let multus = r#"{"cniVersion":"0.3.1","name":"multus","type":"multus","delegates":[{"type":"bridge"}]}"#;
    for (scratch, more, code, says) in [
        (Scratch::ready(), &["--position", "after=calico"][..], "position-unknown", "calico"),
        (
            Scratch::ready().conf("00-first.conflist", PRIMARY),
            &["--primary", AZURE],
            "output-file-invalid",
            "00-first.conflist",
        ),
        (Scratch::ready().conf("00-multus.conf", multus), &[], "primary-is-meta-plugin", "00-multus.conf"),
        (Scratch::ready(), &["--output-file", "20-late.conflist"], "output-file-invalid", AZURE),
        (Scratch::ready(), &["--output-file", "05-x.conf"], "output-file-invalid", ".conflist"),
        (Scratch::ready().conf(CHAIN, PRIMARY), &[], "output-path-occupied", CHAIN),
        (Scratch::ready(), &["--plugin", TUNING], "plugin-runs-twice", "tuning"),
    ] {
        let binary = format!("helper={}", scratch.plugin_input("helper-new"));
        let before = scratch.stamps();
        scratch
            .install(&[&["--install-bin", &binary], more].concat())
            .fails(code)
            .outcome("refused")
            .says(&[says]);
        before.assert_same(&scratch.stamps());
    }
}

#[test]
fn a_plugin_that_does_not_know_the_version_of_the_list_is_5() {
    if !root_or_skip("a plugin's own versions (chroot)") {
        return;
    }
    for (plugin, says) in [("old-plugin", "0.1.0"), ("broken-plugin", "no versions today")] {
        let scratch = Scratch::ready().plugins(&[plugin]);
        let before = scratch.stamps();
        let object = format!(r#"{{"type":"{plugin}"}}"#);
        scratch.run(&["install", "--plugin", &object]).fails("plugin-cni-version").says(&[plugin, says]);
        before.assert_same(&scratch.stamps());
        // A binary that is not on the host yet is asked at its source.
        let source = format!("{plugin}={}", scratch.plugin_input(plugin));
        std::fs::remove_file(scratch.path("opt/cni/bin").join(plugin)).unwrap();
        scratch
            .run(&["install", "--plugin", &object, "--install-bin", &source])
            .fails("plugin-cni-version")
            .says(&[plugin, says]);
    }
}

#[test]
fn a_plugin_that_cannot_be_executed_from_here_is_a_warning() {
    let scratch = Scratch::ready();
    let path = scratch.path("opt/cni/bin/tuning");
    // A complete program that is killed at its first step.
    std::fs::write(&path, include_bytes!("../support/killed.elf")).unwrap();
    scratch.install(&[]).exits(0).outcome("ready").finds("plugin-version-unknown");
    assert!(scratch.chain().exists());
}

/// The OOM killer, or an unknown instruction on this processor: the plugin did not answer.
#[test]
fn a_plugin_that_does_not_live_to_answer_is_a_warning() {
    let scratch = Scratch::ready().plugins(&["killed-plugin"]);
    let ran = scratch.run(&["install", "--plugin", r#"{"type":"killed-plugin"}"#]);
    ran.exits(0).outcome("ready").finds("plugin-version-unknown");
}

/// The disk is full in the middle of the plan: earlier changes are reported, and `uninstall` removes them.
#[test]
fn an_unexpected_error_tells_what_was_done_before_it() {
    if !root_or_skip("a full file system") {
        return;
    }
    let scratch = Scratch::ready();
    let binary = format!("helper={}", scratch.plugin_input("helper-new"));
    let script = r#"cp "$1"/* /mnt; mount -t tmpfs -o size=8k none "$1"; cp /mnt/* "$1"
        head -c 64k /dev/zero >"$1/filled" || :; shift; exec "$@""#;
    let script = format!("mount -t tmpfs none /mnt; {script}");
    let dir = scratch.path(CONF);
    let wrapper = ["unshare", "-m", "sh", "-c", &script, "sh", dir.to_str().unwrap()];
    let words = ["install", "--plugin", TUNING, "--install-bin", &binary];
    let ran = Ran::of(scratch.within(&wrapper, &words).output().unwrap());
    let report = ran.report();
    ran.fails("no-space").says(&[CONF, "No space left"]);
    let told: Vec<_> = report["actions"].as_array().unwrap().iter().map(|a| a["path"].as_str()).collect();
    assert_eq!(told, [Some("/opt/cni/bin/helper")]);
    scratch.uninstall().exits(0).outcome("removed");
    assert!(!scratch.path("opt/cni/bin/helper").exists());
}

#[test]
fn a_host_root_that_is_not_there_is_10() {
    let scratch = Scratch::ready();
    std::fs::rename(scratch.root(), scratch.inputs().join("gone")).unwrap();
    scratch.install(&[]).fails("host-root-unusable").says(&["--host-root"]);
}

#[test]
fn a_directory_that_cannot_be_written_is_10_before_the_first_change() {
    if !root_or_skip("a read-only mount") {
        return;
    }
    let scratch = Scratch::ready();
    let binary = format!("helper={}", scratch.plugin_input("helper-new"));
    let before = scratch.stamps();
    let words = ["install", "--plugin", TUNING, "--install-bin", &binary];
    let ran = read_only(&scratch, CONF, &words);
    ran.fails("read-only-mount").outcome("refused").says(&["/etc/cni/net.d", "read-only file system"]);
    before.assert_same(&scratch.stamps());
}

#[test]
fn a_read_only_bin_dir_is_fine_if_what_is_there_is_identical() {
    if !root_or_skip("a read-only mount") {
        return;
    }
    let scratch = Scratch::ready();
    let same = format!("tuning={}", scratch.plugin_input("tuning-new"));
    read_only(&scratch, "opt/cni/bin", &["install", "--plugin", TUNING, "--install-bin", &same]).exits(0);
    let other = [include_bytes!("../support/killed.elf"), &b"other bytes"[..]].concat();
    let other = format!("tuning={}", scratch.input("tuning-other", other));
    let ran = read_only(&scratch, "opt/cni/bin", &["install", "--plugin", TUNING, "--install-bin", &other]);
    ran.fails("read-only-mount").says(&["/opt/cni/bin"]);
}

/// The program with this directory of the host mounted read-only.
fn read_only(scratch: &Scratch, dir: &str, words: &[&str]) -> Ran {
    let dir = scratch.path(dir);
    let script = r#"mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@""#;
    let wrapper = ["unshare", "-m", "sh", "-ec", script, "sh", dir.to_str().unwrap()];
    Ran::of(scratch.within(&wrapper, words).output().unwrap())
}

#[test]
fn a_signal_ends_a_wait_with_its_own_code() {
    for (signal, code, name) in [(Signal::TERM, 143, "SIGTERM"), (Signal::INT, 130, "SIGINT")] {
        let scratch = Scratch::new();
        let before = scratch.stamps();
        let waiting = scratch.start_install(&[]).until("no primary");
        waiting.signal(signal);
        waiting.end().exits(code).outcome("waiting").says(&[name, "no primary"]);
        before.assert_same(&scratch.stamps());
    }
}

#[test]
fn the_last_sentence_goes_to_the_termination_log() {
    if !root_or_skip("/dev/termination-log") {
        return;
    }
    let scratch = Scratch::ready();
    let log = scratch
        .input("log", "something longer that was there before, and is not to be seen again after this run");
    let script = r#"mount -t tmpfs none /dev; cat "$1" > /dev/termination-log; log=$1; shift
        "$@" || code=$?; cat /dev/termination-log > "$log"; exit $code"#;
    let wrapper = ["unshare", "-m", "sh", "-c", script, "sh", &log];
    let words = ["install", "--plugin", TUNING, "--position", "after=calico"];
    let ran = Ran::of(scratch.within(&wrapper, &words).stdin(Stdio::null()).output().unwrap())
        .fails("position-unknown");
    assert_eq!(std::fs::read_to_string(log).unwrap().trim_end(), ran.last());
}

#[test]
fn on_failure_continue_is_0_and_says_all_the_same() {
    let missing = || {
        let scratch = Scratch::ready();
        std::fs::remove_file(scratch.path(CONF).join(AZURE)).unwrap();
        scratch
    };
    let quick = ["--primary-timeout", "50ms"];
    for (failure, scratch, more) in [
        ("no-primary", missing(), &quick[..]),
        ("primary-invalid", Scratch::ready().primary("{"), &quick),
        ("position-unknown", Scratch::ready(), &["--position", "after=calico"]),
        ("output-path-occupied", Scratch::ready().conf(CHAIN, PRIMARY), &["--dry-run"]),
    ] {
        let fails = scratch.install(more).fails(failure);
        let goes_on =
            scratch.install(&[more, &["--on-failure", "continue"]].concat()).exits(0).outcome("failed");
        // Only the time of waiting for the primary may differ.
        assert_eq!(goes_on.last(), fails.last());
        let (goes_on, fails) = (goes_on.report(), fails.report());
        assert_eq!(goes_on["exitCode"], 0);
        for part in ["code", "message", "findings", "actions", "chain"] {
            assert_eq!(goes_on[part], fails[part], "{part}");
        }
        assert!(!scratch.record().exists());
    }
    let scratch = missing();
    let mut by_variable = scratch.command(&["install", "--plugin", TUNING, "--primary-timeout", "50ms"]);
    let by_variable = by_variable.env("CNI_BOOTSTRAP_ON_FAILURE", "continue").output().unwrap();
    Ran::of(by_variable).exits(0).outcome("failed");
}

#[test]
fn on_failure_continue_hides_no_wrong_option_and_no_missing_grant() {
    let go_on = ["--on-failure", "continue"];
    let scratch = Scratch::ready();
    scratch.install(&[&go_on[..], &["--position", "middle"]].concat()).exits(2);
    scratch.install(&["--on-failure", "ignore"]).exits(2).says(&["fail, continue"]);
    let nowhere = ["install", "--plugin", TUNING, "--host-root", "/nowhere", "--on-failure", "continue"];
    Ran::of(Command::new(PROGRAM).args(nowhere).args(["--output", "json"]).output().unwrap())
        .fails("host-root-unusable");
}
