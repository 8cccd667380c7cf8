//! The program under test, and three ways to run it on a node.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use cni_bootstrap::report::FailureCode;
use serde_json::Value;

use crate::network::TUNING;
use crate::node::{BIN_DIR, CONF_DIR, Node};
use crate::rig::{here, say};

/// The program's image: only the static binary.
pub(crate) const IMAGE: &str = "node.test/cni-bootstrap:1";
/// The program's path on the node.
pub(crate) const ON_HOST: &str = "/usr/local/bin/cni-bootstrap";
/// The directory on the node with a container's standard output and standard error.
const STREAMS: &str = "/run/streams";

/// How the program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// On the node's host, as root: cloud-init, kops.
    Host,
    /// As a container of the node's own containerd: default capabilities, its own PID namespace, the directories and
    /// systemd's private socket.
    Container,
    /// As a privileged container with the host's PID namespace, and without systemd's socket.
    Privileged,
}

/// A finished run.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The report of `--output json`.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("no report on standard output: {e}\n{self}"))
    }

    /// The report of a run that must have succeeded with this outcome.
    pub(crate) fn ended(&self, outcome: &str) -> Value {
        assert_eq!(self.code, 0, "{self}");
        let report = self.report();
        assert_eq!(report["exitCode"], 0, "{self}");
        assert_eq!(report["outcome"], outcome, "{self}");
        report
    }

    /// The run failed with this code, and with the exit code that belongs to it.
    #[track_caller]
    pub(crate) fn failed(&self, code: &str) -> Value {
        let report = self.report();
        assert_eq!(report["code"], code, "{self}");
        let failure = FailureCode::ALL.iter().find(|failure| failure.name() == code);
        let exit = failure.unwrap_or_else(|| panic!("{code} is not the code of a failure")).exit().code();
        assert_eq!((self.code, &report["exitCode"]), (exit.into(), &exit.into()), "{self}");
        report
    }

    /// True if the report has a finding with this code.
    pub(crate) fn has_finding(&self, code: &str) -> bool {
        self.report()["findings"].as_array().is_some_and(|f| f.iter().any(|f| f["code"] == code))
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit code {}\nstandard output:\n{}\nstandard error:\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

/// A run in progress.
pub(crate) enum Running<'n> {
    /// On the host: `nsenter`, whose only child is the program.
    Host(Child),
    /// A detached container, because its `ctr run` would end with containerd.
    Container { node: &'n Node, id: String },
}

/// `install` of the tuning plugin, with more options.
pub(crate) fn install<'a>(more: &[&'a str]) -> Vec<&'a str> {
    // The node was booted a moment ago; only one scenario tests the quiet time.
    let quiet = ["--restart-quiet", "0s"];
    let verb = ["install", "--plugin", TUNING, "--primary-timeout", "60s", "--output", "json"];
    [&verb[..], &quiet, more].concat()
}

/// `uninstall` of the tuning plugin.
pub(crate) const UNINSTALL: [&str; 7] =
    ["uninstall", "--owner", "tuning", "--output", "json", "--restart-quiet", "0s"];

/// Runs the program to its end.
pub(crate) fn run(node: &Node, way: Way, args: &[&str]) -> Run {
    start(node, way, args).wait()
}

