//! A scratch host root, and the program run on it as a person would.

mod ran;
mod stamps;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub(crate) use ran::Ran;
pub(crate) use stamps::Stamps;

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cni-bootstrap");
pub(crate) const CONF: &str = "etc/cni/net.d";
pub(crate) const BIN: &str = "opt/cni/bin";
pub(crate) const RECORDS: &str = "var/lib/cni-bootstrap";
/// The files of the primary and of the chain.
pub(crate) const AZURE: &str = "10-azure.conflist";
pub(crate) const CHAIN: &str = "05-tuning.conflist";

/// A primary of Azure's installer.
pub(crate) const PRIMARY: &str = r#"{
   "cniVersion":"0.3.0",
   "name":"azure",
   "plugins":[
      {
         "type":"azure-vnet",
         "mode":"transparent",
         "ipam":{
            "type":"azure-vnet-ipam"
         }
      },
      {
         "type":"portmap",
         "capabilities":{
            "portMappings":true
         },
         "snat":true
      }
   ]
}
"#;
/// The plugin that the tests chain.
pub(crate) const TUNING: &str = r#"{"type":"tuning","sysctl":{"net.core.somaxconn":"500"}}"#;

/// A scratch host root, and beside it a directory of inputs.
pub(crate) struct Scratch {
    dir: TempDir,
}

impl Scratch {
    /// A host with the directories of a node, all empty.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["host/etc/cni/net.d", "host/opt/cni/bin", "host/var/lib", "host/run", "in"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        Self { dir }
    }

    /// A host on which an install does not wait.
    pub(crate) fn ready() -> Self {
        Self::new().primary(PRIMARY).plugins(&["azure-vnet", "portmap", "tuning"])
    }

    /// The host's root.
    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("host")
    }

    /// A path below the host's root.
    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root().join(below)
    }

    /// The file of the chain.
    pub(crate) fn chain(&self) -> PathBuf {
        self.path(CONF).join(CHAIN)
    }

    pub(crate) fn record(&self) -> PathBuf {
        self.path(RECORDS).join("tuning.json")
    }

    /// The directory of inputs, outside the host.
    pub(crate) fn inputs(&self) -> PathBuf {
        self.dir.path().join("in")
    }

    /// Writes an input file. Returns its path.
    pub(crate) fn input(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.inputs().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Writes the test plugin as an input with this name. Returns its path.
    pub(crate) fn plugin_input(&self, name: &str) -> String {
        let path = self.inputs().join(name);
        copy(plugin(), &path);
        path.to_str().unwrap().to_owned()
    }

    /// Writes the primary under its usual name.
    pub(crate) fn primary(self, bytes: impl AsRef<[u8]>) -> Self {
        self.conf(AZURE, bytes)
    }

    /// Writes a file of the conf dir.
    pub(crate) fn conf(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = Path::new(CONF).join(name);
        self.file(path, bytes)
    }

    /// Writes a file of the host.
    pub(crate) fn file(self, below: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Adds plugins to the host that can be executed.
    pub(crate) fn plugins(self, names: &[&str]) -> Self {
        for name in names {
            copy(plugin(), &self.path(BIN).join(name));
        }
        self
    }

    /// Runs `install` of the tuning plugin to its end, files only, with more options.
    pub(crate) fn install(&self, more: &[&str]) -> Ran {
        self.run(&[&["install", "--plugin", TUNING], more].concat())
    }

    /// Runs `uninstall` of the tuning plugin.
    pub(crate) fn uninstall(&self) -> Ran {
        self.run(&["uninstall", "--owner", "tuning"])
    }

    /// Runs the program with these arguments on this host, files only.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::of(self.command(words).output().unwrap())
    }

    /// Starts the program like [`Scratch::run`].
    pub(crate) fn start(&self, words: &[&str]) -> Running {
        Running::start(&mut self.command(words))
    }

    /// Starts `install`.
    pub(crate) fn start_install(&self, more: &[&str]) -> Running {
        self.start(&[&["install", "--plugin", TUNING], more].concat())
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(self.words(words));
        command
    }

    /// The program, run through another one, such as `unshare`.
    pub(crate) fn within(&self, wrapper: &[&str], words: &[&str]) -> Command {
        let mut command = Command::new(wrapper[0]);
        command.args(&wrapper[1..]).arg(PROGRAM).args(self.words(words));
        command
    }

    fn words(&self, words: &[&str]) -> Vec<String> {
        let root = self.root().to_str().unwrap().to_owned();
        let common = ["--host-root", &root, "--runtime", "none", "--output", "json", "--log-format", "text"];
        let (verb, rest) = words.split_first().unwrap();
        [verb].into_iter().chain(&common).chain(rest).map(|word| (*word).to_owned()).collect()
    }

    /// The names in a directory of the host, in any order.
    pub(crate) fn names(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(below)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The texts of the files in a directory of the host, by name.
    pub(crate) fn texts(&self, below: &str) -> BTreeMap<String, String> {
        let text = |name: String| (name.clone(), fs::read_to_string(self.path(below).join(name)).unwrap());
        self.names(below).into_iter().map(text).collect()
    }

    /// The bytes of the published chain.
    pub(crate) fn chained(&self) -> String {
        fs::read_to_string(self.chain()).unwrap()
    }

    pub(crate) fn stamps(&self) -> Stamps {
        Stamps::of(&self.root())
    }
}

/// A running program. It is killed on drop.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Waits for the end of the run.
    pub(crate) fn end(mut self) -> Ran {
        let stdout = std::io::read_to_string(self.0.stdout.take().unwrap());
        let stderr = std::io::read_to_string(self.0.stderr.take().unwrap());
        Ran::new(self.0.wait().unwrap(), stdout.unwrap(), stderr.unwrap())
    }

    /// Reads the log up to the line with these words.
    pub(crate) fn until(mut self, words: &str) -> Self {
        let stderr = self.0.stderr.as_mut().unwrap();
        let (mut line, mut byte) = (Vec::new(), [0]);
        while stderr.read(&mut byte).unwrap() == 1 {
            line.push(byte[0]);
            if byte[0] == b'\n' {
                if String::from_utf8_lossy(&line).contains(words) {
                    return self;
                }
                line.clear();
            }
        }
        panic!("it ended and never said {words:?}");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The test plugin, compiled once.
pub(crate) fn plugin() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (source, built) =
            (concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/plugin.rs"), dir.join("test-plugin"));
        let half = dir.join(format!("test-plugin-{}", std::process::id()));
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let options = ["-Ctarget-feature=+crt-static", "-Copt-level=s", "-Cstrip=symbols", "-Cpanic=abort"];
        let status = Command::new(rustc).args(options).args([source, "-o"]).arg(&half).status().unwrap();
        assert!(status.success(), "the test plugin does not compile");
        fs::rename(half, &built).unwrap();
        built
    })
}

/// `cp` copies the file in another process. If this process had it open for writing, a child of another test could
/// inherit the descriptor, and the file could not be executed (`ETXTBSY`).
fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").args([from, to]).status().unwrap().success());
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
}

/// True if a test that needs root can run; prints a line if it cannot.
pub(crate) fn root_or_skip(what: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        // Written to the descriptor, because the test harness would capture it.
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("\n*** SKIPPED, {what} was not tried: this needs root ***\n").as_bytes(),
        );
    }
    root
}

/// Waits until `holds` is true, or fails the test.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("never: {what}");
}
