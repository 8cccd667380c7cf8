//! A run with nothing to do asks no plugin: the published chain shows that its binaries were checked.

use std::path::Path;
use std::process::{Command, Stdio};

use cni_bootstrap::cli;
use cni_bootstrap::host::Root;
use cni_bootstrap::node::{Answers, Moment, Node, Question};
use cni_bootstrap::observe::{Scope, look};
use cni_bootstrap::plan::{Decision, History, plan, resolve};

const PRIMARY: &str = r#"{"cniVersion":"0.4.0","name":"net","plugins":[{"type":"bridge"}]}"#;

/// A complete program for `x86_64` that is killed at its first step, so it does not answer here: a warning for root
/// and for other users.
const KILLED: &[u8] = include_bytes!("support/killed.elf");

/// A host root after a successful `install`.
fn installed() -> tempfile::TempDir {
    let host = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("etc/cni/net.d/10-net.conflist", PRIMARY.as_bytes()),
        ("opt/cni/bin/bridge", KILLED),
        ("opt/cni/bin/tuning", KILLED),
    ] {
        write(host.path(), path, text);
    }
    let install = Command::new(env!("CARGO_BIN_EXE_cni-bootstrap"))
        .args(&arguments(host.path())[1..])
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert!(install.status.success(), "{}", String::from_utf8_lossy(&install.stderr));
    host
}

fn write(host: &Path, path: &str, text: impl AsRef<[u8]>) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = host.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn arguments(host: &Path) -> Vec<String> {
    let words =
        ["cni-bootstrap", "install", "--runtime", "none", "--plugin", r#"{"type":"tuning"}"#, "--host-root"];
    words.into_iter().map(str::to_owned).chain([host.display().to_string()]).collect()
}

/// The decision after the first observation of a new run.
fn first_thought(host: &Path) -> Decision {
    let request = cli::parse(arguments(host).into_iter().map(Into::into)).unwrap();
    let cli::Job::Reconcile(job) = request.job else { panic!("install is not a job of the loop") };
    let settings = job.settings;
    let root = Root::open(host).unwrap();
    let scope = Scope::of(&settings, &Answers::default());
    let node = look(&root, &settings, &scope, Node::default());
    let desired = resolve(&settings, &node).unwrap();
    plan(&node, &settings, &desired, &History::new(Moment::default()), Moment::default())
}

#[test]
fn a_chain_that_is_published_asks_no_plugin_again() {
    let host = installed();
    let Decision::Plan(plan) = first_thought(host.path()) else { panic!("something is asked") };
    assert_eq!(plan.steps, []);
}

#[test]
fn a_primary_of_another_version_has_the_binary_asked() {
    let host = installed();
    write(host.path(), "etc/cni/net.d/10-net.conflist", PRIMARY.replace("0.4.0", "1.0.0"));
    let Decision::NeedsAnswers(questions) = first_thought(host.path()) else { panic!("nothing is asked") };
    assert!(matches!(&questions[..], [Question::Version(_)]), "{questions:?}");
}
