//! A real systemd as PID 1 of its own namespaces, and a way to run a test beside it.
//!
//! systemd refuses peers whose PID it cannot see. So each test starts itself again inside the rig's PID and mount
//! namespaces, and passes if that run passes.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

const INSIDE: &str = "CNI_BOOTSTRAP_TEST_INSIDE";

/// The targets that systemd requires. They do nothing here.
const TARGETS: &str =
    "default basic sysinit shutdown umount sockets paths timers slices exit reboot poweroff rescue emergency";

const SERVICES: [(&str, &str); 7] = [
    ("steady", "ExecStart=/bin/sleep infinity\nRestart=always\nEnvironment=CONF=/etc/a.toml \"B=two words\""),
    ("failing", "Type=oneshot\nExecStart=/bin/false"),
    ("slow", "Type=notify\nTimeoutStartSec=1\nExecStart=/bin/sleep infinity"),
    ("fleeting", "Type=simple\nExecStart=/bin/sh -c 'exit 3'"),
    ("limited", "ExecStart=/bin/sleep infinity"),
    ("quoted", QUOTED),
    ("follower", "ExecStart=/bin/sleep infinity"),
];

/// A unit that never starts: command lines in every spelling, which only systemd itself can parse for comparison.
const QUOTED: &str = r#"Type=oneshot
ExecStart=/bin/false dropped
ExecStart=
ExecStart=-/bin/a --config "/etc/a b.toml" -l \
# a comment between
  debug \
; and another
  end
ExecStart=@/bin/a called -c /x
ExecStart=+/bin/a 'one two' pre"mid dle"post '' it\'s %%h $$HOME ${X} $Y
ExecStart=!!/bin/a b\x20c \x2fd e\sf \101 \u00e9
ExecStart=:/bin/a 1 ; /bin/b \; 2
Environment=A=1 "B=two words" 'C=3'
Environment="D=with \"quotes\"""#;

/// Runs `test` beside a systemd; `name` is the name of the calling test in `systemd`.
pub(crate) fn beside_systemd(name: &str, test: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return test();
    }
    let Some(leader) = leader() else { return };
    let me = std::env::current_exe().unwrap();
    let output = Command::new("nsenter")
        .args(["-t", &leader.to_string(), "-p", "-m", "--"])
        .arg(me)
        .args(["--exact", &format!("systemd::{name}"), "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "inside the rig:\n{told}");
    assert!(told.contains("1 passed"), "no test is called {name}:\n{told}");
}

/// The PID of the rig's systemd; `None` if this machine can have no rig.
pub(crate) fn leader() -> Option<u32> {
    static LEADER: OnceLock<Result<u32, &'static str>> = OnceLock::new();
    let leader = LEADER.get_or_init(|| missing().map_or_else(|| Ok(boot()), Err));
    if let Err(why) = leader {
        // Printed by each test to the descriptor, because the test harness would capture it.
        let _ = writeln!(std::io::stderr(), "\n*** SKIPPED, nothing was tested against systemd: {why} ***\n");
    }
    leader.ok()
}

fn missing() -> Option<&'static str> {
    if !rustix::process::geteuid().is_root() {
        return Some("this needs root, to make namespaces");
    }
    let tools = ["/lib/systemd/systemd", "/usr/bin/unshare", "/usr/bin/nsenter"];
    tools
        .into_iter()
        .any(|tool| !Path::new(tool).exists())
        .then_some("systemd, unshare or nsenter is not installed")
}

fn boot() -> u32 {
    let units = tempfile::tempdir().unwrap().keep();
    for target in TARGETS.split(' ') {
        write(&units, &format!("{target}.target"), "[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\n");
    }
    for (service, lines) in SERVICES {
        let unit = if service == "follower" { "PartOf=steady.service" } else { "" };
        let text = format!("[Unit]\nDefaultDependencies=no\n{unit}\n[Service]\n{lines}\n");
        write(&units, &format!("{service}.service"), &text);
    }
    std::fs::create_dir(units.join("generators")).unwrap();
    std::fs::create_dir(units.join("steady.service.d")).unwrap();
    write(&units, "steady.service.d/10-more.conf", "[Service]\nEnvironment=C=3\n");

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/systemd/rig.sh");
    let mut shell = Command::new("sh")
        .arg(script)
        .arg(&units)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let unshare: u32 = line.trim().parse().unwrap();
    // The script ends the rig when its standard input is closed. This end is leaked, so it stays open while the tests
    // run.
    std::mem::forget(shell);
    for _ in 0..300 {
        if let Some(pid) = child(unshare)
            && Path::new(&format!("/proc/{pid}/root/run/systemd/private")).exists()
        {
            return pid;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("systemd did not come up: {}", std::fs::read_to_string(units.join("log")).unwrap_or_default());
}

fn child(pid: u32) -> Option<u32> {
    std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?.split(' ').next()?.parse().ok()
}

fn write(units: &Path, name: &str, text: &str) {
    let path: PathBuf = units.join(name);
    std::fs::write(path, text).unwrap();
}
