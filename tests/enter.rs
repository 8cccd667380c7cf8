//! Tests of entering the host, by its effects: this process has threads, like the program.

use cni_bootstrap::host::enter::{EnterError, HostCommand, How, Output, Stage};
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const COPY: &str = env!("CARGO_BIN_EXE_cni-bootstrap");

/// A time limit that only a hanging program reaches.
const PATIENT: Duration = Duration::from_secs(60);

/// True if these tests can run; prints a line if they cannot.
fn root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        // Written to the descriptor, because the test harness would capture it.
        let _ = writeln!(std::io::stderr(), "\n*** SKIPPED, nothing was entered: this needs root ***\n");
    }
    root
}

fn command(how: How, argv: &[&str]) -> HostCommand {
    HostCommand {
        how,
        argv: argv.iter().map(OsString::from).collect(),
        env: vec![("PATH".into(), "/usr/sbin:/usr/bin:/sbin:/bin".into())],
        stdin: vec![],
        timeout: PATIENT,
        leaves_nothing: false,
        max_output: 1 << 20,
    }
}

fn run(command: &HostCommand) -> Result<Output, EnterError> {
    command.run_by(Path::new(COPY))
}

fn here() -> How {
    How::Namespaces(std::process::id())
}

/// A root directory with only a shell and its libraries.
fn scratch() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let listed = Command::new("ldd").arg("/bin/sh").output().unwrap();
    let libraries = String::from_utf8(listed.stdout).unwrap();
    let libraries = libraries.split_whitespace().filter(|word| word.starts_with('/'));
    for file in libraries.chain(["/bin/sh"]) {
        let to = root.path().join(&file[1..]);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        copy(Path::new(file), &to);
    }
    std::fs::write(root.path().join("inside"), "").unwrap();
    root
}

/// Writes an executable file with these bytes.
fn program(root: &TempDir, name: &str, bytes: &[u8]) {
    let text = root.path().join(format!("{name}.text"));
    std::fs::write(&text, bytes).unwrap();
    let path = root.path().join(name);
    copy(&text, &path);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// `cp` copies the file in another process. If this process had it open for writing, a child of another test could
/// inherit the descriptor, and the file could not be executed (`ETXTBSY`).
fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").args([from, to]).status().unwrap().success());
}

fn in_root(root: &TempDir, argv: &[&str]) -> HostCommand {
    command(How::Root(root.path().to_owned()), argv)
}

