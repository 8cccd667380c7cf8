//! One booted node: its commands and its files.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cri::Cri;
use crate::rig::{Release, here, say};

/// containerd's config file on every node.
pub(crate) const CONFIG: &str = "/etc/containerd/config.toml";
/// The CNI configuration directory of every node. It does not exist on a fresh one.
pub(crate) const CONF_DIR: &str = "/etc/cni/net.d";
/// Debian's CNI plugin directory, as in its `config.toml`.
pub(crate) const BIN_DIR: &str = "/usr/lib/cni";

/// The state of unsynced writes after a power cut. Synced writes are kept in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsynced {
    /// They are lost, back to the last write of the file system's journal.
    Lost,
    /// New files and names exist without their bytes: the journal was written, the data was not.
    Empty,
}

/// A booted node. It ends on drop, also after a panic, and also if the test process is killed.
pub(crate) struct Node {
    /// The release on it.
    pub(crate) release: Release,
    name: String,
    boot: Child,
    input: Option<ChildStdin>,
    /// The mounts in boot.sh's own mount namespace.
    top: PathBuf,
    leader: AtomicU32,
}

impl Node {
    /// Boots a node and waits until its containerd answers.
    pub(crate) fn boot(roots: &Path, release: Release) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let keep = std::env::var_os("CNI_BOOTSTRAP_NODE_KEEP").is_some();
        let lifetime = if keep { "kept" } else { "run" };
        let name = format!("{lifetime}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut command = Command::new(here().join("boot.sh"));
        command.arg(roots).args([release.name(), &name]);
        // Ctrl-C goes to the tests, which then end the node.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut boot = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("boot.sh");
        let mut line = String::new();
        BufReader::new(boot.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let leader = line.trim().parse().unwrap_or_else(|_| panic!("boot.sh did not boot a node: {line:?}"));
        let input = boot.stdin.take();
        let node =
            Self { release, name, boot, input, top: roots.join("mnt"), leader: AtomicU32::new(leader) };
        node.wait_for("containerd to answer", || node.cri().status().map(|_| ()));
        node.sh("ctr -n k8s.io images import /root/pause.tar");
        node.sync();
        if let Some(given) = std::env::var_os("CNI_BOOTSTRAP_NODE_CONTAINERD") {
            static TOLD: Once = Once::new();
            let version = node.sh("containerd --version");
            TOLD.call_once(|| say(&format!("the nodes have {} of {}", version.trim(), given.display())));
        }
        node
    }

    /// The PID of its PID 1 on this machine.
    fn leader(&self) -> u32 {
        self.leader.load(Ordering::Relaxed)
    }

    /// Reboots the node and waits until its containerd answers. Memory is lost; `/etc`, `/var` and `/usr` stay.
    pub(crate) fn reboot(&self) {
        self.sync();
        self.boot_again(|_| drop(self.try_sh("systemctl reboot")));
        self.wait_for("containerd to answer after a reboot", || self.cri().status().map(|_| ()));
    }

    /// Cuts the node's power: the disk accepts no more writes, every process ends at once, and memory is lost. The
    /// node is booted again from the disk. The test checks if its containerd comes up.
    pub(crate) fn power_cut(&self, unsynced: Unsynced) {
        // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH or EXT4_GOING_FLAGS_LOGFLUSH (fs/ext4/ext4.h): every
        // later access to the disk is an error, and the page cache is never written.
        let how = match unsynced {
            Unsynced::Lost => 2,
            Unsynced::Empty => 1,
        };
        let shut_down = format!(
            r#"open(ROOT, "<", "/") or die $!; my $how = pack("L", {how}); ioctl(ROOT, 0x8004587d, $how) or die $!"#
        );
        self.boot_again(|leader| {
            std::fs::write(self.mounts(leader).join("power-cut"), "").unwrap();
            let out = self.command("perl").args(["-e", &shut_down]).output().unwrap();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            let killed = Command::new("kill").args(["-KILL", &leader.to_string()]).status().unwrap();
            assert!(killed.success());
        });
        self.wait_for("systemd after the power cut", || {
            let out = self.try_sh("systemctl list-units containerd.service");
            if out.status.success() { Ok(()) } else { Err(format!("{out:?}")) }
        });
    }

    /// The directory of boot.sh's mounts, as seen from here.
    fn mounts(&self, leader: u32) -> PathBuf {
        let boot = parent_of(leader).and_then(parent_of).expect("boot.sh's loop");
        PathBuf::from(format!("/proc/{boot}/root{}", self.top.display()))
    }

    /// The directory of everything below `/usr` that differs from the cached root.
    pub(crate) fn upper(&self) -> PathBuf {
        self.mounts(self.leader()).join("disk/upper")
    }

    /// Ends the node and waits for its next PID 1.
    fn boot_again(&self, end: impl FnOnce(u32)) {
        let before = self.leader();
        let loop_of_nspawn = parent_of(before).and_then(parent_of).expect("boot.sh's loop");
        end(before);
        let leader = self.wait_for("the node to be up again", || {
            let grandchildren = children_of(loop_of_nspawn).into_iter().flat_map(children_of);
            let mut inits = grandchildren.filter(|pid| *pid != before && is_systemd(*pid));
            inits.next().ok_or_else(|| "no new PID 1".to_owned())
        });
        self.leader.store(leader, Ordering::Relaxed);
        // Like boot.sh: systemd-nspawn leaves the controllers of cgroup v1 read-only.
        let _ = self.try_sh(
            "for c in pids blkio memory devices cpuacct cpu cpuset freezer; do
                if [ -d /sys/fs/cgroup/$c ]; then mount -o remount,rw,bind /sys/fs/cgroup/$c; fi; done",
        );
    }

    /// A command inside the node, in all its namespaces, like a command on the host of a cluster.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .args(["-t", &self.leader().to_string(), "-a", "--", program])
            .stdin(Stdio::null());
        command
    }

