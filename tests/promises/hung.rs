//! A runtime that accepts the connection and never answers: a containerd that hangs, or a plugin that hangs in
//! STATUS.

use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{PROGRAM, Running, Scratch, TUNING, root_or_skip};

/// `install` on this host, with a runtime. The host's root is a mount, as it is in a container: the tests may run in
/// one.
fn install(scratch: &Scratch) -> Command {
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-ec", r#"mount --bind "$0" "$0"; exec "$@""#]).arg(scratch.root());
    command.args([PROGRAM, "install", "--plugin", TUNING, "--restart-timeout", "1s", "--output", "json"]);
    command.args(["--log-format", "text", "--host-root"]).arg(scratch.root());
    command
}

fn silent(scratch: &Scratch) -> UnixListener {
    listen(scratch, "run/containerd/containerd.sock")
}

fn listen(scratch: &Scratch, socket: &str) -> UnixListener {
    let socket = scratch.path(socket);
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    UnixListener::bind(socket).unwrap()
}

#[test]
fn it_is_waited_for_until_the_deadline_and_told() {
    if !root_or_skip("a mount") {
        return;
    }
    let scratch = Scratch::ready();
    let _socket = silent(&scratch);
    let ran = Running::start(&mut install(&scratch)).end();
    ran.fails("runtime-not-running").says(&["does not answer", "--runtime none"]);
    assert!(!scratch.chain().exists());
}

#[test]
fn a_signal_ends_the_question_at_once() {
    if !root_or_skip("a mount") {
        return;
    }
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

/// A stopped containerd, or Docker's, beside the one of k3s.
#[test]
fn a_socket_where_nobody_listens_is_passed_over() {
    if !root_or_skip("a mount") {
        return;
    }
    let scratch = Scratch::ready();
    drop(silent(&scratch));
    let k3s = listen(&scratch, "run/k3s/containerd/containerd.sock");
    let running = Running::start(&mut install(&scratch));
    let _asked = k3s.accept().unwrap();
    running.signal(Signal::TERM);
    running.end().exits(143);
}
