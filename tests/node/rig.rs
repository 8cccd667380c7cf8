//! The surroundings of a node: the cached roots, the limit of nodes at a time, and the removal of nodes of killed
//! runs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Condvar, Mutex, OnceLock};
use std::time::Instant;

use crate::node::Node;

#[path = "pool.rs"]
mod pool;

/// The kind of node: the Debian release, and with it containerd's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// Debian 12, containerd 1.6.
    Bookworm,
    /// Debian 13, containerd 1.7.
    Trixie,
    /// Debian 13 with containerd 2.1 or later from sid.
    Sid,
}

impl Release {
    /// The name for `boot.sh`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
            Self::Sid => "sid",
        }
    }
}

/// Prints a line during the tests: libtest does not capture the descriptor.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "node: {line}");
}

/// Runs a scenario on a freshly booted node, or prints why it cannot.
pub(crate) fn on(release: Release, title: &str, scenario: fn(&Node)) {
    let Some(roots) = roots_or_skip(release, title) else { return };
    let place = Place::take();
    let began = Instant::now();
    let node = Node::boot(roots, release);
    let booted = began.elapsed();
    scenario(&node);
    tell(release, title, began, &format!("{:.1} s of it to boot", booted.as_secs_f32()));
    drop(node);
    drop(place);
}

/// Runs a scenario on a node that is as it was after its boot, or prints why it cannot: if another scenario left one, on
/// that one.
pub(crate) fn on_shared(release: Release, title: &str, scenario: fn(&Node)) {
    let Some(roots) = roots_or_skip(release, title) else { return };
    let place = Place::take();
    let began = Instant::now();
    let taken = pool::take(release);
    let how = if taken.is_some() { "on a node that was there" } else { "on a new node" };
    let (node, beginning) = taken.unwrap_or_else(|| {
        let node = Node::boot(roots, release);
        let beginning = pool::beginning(&node);
        (node, beginning)
    });
    scenario(&node);
    tell(release, title, began, how);
    if let Some(differs) = pool::give_back(node, beginning) {
        say(&format!("{} {title}: the node is not used again: {differs}", release.name()));
    }
    drop(place);
}

fn tell(release: Release, title: &str, began: Instant, how: &str) {
    say(&format!("{} {title}: {:.1} s, {how}", release.name(), began.elapsed().as_secs_f32()));
}

fn roots_or_skip(release: Release, title: &str) -> Option<&'static Path> {
    match roots() {
        Ok(roots) => Some(roots),
        Err(why) => {
            assert!(
                std::env::var("CNI_BOOTSTRAP_NODE").as_deref() != Ok("required"),
                "CNI_BOOTSTRAP_NODE=required, but there can be no node here: {why}"
            );
            say(&format!("SKIPPED, NOT TESTED: {title} on {}: {why}", release.name()));
            None
        }
    }
}

/// The directory of these tests.
pub(crate) fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node")
}

/// The cached roots, made by the first test that needs them, or the reason why this machine cannot have them.
fn roots() -> Result<&'static Path, &'static str> {
    static ROOTS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    ROOTS.get_or_init(make_roots).as_deref().map_err(String::as_str)
}

fn make_roots() -> Result<PathBuf, String> {
    // Progress is printed directly; captured output would hide minutes of work.
    let made = Command::new(here().join("roots.sh"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("tests/node/roots.sh cannot be run: {e}"))?;
    match made.status.code() {
        Some(0) => {
            sweep();
            Ok(PathBuf::from(String::from_utf8_lossy(&made.stdout).trim_end()))
        }
        Some(77) => Err("this machine cannot have one (roots.sh says why, above)".to_owned()),
        other => panic!("tests/node/roots.sh failed: {other:?}"),
    }
}

/// Ends the nodes of test runs that were killed together with their `boot.sh`, except kept nodes.
fn sweep() {
    let Ok(hierarchies) = std::fs::read_dir("/sys/fs/cgroup") else { return };
    let trees = hierarchies.flatten().map(|h| h.path()).chain([PathBuf::from("/sys/fs/cgroup")]);
    let mut dead: Vec<String> = trees
        .filter_map(|tree| std::fs::read_dir(tree).ok())
        .flat_map(Iterator::flatten)
        .filter_map(|e| e.file_name().to_str()?.strip_prefix("cni-bootstrap-node-").map(str::to_owned))
        .filter(|name| owner(name).is_some_and(|pid| !Path::new("/proc").join(pid).exists()))
        .collect();
    dead.sort();
    dead.dedup();
    for name in dead {
        say(&format!("sweeping node {name}, left by a run that was killed"));
        let _ = Command::new(here().join("boot.sh")).args(["--end", &name]).status();
    }
}

/// The process that owns the node, by the node's name `run-PID-N`.
fn owner(name: &str) -> Option<&str> {
    name.strip_prefix("run-")?.split('-').next()
}

/// A slot for a node at work: two for each processor, since most of a scenario is waiting for systemd and containerd.
struct Place;

static TAKEN: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

impl Place {
    fn take() -> Self {
        let places = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4) * 2;
        let mut taken = TAKEN.0.lock().unwrap();
        while *taken >= places {
            taken = TAKEN.1.wait(taken).unwrap();
        }
        *taken += 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *TAKEN.0.lock().unwrap() -= 1;
        TAKEN.1.notify_one();
    }
}