fn not_run(command: &HostCommand) -> (Stage, Option<i32>, String) {
    let error = run(command).unwrap_err();
    let text = error.to_string();
    match error {
        EnterError::NotRun { stage, source, .. } => (stage, source.raw_os_error(), text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn below_a_root_a_program_has_that_root_its_input_and_the_given_environment_only() {
    if !root() {
        return;
    }
    let root = scratch();
    let script = r#"read line; echo "$line|$GIVEN|${HOME-none}|$1"; pwd >&2; test -e /inside && exit 7"#;
    let mut command = in_root(&root, &["/bin/sh", "-c", script, "sh", "two words"]);
    command.env = vec![("GIVEN".into(), "a b".into())];
    command.stdin = b"hello\n".to_vec();
    let output = run(&command).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello|a b|none|two words\n");
    assert_eq!(output.stderr, b"/\n");
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn why_a_program_was_not_started_is_told() {
    if !root() {
        return;
    }
    let root = scratch();
    let (stage, errno, _) = not_run(&in_root(&root, &["/bin/nothing"]));
    assert_eq!((stage, errno), (Stage::Find, Some(2)));

    program(&root, "orphan", b"#!/no/such/interpreter\n");
    let (stage, errno, text) = not_run(&in_root(&root, &["/orphan"]));
    assert_eq!((stage, errno), (Stage::Exec, Some(2)));
    assert!(text.contains("loader"), "{text}");

    program(&root, "foreign", b"\x7fELF and then nothing that this machine knows");
    let (stage, errno, text) = not_run(&in_root(&root, &["/foreign"]));
    assert_eq!((stage, errno), (Stage::Exec, Some(8)));
    assert!(text.contains("architecture"), "{text}");

    let (stage, errno, text) = not_run(&in_root(&root, &["/inside"]));
    assert_eq!((stage, errno), (Stage::Exec, Some(13)));
    assert!(text.contains("noexec"), "{text}");

    let (stage, errno, _) = not_run(&command(How::Root(PathBuf::from("/no/such/root")), &["/bin/sh"]));
    assert_eq!((stage, errno), (Stage::Chroot, Some(2)));
    let (stage, errno, text) = not_run(&command(How::Namespaces(u32::MAX), &["/bin/sh"]));
    assert_eq!((stage, errno), (Stage::Join, Some(2)));
    assert!(text.contains("hostPID"), "{text}");
}

#[test]
fn a_program_that_ends_with_the_reserved_code_is_still_a_program() {
    if !root() {
        return;
    }
    let output =
        run(&command(here(), &["/bin/sh", "-c", "printf '\\n__enter 1-1 exec 2\\n' >&2; exit 125"])).unwrap();
    assert_eq!(output.status.code(), Some(125));
}

/// Ends a process tree on drop.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn all_five_namespaces_of_the_other_side_are_entered() {
    if !root() {
        return;
    }
    let script =
        "hostname elsewhere && mount -t tmpfs tmpfs /mnt && touch /mnt/mark && echo ready && exec sleep 1000";
    let unshare = Command::new("unshare")
        .args(["-m", "-u", "-p", "-i", "-n", "-f", "--mount-proc", "--kill-child", "sh", "-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut other = Reaped(unshare);
    let mut ready = [0; 6];
    std::io::Read::read_exact(&mut other.0.stdout.take().unwrap(), &mut ready).unwrap();
    let children = format!("/proc/{0}/task/{0}/children", other.0.id());
    let pid: u32 = std::fs::read_to_string(children).unwrap().trim().parse().unwrap();

    let script = "hostname; ls /mnt; readlink /proc/self/ns/ipc /proc/self/ns/net /proc/self/ns/mnt /proc/self/ns/pid; cat /proc/1/comm";
    let output = run(&command(How::Namespaces(pid), &["/bin/sh", "-c", script])).unwrap();
    let link =
        |name: &str| std::fs::read_link(format!("/proc/{pid}/ns/{name}")).unwrap().display().to_string();
    let expected =
        ["elsewhere", "mark", &link("ipc"), &link("net"), &link("mnt"), &link("pid"), "sleep", ""].join("\n");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn at_the_timeout_the_program_and_its_children_are_gone() {
    if !root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pids");
    let script = format!("sleep 1000 & echo $$ $! > {}; wait", file.display());
    let mut command = command(here(), &["/bin/sh", "-c", &script]);
    command.timeout = Duration::from_secs(1);
    assert!(matches!(run(&command), Err(EnterError::Timeout { .. })));
    let pids = std::fs::read_to_string(file).unwrap();
    assert_eq!(pids.split_whitespace().count(), 2);
    for pid in pids.split_whitespace() {
        // A killed process is a zombie until its parent waits for it.
        let gone =
            || !std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        assert!(
            (0..100).any(|_| gone() || {
                std::thread::sleep(Duration::from_millis(20));
                false
            }),
            "{pid} lives"
        );
    }
}

#[test]
fn output_has_a_bound_and_input_needs_no_reader() {
    if !root() {
        return;
    }
    let endless = command(here(), &["/bin/sh", "-c", "while :; do echo more; done"]);
    assert!(matches!(run(&endless), Err(EnterError::TooMuch { .. })));
    let mut unread = command(here(), &["/bin/sh", "-c", "exec 0<&-; echo deaf"]);
    unread.stdin = vec![b'x'; 1 << 20];
    assert_eq!(run(&unread).unwrap().stdout, b"deaf\n");
    let mut read = command(here(), &["/bin/cat"]);
    read.stdin = vec![b'x'; 1 << 20];
    assert_eq!(run(&read).unwrap().stdout.len(), 1 << 20);
}

#[test]
fn a_daemon_left_behind_is_not_waited_for() {
    if !root() {
        return;
    }
    let output = run(&command(here(), &["/bin/sh", "-c", "sleep 20 & echo $!"])).unwrap();
    let pid: i32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_signal_is_told_as_a_signal() {
    if !root() {
        return;
    }
    let output = run(&command(here(), &["/bin/sh", "-c", "kill -9 $$"])).unwrap();
    assert_eq!(output.status.signal(), Some(9));
}

#[test]
fn without_the_capabilities_the_remedy_is_told() {
    if !root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let script = format!("#!/bin/sh\nexec setpriv --inh-caps=-all --bounding-set=-all {COPY} \"$@\"\n");
    program(&dir, "powerless", script.as_bytes());
    for how in [How::Namespaces(1), How::Root(dir.path().to_owned())] {
        let error = command(how, &["/bin/sh"]).run_by(&dir.path().join("powerless")).unwrap_err().to_string();
        assert!(error.contains("CAP_SYS_CHROOT"), "{error}");
    }
}

/// The processes with this word in their command line.
fn running(word: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(word)).collect()
}

/// Each form of a daemon: in the background, outside the group, outside the session, ignoring signals, with children,
/// and with the inherited pipes.
#[test]
fn a_question_leaves_no_process_behind() {
    if !root() {
        return;
    }
    let leaves = [
        "sleep @ & echo said",
        "setsid sleep @ & echo said",
        "(setsid sh -c 'trap \"\" TERM HUP INT; sleep @ & sleep @; sleep @' >/dev/null 2>&1 </dev/null &) ; echo said",
        "for i in 1 2 3 4 5 6 7 8; do (setsid sh -c 'setsid sleep @ & setsid sleep @' &) ; done; echo said",
        // Leaves its session by fork and exit, like daemon(3).
        "sh -c '(setsid sleep @ &)' & wait; echo said",
    ];
    for (at, leaves) in leaves.iter().enumerate() {
        let word = format!("8{at}{:07}", std::process::id());
        let mut asked = command(How::Root("/".into()), &["/bin/sh", "-c", &leaves.replace('@', &word)]);
        asked.leaves_nothing = true;
        let said = run(&asked).unwrap();
        assert_eq!((said.status.code(), &said.stdout[..]), (Some(0), &b"said\n"[..]), "{leaves}");
        assert_eq!(running(&format!("sleep {word}")), [""; 0], "{leaves}");
    }
}

#[test]
fn a_question_that_is_not_answered_leaves_no_process_behind() {
    if !root() {
        return;
    }
    let word = format!("90{:07}", std::process::id());
    let hangs = format!("(setsid sleep {word} &); sleep {word}");
    let mut asked = command(How::Root("/".into()), &["/bin/sh", "-c", &hangs]);
    asked.leaves_nothing = true;
    asked.timeout = Duration::from_millis(300);
    let error = run(&asked).unwrap_err();
    assert!(matches!(error, EnterError::Timeout { .. }), "{error}");
    assert_eq!(running(&format!("sleep {word}")), [""; 0]);

    let shouts = format!("(setsid sleep {word} &); while :; do echo too much; done");
    let mut asked = command(How::Root("/".into()), &["/bin/sh", "-c", &shouts]);
    (asked.leaves_nothing, asked.max_output) = (true, 1 << 10);
    let error = run(&asked).unwrap_err();
    assert!(matches!(error, EnterError::TooMuch { .. }), "{error}");
    assert_eq!(running(&format!("sleep {word}")), [""; 0]);
}
