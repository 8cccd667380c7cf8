//! The real containerds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cni_bootstrap::node::Release;

/// Debian's suites and their releases.
const SUITES: [&str; 3] = ["bookworm", "trixie", "sid"];

pub(crate) struct Containerd {
    pub(crate) binary: PathBuf,
    pub(crate) release: Release,
}

/// All available containerds. They are searched for once, because two tests that fetch at a time would disturb each
/// other.
pub(crate) fn find() -> &'static [Containerd] {
    static FOUND: OnceLock<Vec<Containerd>> = OnceLock::new();
    FOUND.get_or_init(look)
}

fn look() -> Vec<Containerd> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let mut binaries: Vec<PathBuf> = std::env::var("CNI_BOOTSTRAP_TEST_CONTAINERDS")
        .map(|list| list.split(':').map(PathBuf::from).collect())
        .unwrap_or_default();
    if binaries.is_empty() {
        let roots = std::fs::read_dir(target.join("node-roots")).into_iter().flatten().flatten();
        binaries =
            roots.map(|root| root.path().join("usr/bin/containerd")).filter(|path| path.is_file()).collect();
    }
    if binaries.len() < SUITES.len() {
        binaries = SUITES.iter().filter_map(|suite| fetch(suite, &target.join("containerds"))).collect();
    }
    let mut found: Vec<Containerd> = binaries.into_iter().filter_map(ask).collect();
    found.sort_by_key(|containerd| containerd.release);
    found.dedup_by_key(|containerd| containerd.release);
    if found.len() < SUITES.len() {
        eprintln!("SKIPPED: only {} of {} containerd releases could be had", found.len(), SUITES.len());
    }
    found
}

/// `containerd github.com/containerd/containerd 1.6.20~ds1 ...`.
fn ask(binary: PathBuf) -> Option<Containerd> {
    let output = Command::new(&binary).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().nth(2)?;
    let mut numbers =
        version.split(|char: char| !char.is_ascii_digit()).map_while(|number| number.parse().ok());
    let release = Release { major: numbers.next()?, minor: numbers.next()?, patch: numbers.next()? };
    Some(Containerd { binary, release })
}

/// Debian's package from a suite, unpacked, from the mirror in this machine's apt.
fn fetch(suite: &str, into: &Path) -> Option<PathBuf> {
    let root = into.join(suite);
    let binary = root.join("usr/bin/containerd");
    if binary.is_file() {
        return Some(binary);
    }
    let script = r#"
        set -e
        mkdir -p apt/lists/partial apt/cache/archives/partial
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' | head -n 1)
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" > apt/sources.list
        o="-o Dir::Etc::sourcelist=$PWD/apt/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$PWD/apt/lists
           -o Dir::Cache=$PWD/apt/cache -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root -o Acquire::Languages=none"
        apt-get $o -qq update
        apt-get $o -qq download containerd
        dpkg-deb -x containerd_*.deb .
        rm -rf apt containerd_*.deb
    "#;
    std::fs::create_dir_all(&root).ok()?;
    let output = Command::new("sh").args(["-c", script, "fetch", suite]).current_dir(&root).output().ok()?;
    if !output.status.success() {
        eprintln!("SKIPPED: containerd of {suite}: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(binary)
}
