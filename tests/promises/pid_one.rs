//! As PID 1, as in a container: SIGTERM and SIGINT end a wait at once.

use std::process::Command;

use crate::support::{Running, Scratch, TUNING, root_or_skip};

#[test]
fn as_pid_1_a_signal_ends_a_wait_at_once() {
    if !root_or_skip("a PID namespace") {
        return;
    }
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let scratch = Scratch::new();
        let mut command =
            scratch.within(&["unshare", "-pf", "--kill-child"], &["install", "--plugin", TUNING]);
        let running = Running::start(&mut command).until("no primary");
        // The program is the child of `unshare`.
        let of = running.pid().to_string();
        let pid = pgrep(&of).unwrap();
        assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        running.end().exits(code);
    }
}

/// The child of a process.
fn pgrep(parent: &str) -> Option<String> {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_whitespace().next().map(str::to_owned)
}