/// Starts the program.
pub(crate) fn start<'n>(node: &'n Node, way: Way, args: &[&str]) -> Running<'n> {
    if way == Way::Host {
        bring_program(node);
        let mut command = node.command(ON_HOST);
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        return Running::Host(command.spawn().expect("nsenter"));
    }
    prepare_containers(node);
    let flags: &[&str] = match way {
        Way::Privileged => &["--privileged", "--with-ns", "pid:/proc/1/ns/pid"],
        _ => &[],
    };
    let restart: &[&str] = if way == Way::Privileged { &["--restart", "nsenter"] } else { &[] };
    let systemd = if way == Way::Privileged { None } else { Some(("/run/systemd", "ro")) };
    let records = ["/var/lib/cni-bootstrap", "/run/cni-bootstrap"];
    // The kubelet creates the directories of a hostPath volume of type DirectoryOrCreate in the same way.
    node.sh(&format!("mkdir -p {CONF_DIR} {}", records.join(" ")));
    let writable = [CONF_DIR, BIN_DIR, "/etc/containerd", "/run/containerd", records[0], records[1]];
    let mounts = writable.into_iter().map(|d| (d, "rw")).chain(systemd);
    let mut mount_flags = Vec::new();
    for (directory, mode) in mounts {
        mount_flags.push("--mount".to_owned());
        mount_flags.push(format!("type=bind,src={directory},dst=/host{directory},options=rbind:{mode}"));
    }
    let (verb, options) = args.split_first().expect("a verb");
    // `uninstall` restarts too, but a dry run of either verb does not need the method.
    let program = [&["/cni-bootstrap", verb, "--host-root", "/host"], restart, options].concat();
    run_container(node, flags, &mount_flags, IMAGE, &program)
}

/// Copies the program to the node's host, once.
pub(crate) fn bring_program(node: &Node) {
    if !node.has(ON_HOST) {
        // `cp` copies the file in another process. If this process had it open for writing, a child of another test
        // could inherit the descriptor, and the file could not be executed ("Text file busy").
        let copied = Command::new("cp").arg(binary()).arg(node.path(ON_HOST)).status().unwrap();
        assert!(copied.success());
    }
}

/// Starts a detached container whose output is kept on the node.
pub(crate) fn run_container<'n>(
    node: &'n Node,
    flags: &[&str],
    mounts: &[String],
    image: &str,
    command: &[&str],
) -> Running<'n> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let id = format!("program-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let keep = "/usr/local/bin/keep-streams";
    // containerd's protocol for a logging binary: 3 and 4 are the streams; closing 5 shows that it listens. The shim
    // ends it with SIGTERM at the moment when the shim closes its own ends of the streams.
    let script = format!(
        "#!/bin/sh\ntrap '' TERM\nmkdir -p {STREAMS}\ncat <&3 >{STREAMS}/$CONTAINER_ID.out 5>&- &\n\
         cat <&4 >{STREAMS}/$CONTAINER_ID.err 5>&- &\nexec 5>&- 3<&- 4<&-\nwait\ntouch {STREAMS}/$CONTAINER_ID.end\n"
    );
    if !node.has(keep) {
        node.write(keep, script);
        node.sh(&format!("chmod 0755 {keep}"));
    }
    let out = node
        .command("ctr")
        .args(["-n", "k8s.io", "run", "-d", "--log-uri", &format!("binary://{keep}")])
        .args(flags)
        .args(mounts)
        .args([image, &id])
        .args(command)
        .output()
        .unwrap();
    assert!(out.status.success(), "ctr run: {}", String::from_utf8_lossy(&out.stderr));
    Running::Container { node, id }
}

impl Running<'_> {
    /// Waits for the end of the run.
    pub(crate) fn wait(self) -> Run {
        match self {
            Self::Host(child) => {
                let out = child.wait_with_output().unwrap();
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                Run {
                    code: out.status.code().unwrap_or(-1),
                    stdout: text(&out.stdout),
                    stderr: text(&out.stderr),
                }
            }
            Self::Container { node, id } => {
                // containerd may be down for a while.
                node.wait_for("the container to end", || {
                    let tasks = node.sh_or_words("ctr -n k8s.io tasks ls")?;
                    let line = tasks.lines().find(|l| l.split_whitespace().next() == Some(&id));
                    match line {
                        Some(line) if line.ends_with("STOPPED") => Ok(()),
                        other => Err(format!("{other:?}\n{}", node.stream(&id, "err"))),
                    }
                });
                let deleted = node.try_sh(&format!("ctr -n k8s.io tasks rm {id}"));
                node.sh(&format!("ctr -n k8s.io containers rm {id}"));
                node.wait_for("the container's output", || {
                    if node.has(&format!("{STREAMS}/{id}.end")) { Ok(()) } else { Err("not yet".to_owned()) }
                });
                // `ctr` prints the exit code only in a warning, and only if it is not 0.
                let said = String::from_utf8_lossy(&deleted.stderr).into_owned();
                assert!(deleted.status.success(), "ctr tasks rm: {said}");
                let code = said.split("exit code ").nth(1).unwrap_or("0").trim_end_matches(['"', '\n']);
                Run {
                    code: code.parse().unwrap_or_else(|_| panic!("ctr tasks rm: {said}")),
                    stdout: node.stream(&id, "out"),
                    stderr: node.stream(&id, "err"),
                }
            }
        }
    }

    /// Kills the program on the host with SIGKILL, if it still runs.
    pub(crate) fn kill(self) {
        self.signal("-KILL");
        let Self::Host(mut child) = self else { return };
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Sends a signal to the program on the host, if it still runs.
    pub(crate) fn signal(&self, signal: &str) {
        for process in self.processes() {
            let _ = Command::new("kill").args([signal, &process]).stderr(Stdio::null()).status();
        }
    }

    /// The program on the host, by its process id here: nsenter forks to enter the PID namespace.
    pub(crate) fn processes(&self) -> Vec<String> {
        let Self::Host(child) = self else { panic!("only a program on the host has a process here") };
        let pid = child.id();
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        children.split_whitespace().map(str::to_owned).collect()
    }
}

