//! Rules for mode, owner and SELinux label of files that the runtime reads, and runs as root.

use super::found::found;
use super::view::View;
use crate::node::{HostPath, Observed, Stamp};
use crate::report::Located;
use crate::report::codes::check::{CONF_MODE, FOREIGN_OWNER, SELINUX_LABEL, WORLD_WRITABLE};

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let mut findings = Vec::new();
    let files = view.listing();
    let files = files.loadable().map(|name| view.conf_dir.join(name)).filter_map(|path| {
        let stamp = view.node.files.get(&path)?.present()?.stamp;
        Some((path, stamp))
    });
    for (path, stamp) in files {
        findings.extend(writable(view, &path, &stamp));
        findings.extend(owner(view, &path, &stamp));
        if stamp.mode & 0o002 == 0 && (stamp.mode & 0o7133 != 0 || stamp.mode & 0o400 == 0) {
            findings.push(found(
                &CONF_MODE,
                &path,
                format!("{path} has mode {:04o}; a configuration file should have 0600 or 0644", stamp.mode),
                format!("chmod 0600 {}", view.word(&path)),
            ));
        }
        let entry = view.node.observations.entries.get(&path).and_then(Observed::present);
        findings.extend(entry.and_then(|entry| label(view, &path, entry.label.as_deref())));
    }
    for dir in std::iter::once(&view.conf_dir).chain(&view.bin_dirs) {
        if let Some(seen) = view.node.dirs.get(dir).and_then(Observed::present) {
            // The sticky bit of a directory does not help: others can still add names.
            findings.extend(writable(view, dir, &seen.stamp));
            findings.extend(owner(view, dir, &seen.stamp));
        }
    }
    for (path, program) in &view.node.observations.programs {
        if let Some(program) = program.present().filter(|_| view.bin_dirs.contains(&path.parent())) {
            findings.extend(writable(view, path, &program.stamp));
            findings.extend(owner(view, path, &program.stamp));
            findings.extend(label(view, path, program.label.as_deref()));
        }
    }
    findings
}

fn writable(view: &View<'_>, path: &HostPath, stamp: &Stamp) -> Option<Located> {
    (stamp.mode & 0o002 != 0).then(|| {
        found(
            &WORLD_WRITABLE,
            path,
            format!("{path} has mode {:04o}: anyone on the node may change it, and the runtime acts on it as root", stamp.mode),
            format!("chmod o-w {}", view.word(path)),
        )
    })
}

/// Owners are not judged if the whole tree belongs to another user than root: it is a user's copy.
fn owner(view: &View<'_>, path: &HostPath, stamp: &Stamp) -> Option<Located> {
    let root = view.stamp("/").is_some_and(|root| root.uid == 0);
    (root && stamp.uid != 0).then(|| {
        found(
            &FOREIGN_OWNER,
            path,
            format!("{path} belongs to user {}, who can change what the runtime does as root", stamp.uid),
            format!("chown root:root {}", view.word(path)),
        )
    })
}

/// Labels that a file keeps when it is moved out of a home, a temporary directory or a container: a rename keeps the
/// label, and confined programs may not read the file in its new place.
const OF_OTHER_PLACES: [&str; 9] = [
    "tmp_t",
    "user_tmp_t",
    "user_home_t",
    "admin_home_t",
    "unlabeled_t",
    "default_t",
    "container_file_t",
    "container_ro_file_t",
    "var_t",
];

fn label(view: &View<'_>, path: &HostPath, label: Option<&str>) -> Option<Located> {
    let kind = label?.split(':').nth(2)?;
    OF_OTHER_PLACES.contains(&kind).then(|| {
        found(
            &SELINUX_LABEL,
            path,
            format!(
                "{path} still has the SELinux type {kind} of the directory that it was moved from, so the \
                runtime or a plugin may not be allowed to read it"
            ),
            format!("restorecon -v {}", view.word(path)),
        )
    })
}
