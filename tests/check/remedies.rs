//! Each remedy that changes a file is run on the damaged copy: its finding goes, and nothing new comes.

use std::collections::BTreeSet;

use crate::damaged;

/// The commands that change a file of the copy. All others look, or are for the node or the cluster.
const CHANGES: [&str; 11] =
    ["chmod", "chown", "cp", "install", "mkdir", "mv", "printf", "restorecon", "rm", "sed -i", "touch"];

/// What a node has after a damaged file was put aside, or its directory was made: the network's own pod must write
/// anew. And a file that loads under its new name is the one that counts, before others.
const NEXT: [&str; 4] = ["conf-dir-empty", "conf-dir-elsewhere", "conf-file-shadowed", "plugin-missing"];

#[test]
fn a_remedy_run_as_printed_mends_the_copy() {
    let (mut wrong, mut ran) = (Vec::new(), BTreeSet::new());
    for (at, (_, make)) in damaged().enumerate() {
        let tree = make();
        let found = tree.findings_of_copy();
        // What a test puts into the observed node is not in the tree, and a running node is not a copy.
        let is_copy = tree.seen.is_none() && !tree.is_live();
        let Some(first) = found.first().filter(|_| is_copy) else { continue };
        let remedy = &first.finding.remedy;
        let is_change = |line: &str| CHANGES.iter().any(|command| line.starts_with(&format!("{command} ")));
        let mut commands = remedy.lines().filter(|line| !line.starts_with('#')).peekable();
        if commands.peek().is_none() || !commands.all(is_change) {
            continue;
        }
        let before: BTreeSet<&str> = found.iter().map(|located| located.finding.code).collect();
        let out = tree.paste(remedy);
        let after = tree.findings_of_copy();
        let is_left = after.iter().any(|located| located.finding == first.finding);
        let new = after.iter().map(|located| located.finding.code);
        let new: Vec<&str> = new.filter(|code| !before.contains(code) && !NEXT.contains(code)).collect();
        ran.insert(first.finding.code);
        if !out.status.success() || is_left || !new.is_empty() {
            let code = first.finding.code;
            wrong.push(format!("node {at}, {code}: left {is_left}, new {new:?} after {remedy}\n{out:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(ran.len() > 20, "only the remedies of {ran:?} were run");
}