impl Node {
    fn sh_or_words(&self, line: &str) -> Result<String, String> {
        let out = self.try_sh(line);
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        if out.status.success() { Ok(text(&out.stdout)) } else { Err(text(&out.stderr)) }
    }

    fn stream(&self, id: &str, which: &str) -> String {
        let path = self.path(&format!("{STREAMS}/{id}.{which}"));
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

/// Copies the program's image to the node, once.
pub(crate) fn prepare_containers(node: &Node) {
    static IMAGE_FILE: OnceLock<PathBuf> = OnceLock::new();
    let file = IMAGE_FILE.get_or_init(|| {
        let file = binary().with_file_name("cni-bootstrap.image.tar");
        let made = Command::new(here().join("image.sh"))
            .args([IMAGE.as_ref(), file.as_os_str(), r#"["/cni-bootstrap"]"#.as_ref(), binary().as_os_str()])
            .status();
        assert!(made.unwrap().success(), "image.sh");
        file
    });
    let on_node = "/root/program.tar";
    if !node.has(on_node) {
        std::fs::copy(file, node.path(on_node)).unwrap();
        node.sh(&format!("ctr -n k8s.io images import {on_node}"));
    }
}

/// The program that the nodes run in place of one that is built for the tests: the one that ships.
pub(crate) fn given() -> Option<PathBuf> {
    std::env::var_os("CNI_BOOTSTRAP_NODE_PROGRAM").map(PathBuf::from)
}

/// The program, linked statically: the node has another release of libc, and the image has none.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(given) = given() {
            // The image has it under its own name.
            let is_named = given.is_file() && given.ends_with("cni-bootstrap");
            assert!(is_named, "CNI_BOOTSTRAP_NODE_PROGRAM: no file cni-bootstrap at {}", given.display());
            return given;
        }
        say("building the program as a static binary");
        let target = "x86_64-unknown-linux-gnu".replace("x86_64", std::env::consts::ARCH);
        // target/debug/cni-bootstrap -> target/node-program: ignored by git in any target directory.
        let built = Path::new(env!("CARGO_BIN_EXE_cni-bootstrap"));
        let directory = built.parent().and_then(Path::parent).unwrap().join("node-program");
        let status = Command::new(env!("CARGO"))
            // Of the runner that reports the time of each test (scripts/test). Here it would have all built anew.
            .env_remove("RUSTC_BOOTSTRAP")
            .args([
                "build",
                "--quiet",
                "--locked",
                "--bin",
                "cni-bootstrap",
                "--target",
                &target,
                "--target-dir",
            ])
            .arg(&directory)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            // With `--target` the flag does not apply to build scripts and proc macros, which cannot be static.
            .env("RUSTFLAGS", "-Ctarget-feature=+crt-static")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_DEV_STRIP", "symbols")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .stdin(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "cargo build of the static binary failed, see above");
        directory.join(&target).join("debug/cni-bootstrap")
    })
}
