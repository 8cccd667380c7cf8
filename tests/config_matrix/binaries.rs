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
    let roots = std::fs::read_dir(target.join("node-roots")).into_iter().flatten().flatten();
    let mut binaries: Vec<PathBuf> =
        roots.map(|root| root.path().join("usr/bin/containerd")).filter(|path| path.is_file()).collect();
    if binaries.len() < SUITES.len() {
        binaries = SUITES.iter().filter_map(|suite| fetch(suite, &target.join("containerds"))).collect();
    }
    let given = std::env::var("CNI_BOOTSTRAP_CONTAINERD").unwrap_or_default();
    let given: Vec<PathBuf> = given.split_whitespace().map(|dir| program_in(Path::new(dir))).collect();
    let expected = SUITES.len() + given.len();
    let mut found: Vec<Containerd> = binaries.into_iter().chain(given).filter_map(ask).collect();
    if found.len() < expected {
        eprintln!("SKIPPED, NOT TESTED: {} of {expected} containerd releases", expected - found.len());
    }
    found.sort_by_key(|containerd| containerd.release);
    found.dedup_by_key(|containerd| containerd.release);
    found
}

/// containerd's program in a directory of `CNI_BOOTSTRAP_CONTAINERD`: as in its release archive, as on a host, or alone.
fn program_in(dir: &Path) -> PathBuf {
    let places = ["bin/containerd", "usr/bin/containerd", "containerd"];
    let found = places.iter().map(|place| dir.join(place)).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("CNI_BOOTSTRAP_CONTAINERD: {} has no {}", dir.display(), places.join(" or "))
    })
}

/// `containerd github.com/containerd/containerd 1.6.20~ds1 ...`.
fn ask(binary: PathBuf) -> Option<Containerd> {
    let output = Command::new(&binary).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    match text.as_deref().map(|text| text.split_whitespace().nth(2).and_then(Release::parse)) {
        Ok(Some(release)) => Some(Containerd { binary, release }),
        other => {
            eprintln!("{} --version: {other:?}, {text:?}", binary.display());
            None
        }
    }
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
        eprintln!("containerd of {suite} could not be had: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(binary)
}

#[test]
fn the_release_of_a_given_directory_is_read_as_containerd_spells_it() {
    for (version, release) in
        [("v2.3.4", (2, 3, 4)), ("1.6.20~ds1", (1, 6, 20)), ("v2.4.0-rc.1-12-gabc", (2, 4, 0))]
    {
        let dir = tempfile::tempdir().unwrap();
        // Another process writes it: a descriptor of this one could be inherited by a child of another test, and the
        // file could not be executed ("Text file busy").
        let write = r#"mkdir bin; printf '#!/bin/sh\necho containerd example.com/containerd %s 0123\n' "$1" >bin/containerd
            chmod 0755 bin/containerd"#;
        let written =
            Command::new("sh").args(["-ec", write, "sh", version]).current_dir(&dir).status().unwrap();
        assert!(written.success());
        let found = ask(program_in(dir.path())).unwrap().release;
        assert_eq!((found.major, found.minor, found.patch), release, "{version}");
    }
}
