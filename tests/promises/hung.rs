//! A runtime that takes the connection and never answers: a containerd that is stuck, or a plugin that hangs in STATUS.

use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{PROGRAM, Running, Scratch, TUNING};

/// `install` on this host, whose runtime is asked.
fn install(scratch: &Scratch) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["install", "--plugin", TUNING, "--restart-timeout", "1s", "--output", "json"]);
    command.args(["--log-format", "text", "--host-root"]).arg(scratch.root());
    command
}

fn silent(scratch: &Scratch) -> UnixListener {
    let socket = scratch.path("run/containerd/containerd.sock");
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    UnixListener::bind(socket).unwrap()
}

#[test]
fn it_is_waited_for_until_the_deadline_and_told() {
    let scratch = Scratch::ready();
    let _socket = silent(&scratch);
    let ran = Running::start(&mut install(&scratch)).end();
    ran.exits(10).says(&["does not answer", "--runtime none"]);
    assert!(!scratch.chain().exists());
}

#[test]
fn a_signal_ends_the_question_at_once() {
    let scratch = Scratch::ready();
    let socket = silent(&scratch);
    let running = Running::start(&mut install(&scratch));
    let _asked = socket.accept().unwrap();
    running.signal(Signal::TERM);
    running.end().exits(143);
    assert!(!scratch.chain().exists());
}

#[test]
fn a_signal_ends_the_wait_for_another_instance_at_once() {
    let scratch = Scratch::ready().file("var/lib/cni-bootstrap/.keep", "");
    let dir = std::fs::File::open(scratch.path(crate::support::RECORDS)).unwrap();
    rustix::fs::flock(&dir, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let running = scratch.start_install(&[]).until("publishing");
    std::thread::sleep(Duration::from_millis(50));
    running.signal(Signal::TERM);
    running.end().exits(143);
    assert!(!scratch.chain().exists());
}
