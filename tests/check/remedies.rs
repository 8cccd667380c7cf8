//! Each remedy is run on the damaged node, as it is printed: its finding goes, and nothing new comes. The table says of
//! each code how, and of those whose remedy cannot be run, why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use cni_bootstrap::diagnose::CODES;
use cni_bootstrap::report::Located;

use crate::check::damaged;
use crate::check::tree::Tree;

/// How the remedy of a code is shown to work.
#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    /// It is run on a copy of the node, or on the files of one that runs.
    Run,
    /// Only a real node shows it: the test in `tests/node` that pastes it.
    Node(&'static str),
    /// Its commands ask the cluster, or delete a pod of it: no cluster is here.
    Cluster,
    /// Its commands only look: what is missing, only a person or the vendor's own installer has.
    Looks,
    /// It needs what this machine does not have.
    Unavailable(&'static str),
    /// It has no command.
    Nothing,
}
use How::{Cluster, Looks, Node, Nothing, Run, Unavailable};

const HOW: &[(&str, How)] = &[
    ("addresses-exhausted", Run),
    ("cached-result-empty", Run),
    ("chain-altered", Run),
    ("chain-missing", Run),
    ("chain-not-loaded", Node("a_file_that_was_moved_in_is_not_loaded")),
    ("chain-shadowed", Run),
    ("chain-stale", Run),
    ("cgroup-driver-mismatch", Run),
    ("cni-version-unsupported", Run),
    ("conf-dir-crowded", Looks),
    ("conf-dir-elsewhere", Run),
    ("conf-dir-empty", Cluster),
    ("conf-dir-missing", Run),
    ("conf-dir-replaced", Node("a_replaced_conf_dir_is_told")),
    ("conf-dir-unreadable", Looks),
    ("conf-file-empty", Cluster),
    ("conf-file-hidden", Run),
    ("conf-file-invalid", Run),
    ("conf-file-invalid-later", Run),
    ("conf-file-json", Run),
    ("conf-file-link", Run),
    ("conf-file-mode", Run),
    ("conf-file-shadowed", Cluster),
    ("conf-file-twice", Run),
    ("conf-file-unnoticed", Run),
    ("conf-file-unreadable", Looks),
    ("conf-leftover", Run),
    ("conf-link-dangles", Run),
    ("conf-list-in-conf", Run),
    ("conf-not-loaded", Node("a_list_that_was_moved_in_after_the_start_is_not_loaded")),
    ("conf-package-default", Run),
    ("conf-put-aside", Run),
    ("conf-subdirectory", Looks),
    ("conf-taken-away", Run),
    ("conf-template-bare", Run),
    ("conf-template-invalid", Looks),
    ("conf-template-missing", Run),
    ("config-unverified", Node("a_dead_runtime_is_judged_by_its_own_release")),
    ("cri-disabled", Run),
    ("default-runtime-missing", Run),
    ("foreign-owner", Unavailable("a second user, where the tests are not root")),
    ("kubelet-config-unreadable", Looks),
    ("kubelet-runtime-versions", Looks),
    ("network-file-invalid", Run),
    ("network-load-failed", Node("a_file_that_was_moved_in_is_not_loaded")),
    ("network-name-invalid", Run),
    ("network-not-ready", Looks),
    ("plugin-cni-version", Looks),
    ("plugin-damaged", Run),
    ("plugin-elsewhere", Run),
    ("plugin-file-missing", Cluster),
    ("plugin-interpreter-missing", Run),
    ("plugin-missing", Looks),
    ("plugin-no-version", Looks),
    ("plugin-not-executable", Run),
    ("plugin-on-noexec-mount", Looks),
    ("plugin-runs-twice", Run),
    ("plugin-wrong-architecture", Looks),
    ("pods-older-than-chain", Cluster),
    ("record-unreadable", Looks),
    ("restart-rolled-back", Looks),
    ("runtime-binary-missing", Run),
    ("runtime-config-elsewhere", Nothing),
    ("runtime-config-overridden", Looks),
    ("runtime-config-refused", Run),
    ("runtime-deprecation", Looks),
    ("runtime-drop-in-unread", Run),
    ("runtime-import-missing", Run),
    ("runtime-keys-ignored", Looks),
    ("runtime-needs-restart", Node("values_older_than_the_file_need_a_restart")),
    ("runtime-not-running", Looks),
    ("runtime-shim-missing", Run),
    ("runtime-type-unusable", Run),
    ("runtime-unit-masked", Node("a_masked_unit_is_the_cause_and_not_a_silent_socket")),
    ("runtime-values-lost", Looks),
    ("runtime-will-not-come-up", Run),
    ("sandbox-image-invalid", Run),
    ("sandbox-image-lost", Looks),
    ("selinux-label", Unavailable("SELinux")),
    ("several-networks", Run),
    ("several-networks-possible", Run),
    ("token-expired", Cluster),
    ("token-expires-soon", Cluster),
    ("world-writable", Run),
];

/// What a node has after a damaged file was put aside, or its directory was made: the network's own pod must write
/// anew. And a file that loads under its new name is the one that counts, before others.
const NEXT: [&str; 4] = ["conf-dir-empty", "conf-dir-elsewhere", "conf-file-shadowed", "plugin-missing"];
/// What the report of a runtime says that was not asked again after the files changed.
const OLDER_REPORT: [&str; 2] = ["conf-not-loaded", "runtime-needs-restart"];

#[test]
fn a_remedy_run_as_printed_mends_the_node() {
    let how: BTreeMap<&str, How> = HOW.iter().copied().collect();
    let (mut wrong, mut ran) = (Vec::new(), BTreeSet::new());
    for (at, (_, make)) in damaged().enumerate() {
        let tree = make();
        let before: BTreeSet<&str> = codes(&found(&tree));
        for located in found(&tree) {
            let code = located.finding.code;
            let tree = make();
            let Some(same) = found(&tree).into_iter().find(|other| other.finding.code == code) else {
                continue;
            };
            let commands = changes(&tree, &same.finding.remedy);
            if commands.is_empty() || how.get(code) != Some(&Run) {
                continue;
            }
            // What a test puts into the observed node is not in the tree.
            assert!(tree.seen.is_none(), "{code}");
            let out = run(&commands);
            let after = found(&tree);
            let is_left = after.iter().any(|other| other.finding == same.finding);
            let is_new = |code: &&str| {
                let is_expected = NEXT.contains(code) || tree.is_live() && OLDER_REPORT.contains(code);
                !before.contains(code) && !is_expected
            };
            let new: Vec<&str> = codes(&after).into_iter().filter(is_new).collect();
            ran.insert(code);
            if !out.status.success() || is_left || !new.is_empty() {
                wrong.push(format!(
                    "node {at}, {code}: left {is_left}, new {new:?} after {commands:#?}\n{out:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    let all: BTreeSet<&str> = HOW.iter().filter(|(_, how)| *how == Run).map(|(code, _)| *code).collect();
    assert_eq!(ran, all);
}

/// The commands that change a file are run above, or on a real node; all others are of the kind that the table says.
#[test]
fn what_is_not_run_is_of_the_kind_that_the_table_says() {
    let how: BTreeMap<&str, How> = HOW.iter().copied().collect();
    for (_, make) in damaged() {
        let tree = make();
        for located in found(&tree) {
            let finding = located.finding;
            let lines =
                finding.remedy.lines().map(|line| line.strip_prefix("# for the node: ").unwrap_or(line));
            let mut commands = lines.filter(|line| !line.starts_with('#') && !line.is_empty());
            let looks = |line: &str| LOOKS.iter().any(|command| line.starts_with(command));
            let evicts = |line: &str| line.starts_with("printf ") && line.contains(" | kubectl ");
            let asks = |line: &str| line.starts_with("kubectl ") || line.starts_with("helm ") || evicts(line);
            let is_as_told = match how[finding.code] {
                Run | Node(_) | Unavailable(_) => true,
                Cluster => commands.all(|line| asks(line) || looks(line)),
                Looks => commands.all(|line| looks(line) || asks(line)),
                Nothing => commands.next().is_none(),
            };
            assert!(is_as_told, "{}: {}", finding.code, finding.remedy);
        }
    }
}

/// A remedy has nothing to fill in.
#[test]
fn a_remedy_is_whole() {
    for (_, make) in damaged() {
        let tree = make();
        for located in found(&tree) {
            let finding = located.finding;
            for line in finding.remedy.lines() {
                let command =
                    line.strip_prefix("# for the node: ").unwrap_or(line).split("   # ").next().unwrap();
                assert!(!command.contains("..."), "{}: {line}", finding.code);
                let is_placeholder = |word: &str| {
                    word.len() > 2
                        && word.chars().all(|c| c.is_ascii_uppercase())
                        && !command.contains("CNI_COMMAND")
                };
                let is_comment = command.starts_with('#');
                assert!(
                    is_comment || !command.split([' ', '=', '/']).any(is_placeholder),
                    "{}: {line}",
                    finding.code
                );
            }
        }
    }
}

fn codes(found: &[Located]) -> BTreeSet<&'static str> {
    found.iter().map(|located| located.finding.code).collect()
}

/// The findings of a copy, with remedies for the copy; of a node that runs, as it sees itself.
fn found(tree: &Tree) -> Vec<Located> {
    if tree.is_live() || tree.seen.is_some() { tree.findings() } else { tree.findings_of_copy() }
}

/// The commands that only look.
const LOOKS: [&str; 14] = [
    "cat ",
    "command ",
    "containerd ",
    "crictl info",
    "ctr deprecations",
    "echo ",
    "grep ",
    "journalctl ",
    "kubelet ",
    "ls ",
    "mount ",
    "sed -n ",
    "sudo cni-bootstrap check",
    "systemctl status",
];

/// The commands that change a file. All others look, or are for the cluster.
const CHANGES: [&str; 13] = [
    "chmod",
    "chown",
    "cp",
    "install",
    "mkdir",
    "mount",
    "mv",
    "printf",
    "restorecon",
    "rm",
    "sed -i",
    "sed -i.wrong",
    "touch",
];

/// What of a remedy changes a file, or installs, with the tree's files in place of the node's.
fn changes(tree: &Tree, remedy: &str) -> Vec<String> {
    let is_change = |line: &str| CHANGES.iter().any(|command| line.starts_with(&format!("{command} ")));
    let own = |line: &str| {
        let rest =
            line.strip_prefix("# for the node: ").unwrap_or(line).strip_prefix("cni-bootstrap install ")?;
        let program = env!("CARGO_BIN_EXE_cni-bootstrap");
        Some(format!("{program} install --host-root {} --runtime none --no-wait {rest}", tree.root()))
    };
    let lines = remedy.lines();
    lines.filter_map(|line| own(line).or_else(|| is_change(line).then(|| here(tree, line)))).collect()
}

/// Runs the commands. The service manager of this machine is left out.
fn run(commands: &[String]) -> Output {
    let script = format!("systemctl() {{ :; }}\n{}", commands.join("\n"));
    Command::new("sh").args(["-e", "-c", &script]).output().unwrap()
}

/// The command with the tree's files in place of the node's.
fn here(tree: &Tree, line: &str) -> String {
    if line.contains(tree.root()) {
        return line.to_owned();
    }
    [" /etc/", " /opt/", " /usr/", " /var/"].iter().fold(line.to_owned(), |line, dir| {
        line.replace(dir, &format!(" {}{}", tree.root(), dir.trim_start()))
    })
}

#[test]
fn the_table_has_each_code_once() {
    let all: BTreeSet<&str> = CODES.iter().map(|code| code.name).collect();
    let table: Vec<&str> = HOW.iter().map(|(code, _)| *code).collect();
    assert_eq!(table.iter().copied().collect::<BTreeSet<_>>().len(), table.len());
    let of_a_pod = ["pod-does-not-start", "pod-left-behind"];
    assert_eq!(table.into_iter().chain(of_a_pod).collect::<BTreeSet<_>>(), all);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node");
    let texts: String = std::fs::read_dir(sources)
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    for (code, how) in HOW {
        if let Node(test) = how {
            assert!(texts.contains(&format!("fn {test}(")), "{code}: {test}");
        }
    }
}
