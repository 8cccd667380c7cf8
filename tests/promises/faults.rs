//! An error of the operating system is reported with the path, the operation and a fitting remedy. A file that may
//! not be read ends the run with 10 at once, and never counts as absent.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::process::Command;

use crate::support::{CONF, Ran, Scratch, TUNING, root_or_skip};

/// The system calls that open, write, rename and lock files.
const CALLS: [&str; 11] = [
    "openat2", "openat", "mkdirat", "flock", "write", "fsync", "renameat", "unlinkat", "fchmod", "fchown",
    "fstat",
];
const ERRORS: [&str; 8] = ["ENOSPC", "EROFS", "EACCES", "EDQUOT", "ENAMETOOLONG", "EMFILE", "EIO", "EPERM"];

fn strace_or_skip() -> bool {
    let there = Command::new("strace").arg("-V").output().is_ok_and(|out| out.status.success());
    if !there {
        let words = "\n*** SKIPPED, refusals were not injected: this needs strace ***\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), words.as_bytes());
    }
    there
}

/// The program with one system call failing, the `when`th of its kind. `None` if the run has fewer such calls.
fn refused(call: &str, error: &str, when: u32, uninstall: bool) -> Option<Ran> {
    let scratch = Scratch::ready();
    let binary = format!("helper={}", scratch.plugin_input("helper"));
    let install = ["install", "--plugin", TUNING, "--install-bin", &binary, "--primary-timeout", "1s"];
    let words: &[&str] = if uninstall {
        scratch.run(&install).exits(0);
        &["uninstall", "--owner", "tuning"]
    } else {
        &install
    };
    let log = scratch.inputs().join("trace");
    let inject = format!("inject={call}:error={error}:when={when}");
    let trace = format!("trace={call}");
    let wrapper =
        ["strace", "-f", "-qq", "-e", &trace, "-e", &inject, "-o", log.to_str().unwrap(), "-E", "LC_ALL=C"];
    let ran = Ran::of(scratch.within(&wrapper, words).output().unwrap());
    std::fs::read_to_string(log).unwrap().contains("(INJECTED)").then_some(ran)
}

/// True if the message has a path, and a remedy after the last colon.
fn is_named(last: &str) -> bool {
    let subjects = ["/", "the signal handlers", "the event loop"];
    subjects.iter().any(|subject| last.contains(subject)) && last.contains(": ")
}

#[test]
fn no_refusal_lacks_its_path_or_a_remedy() {
    if !strace_or_skip() {
        return;
    }
    let (mut nameless, mut failures) = (Vec::new(), BTreeMap::<&str, u32>::new());
    for (at, call) in CALLS.into_iter().enumerate() {
        for uninstall in [false, true] {
            // The first call, and later ones with growing distance.
            for when in (2..).map(|step| (1 << step) - 3) {
                let error = ERRORS[(at + when as usize) % ERRORS.len()];
                let Some(ran) = refused(call, error, when, uninstall) else { break };
                // The dynamic loader, or the kernel before the program's first line.
                let Some(last) =
                    ran.stderr.lines().last().and_then(|line| line.strip_prefix("cni-bootstrap: "))
                else {
                    continue;
                };
                if ran.code() == Some(0) {
                    continue;
                }
                *failures.entry(error).or_default() += 1;
                if !is_named(last) || last.contains("os error") {
                    nameless.push(format!("{call} {error} {when}: {last}"));
                }
                if matches!(error, "EACCES" | "EROFS" | "EPERM")
                    && last.contains(" cannot be ")
                    && !last.contains("could not be read")
                {
                    assert_eq!(ran.code(), Some(10), "{call} {error} {when}: {last}");
                }
            }
        }
    }
    let injected: u32 = failures.values().sum();
    assert_eq!(nameless, Vec::<String>::new(), "{} of {injected} ({failures:?})", nameless.len());
    assert!(injected > 20, "{failures:?}");
}

/// The program as root without the capability to read other users' files; its waits have their default length.
fn without_rights(scratch: &Scratch, words: &[&str]) -> Ran {
    let wrapper = [
        "setpriv",
        "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-dac_override,-dac_read_search",
    ];
    Ran::of(scratch.within(&wrapper, words).output().unwrap())
}

#[test]
fn what_may_not_be_read_is_10_at_once() {
    if !root_or_skip("EACCES") {
        return;
    }
    for path in [
        CONF,
        "etc/cni/net.d/10-azure.conflist",
        "var/lib/cni-bootstrap",
        "var/lib/cni-bootstrap/tuning.json",
        "run/cni-bootstrap",
        "run/cni-bootstrap/attempt.json",
    ] {
        let scratch = Scratch::ready();
        scratch.install(&[]).exits(0);
        let scratch = scratch.file("run/cni-bootstrap/attempt.json", "{}");
        let denied = scratch.path(path);
        chown(&denied, Some(65534), Some(65534)).unwrap();
        std::fs::set_permissions(&denied, std::fs::Permissions::from_mode(0o700)).unwrap();
        for words in [&["install", "--plugin", TUNING][..], &["uninstall", "--owner", "tuning"]] {
            // Files in another user's directory are never trusted.
            let (code, why) = if path.ends_with("cni-bootstrap") {
                ("own-directory-untrusted", "belongs to user 65534")
            } else {
                ("access-denied", "permission denied")
            };
            let ran = without_rights(&scratch, words).fails(code);
            let last = ran.last();
            assert!(last.contains(&format!("/{path} ")) && last.contains(why), "{words:?}: {last}");
        }
    }
    let scratch = Scratch::ready();
    let input = scratch.input("plugin.json", TUNING);
    chown(&input, Some(65534), Some(65534)).unwrap();
    std::fs::set_permissions(&input, std::fs::Permissions::from_mode(0o600)).unwrap();
    without_rights(&scratch, &["install", "--plugin", &format!("@{input}")]).fails("access-denied");
}
