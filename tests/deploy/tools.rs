//! The tools, fetched by `tools.sh` for the first test that needs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::rig::say;

/// The top of this repository.
pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The directory of the tools; `None`, with a printed line, if they are not available.
pub(crate) fn tools() -> Option<&'static Path> {
    static TOOLS: OnceLock<Option<PathBuf>> = OnceLock::new();
    TOOLS
        .get_or_init(|| {
            let made = Command::new(top().join("tests/deploy/tools.sh"))
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .output()
                .expect("tools.sh");
            match made.status.code() {
                Some(0) => Some(PathBuf::from(String::from_utf8_lossy(&made.stdout).trim_end())),
                Some(77) => {
                    skip("this machine cannot have the tools (tools.sh says why, above)");
                    None
                }
                other => panic!("tools.sh failed: {other:?}"),
            }
        })
        .as_deref()
}

/// Prints that something was not tested; fails if that is required.
pub(crate) fn skip(why: &str) {
    assert!(
        std::env::var("CNI_BOOTSTRAP_DEPLOY").as_deref() != Ok("required"),
        "CNI_BOOTSTRAP_DEPLOY=required: {why}"
    );
    say(&format!("SKIPPED, NOT TESTED: {why}"));
}

/// Runs a program to its end.
pub(crate) fn run(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Output {
    let program = program.as_ref();
    Command::new(program)
        .args(args)
        .current_dir(top())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

/// The standard output of a program, which must succeed.
pub(crate) fn good(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> String {
    let out = run(program, args);
    assert!(out.status.success(), "{args:?}: {}{}", words(&out.stdout), words(&out.stderr));
    words(&out.stdout)
}

/// Bytes as text.
pub(crate) fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads YAML, many documents, by `PyYAML`.
pub(crate) fn yaml(tools: &Path, text: &str) -> Vec<serde_json::Value> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let script =
        "import sys,yaml,json;print(json.dumps([d for d in yaml.safe_load_all(open(sys.argv[1])) if d]))";
    let json = good(tools.join("python/bin/python"), &["-c", script, file.path().to_str().unwrap()]);
    serde_json::from_str(&json).unwrap()
}