    /// Runs a shell line in the node. Returns its output for any exit code.
    pub(crate) fn try_sh(&self, line: &str) -> Output {
        self.command("/bin/sh").args(["-c", line]).output().expect("nsenter")
    }

    /// Runs a shell line in the node, which must succeed. Returns its standard output.
    pub(crate) fn sh(&self, line: &str) -> String {
        let out = self.try_sh(line);
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "on the node: {line}\n{:?}\n{stderr}", out.status);
        String::from_utf8(out.stdout).unwrap()
    }

    /// Syncs the node's disk only: a plain `sync` would sync every file system of the machine.
    pub(crate) fn sync(&self) {
        self.sh("sync --file-system /");
    }

    /// The path on this machine of a path on the node. Not for paths with absolute symlinks.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.leader()))
    }

    /// The bytes of a file of the node.
    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.path(path)).unwrap_or_else(|e| panic!("{path} on the node: {e}"))
    }

    /// Writes a file directly to its name, and creates its parents.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let seen = self.path(path);
        std::fs::create_dir_all(seen.parent().unwrap()).unwrap();
        std::fs::write(seen, bytes).unwrap();
    }

    /// True if the name exists, also as a dangling link.
    pub(crate) fn has(&self, path: &str) -> bool {
        std::fs::symlink_metadata(self.path(path)).is_ok()
    }

    /// The client of the node's container runtime.
    pub(crate) fn cri(&self) -> Cri {
        Cri::at(self.path("/run/containerd/containerd.sock"))
    }

    /// Repeats `ask` until it succeeds. Panics with the last error after a minute.
    pub(crate) fn wait_for<T>(&self, what: &str, mut ask: impl FnMut() -> Result<T, String>) -> T {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match ask() {
                Ok(answer) => return answer,
                Err(why) if Instant::now() > deadline => {
                    panic!("{}: waited for {what}: {why}", self.release.name())
                }
                Err(_) => sleep(Duration::from_millis(20)),
            }
        }
    }
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}

fn children_of(pid: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn is_systemd(pid: u32) -> bool {
    std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.ends_with("systemd"))
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let journal = self.try_sh("journalctl -q --no-pager -n 40 -u containerd");
            say(&format!("{}: the end of containerd's journal:", self.name));
            say(&String::from_utf8_lossy(&journal.stdout));
        }
        if self.name.starts_with("kept-") {
            say(&format!("{} is kept; enter it with: nsenter -t {} -a bash", self.name, self.leader()));
            say(&format!("end it with: tests/node/boot.sh --end {}", self.name));
            return;
        }
        drop(self.input.take());
        let _ = self.boot.wait();
    }
}
