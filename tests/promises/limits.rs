//! With limits that are too small, and without things that every process has: a documented exit code, and a message.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::support::{PROGRAM, Ran, Scratch, TUNING, root_or_skip};

/// Every end must satisfy this: no signal, no panic's exit code, one message at the end, and a chain that is complete
/// or absent.
fn orderly(scratch: &Scratch, ran: &Ran, how: &str) {
    let code = ran.code().unwrap_or_else(|| panic!("{how}: ended by a signal: {}", ran.stderr));
    assert!(matches!(code, 0 | 1 | 10), "{how}: {code}: {}", ran.stderr);
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("cni-bootstrap: ") && last.len() > 30, "{how}: {}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{how}: {}", ran.stderr);
    assert_eq!(code == 0, scratch.chain().exists(), "{how}: {}", ran.stderr);
}

fn limited(scratch: &Scratch, limit: &str) -> Ran {
    let script = format!("{limit} && exec \"$@\"");
    let words = ["install", "--plugin", TUNING, "--primary-timeout", "1s"];
    Ran::of(scratch.within(&["sh", "-c", &script, "sh"], &words).output().unwrap())
}

#[test]
fn few_open_files_are_told() {
    let mut ends = [0, 0];
    // With fewer descriptors the loader does not find its libraries, before the program starts.
    for files in 5..40 {
        let scratch = Scratch::ready();
        let ran = limited(&scratch, &format!("ulimit -n {files}"));
        orderly(&scratch, &ran, &format!("{files} files"));
        ends[usize::from(ran.code() == Some(0))] += 1;
        assert!(ran.code() == Some(0) || ran.stderr.contains("open files"), "{}", ran.stderr);
    }
    assert!(ends[0] > 0 && ends[1] > 0, "some are too few and some are enough: {ends:?}");
}

#[test]
fn little_address_space_is_told() {
    let mut ends = [0, 0];
    for kibibytes in (20..72).step_by(2).map(|mebibytes| mebibytes * 1024) {
        let limit = format!("ulimit -v {kibibytes}");
        // With less memory the program cannot even be loaded.
        let loads = format!("{limit} && exec \"$@\" >/dev/null 2>&1");
        let loads =
            std::process::Command::new("sh").args(["-c", &loads, "sh", PROGRAM, "--version"]).status();
        if !loads.unwrap().success() {
            continue;
        }
        let scratch = Scratch::ready();
        let ran = limited(&scratch, &limit);
        orderly(&scratch, &ran, &limit);
        ends[usize::from(ran.code() == Some(0))] += 1;
        assert!(ran.code() == Some(0) || ran.stderr.contains("memory"), "{limit}: {}", ran.stderr);
    }
    assert!(ends[0] > 0 && ends[1] > 0, "some are too little and some are enough: {ends:?}");
}

/// The soft limit is raised as far as allowed.
#[test]
fn a_soft_limit_is_no_limit() {
    let scratch = Scratch::ready();
    limited(&scratch, "ulimit -S -n 8").exits(0);
}

/// The limit of a user's processes does not apply to root.
#[test]
fn no_thread_is_told() {
    if !root_or_skip("a user without a process to spare") {
        return;
    }
    let scratch = Scratch::ready();
    for dir in ["", "host", "host/etc/cni/net.d", "host/var/lib", "host/run", "host/opt/cni/bin"] {
        let path = scratch.root().parent().unwrap().join(dir);
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    for processes in 0..4 {
        let words = ["install", "--plugin", TUNING, "--primary-timeout", "1s"];
        let limit = format!("--nproc={processes}");
        let wrapper = ["setpriv", "--reuid=64123", "--clear-groups", "prlimit", &limit];
        let ran = Ran::of(scratch.within(&wrapper, &words).output().unwrap());
        orderly(&scratch, &ran, &limit);
        // With one process to spare, each thread may have ended before the next one starts.
        assert!(processes > 1 || ran.code() == Some(1), "{}", ran.stderr);
        assert!(ran.code() == Some(0) || ran.stderr.contains("limit of processes"), "{}", ran.stderr);
    }
}

#[test]
fn streams_that_are_closed_or_full_end_nothing() {
    for (streams, code) in [
        ("<&-", 0),
        (">&-", 0),
        ("2>&-", 0),
        ("<&- >&- 2>&-", 0),
        ("2>/dev/full", 0),
        // The job is done, and its report is lost.
        (">/dev/full", 1),
        (">/dev/full 2>&1", 1),
    ] {
        let scratch = Scratch::ready();
        let script = format!("exec \"$@\" {streams}");
        let words = ["install", "--plugin", TUNING];
        let ran = Ran::of(scratch.within(&["sh", "-c", &script, "sh"], &words).output().unwrap());
        assert_eq!(ran.code(), Some(code), "{streams}: {}", ran.stderr);
        assert!(scratch.chain().exists(), "{streams}");
        if streams == ">/dev/full" {
            let last = ran.stderr.lines().last().unwrap();
            assert!(last.contains("standard output cannot be written: No space left"), "{last}");
        }
    }
}

/// A slow reader, with a pipe that does not block.
#[test]
fn a_full_pipe_is_waited_for() {
    let scratch = Scratch::ready();
    let (read, write) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&write, true).unwrap();
    let mut filled = 0;
    while let Ok(count) = rustix::io::write(&write, &[b'x'; 4096]) {
        filled += count;
    }
    let mut command = scratch.command(&["install", "--plugin", TUNING]);
    let mut child = command.stdin(Stdio::null()).stdout(write).stderr(Stdio::null()).spawn().unwrap();
    drop(command);
    crate::support::eventually("the chain is published", || scratch.chain().exists());
    let said = std::io::read_to_string(read).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(said[filled..].contains("\"outcome\""), "{}", &said[filled..]);
}

#[test]
fn without_proc_it_is_told_at_once() {
    if !root_or_skip("a mount namespace without /proc") {
        return;
    }
    let scratch = Scratch::ready();
    let script = "mount -t tmpfs none /proc && exec \"$@\"";
    let wrapper = ["unshare", "--mount", "sh", "-c", script, "sh"];
    let ran = Ran::of(scratch.within(&wrapper, &["install", "--plugin", TUNING]).output().unwrap());
    assert_eq!(ran.code(), Some(10), "{}", ran.stderr);
    assert!(ran.stderr.contains("/proc is not mounted"), "{}", ran.stderr);
}
