//! One containerd, started on its own root (`start.sh`), and the result.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use cni_bootstrap::host::cri::{self, CriError};
use cni_bootstrap::node::Release;

/// An available release, by the Debian release that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    V1_6,
    V1_7,
    V2_1,
}

impl Version {
    pub(crate) const ALL: [Self; 3] = [Self::V1_6, Self::V1_7, Self::V2_1];

    pub(crate) fn named(text: &str) -> Self {
        *Self::ALL.iter().find(|version| version.name() == text).unwrap()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
            Self::V2_1 => "2.1",
        }
    }

    fn suite(self) -> &'static str {
        match self {
            Self::V1_6 => "bookworm",
            Self::V1_7 => "trixie",
            Self::V2_1 => "sid",
        }
    }

    /// The release in the cached root.
    pub(crate) fn release(self, roots: &Path) -> Release {
        let binary = roots.join(self.suite()).join("usr/bin/containerd");
        let said = Command::new(binary).arg("--version").output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        Release::parse(said.split_whitespace().nth(2).unwrap()).unwrap()
    }
}

/// The result of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// CRI answers, and continues to answer.
    ComesUp,
    /// The daemon runs without CRI.
    WithoutCri,
    /// The daemon ended.
    ParseExit,
}

/// A root with the files of a row. containerd is not started yet.
pub(crate) struct Prepared {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// The process that becomes containerd.
    pid: String,
}

impl Prepared {
    pub(crate) fn new(roots: &Path, version: Version, files: &Path, log: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/defects/start.sh");
        let mut child = Command::new(script)
            .args([roots.as_os_str(), version.suite().as_ref(), files.as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "{}", std::fs::read_to_string(log).unwrap());
        let pid = child.id();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        Self { child, stdout, pid: children.trim().to_owned() }
    }

    /// The path of the root on this machine, before the start.
    pub(crate) fn root(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/cwd", self.pid))
    }

    /// Starts containerd, which serves at `socket` by its config. Returns true if `config dump` accepted the config,
    /// and the result.
    pub(crate) fn start(mut self, socket: &str) -> (bool, Outcome) {
        self.child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let accepted = match line.as_str() {
            "dump accepted\n" => true,
            "dump refused\n" => false,
            other => panic!("{other:?}"),
        };
        let socket = PathBuf::from(format!("/proc/{}/root{socket}", self.pid));
        let outcome = self.wait(&socket);
        (accepted, outcome)
    }

    fn wait(&mut self, socket: &Path) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = runtime.block_on(cri::status(socket, Duration::from_secs(10)));
            if self.has_ended() {
                return Outcome::ParseExit;
            }
            match answer {
                Ok(_) => return self.hold(socket, &runtime),
                Err(CriError::Unimplemented { .. }) => return Outcome::WithoutCri,
                Err(error) => {
                    assert!(Instant::now() < deadline, "neither up nor down after a minute: {error}");
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// CRI's streaming server and NRI start at the same time as the first answers, and their failure ends the daemon.
    fn hold(&mut self, socket: &Path, runtime: &tokio::runtime::Runtime) -> Outcome {
        let until = Instant::now() + Duration::from_millis(500);
        while Instant::now() < until {
            if self.has_ended() {
                return Outcome::ParseExit;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        match runtime.block_on(cri::status(socket, Duration::from_secs(10))) {
            Ok(_) => Outcome::ComesUp,
            Err(_) => Outcome::ParseExit,
        }
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
