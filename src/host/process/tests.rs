use super::{Process, TerminateError, containerd, containerds, terminate};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};

/// Starts a process with this name: a copy of `sleep`.
fn start(dir: &Path, name: &str) -> Child {
    let program = dir.join(name);
    // `cp` copies the file in another process. If this process had it open for writing, a child of another test could
    // inherit the descriptor, and then the file could not be executed (`ETXTBSY`).
    assert!(Command::new("cp").args([Path::new("/bin/sleep"), &program]).status().unwrap().success());
    Command::new(program).arg("1000").spawn().unwrap()
}

fn find(child: &Child) -> Option<Process> {
    let proc = Path::new("/proc");
    let found = containerds(proc).unwrap().into_iter().find(|process| process.pid == child.id());
    assert_eq!(containerd(proc, child.id()), found, "by its PID as among all");
    found
}

#[test]
fn a_containerd_is_found_with_its_arguments_and_ended_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = start(dir.path(), "containerd");
    let process = find(&child).unwrap();
    let program = dir.path().join("containerd").display().to_string();
    assert_eq!(process.argv, [program.as_str(), "1000"]);
    assert_eq!(process.exe.as_deref(), Some(program.as_str()));
    assert_eq!(process.parent, std::fs::read_to_string("/proc/self/comm").unwrap().trim_end());

    let later = Process { start: process.start + 1, ..process.clone() };
    assert!(matches!(terminate(&later), Err(TerminateError::Gone(_))), "another process with its PID");
    assert!(child.try_wait().unwrap().is_none(), "and that one lives");

    terminate(&process).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert!(matches!(terminate(&process), Err(TerminateError::Gone(_))));
    assert_eq!(find(&child), None);
}

#[test]
fn a_shim_and_a_zombie_are_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut shim = start(dir.path(), "containerd-shim-runc-v2");
    assert_eq!(find(&shim), None);
    shim.kill().unwrap();
    shim.wait().unwrap();

    let mut dead = start(dir.path(), "containerd");
    dead.kill().unwrap();
    while !std::fs::read_to_string(format!("/proc/{}/stat", dead.id())).unwrap().contains(") Z ") {
        std::thread::yield_now();
    }
    assert_eq!(find(&dead), None);
    dead.wait().unwrap();
}
