//! A directory with more files than the program reads.

use crate::node::{HostPath, Node, Observed};
use crate::report::codes::check;
use crate::report::{Finding, Severity};

/// The message about a directory in which not all files were read, and its remedy.
pub fn crowded(dir: &HostPath) -> (String, String) {
    (
        format!(
            "{dir} has more than 4096 network files or more than 32 MiB of them; the program did not read the \
             rest, in byte order, and does not judge it, but the runtime may load it"
        ),
        format!(
            "ls -lS {}   # move away every file that is not a network of this node",
            crate::report::word(dir.as_str())
        ),
    )
}

/// The directories in which not all files were read: the conf dir, and those of networks.
pub fn crowded_dirs(node: &Node) -> impl Iterator<Item = &HostPath> {
    node.dirs.iter().filter_map(|(path, dir)| match dir {
        Observed::Present(dir) if dir.unread > 0 => Some(path),
        _ => None,
    })
}

pub(in crate::plan) fn findings(node: &Node) -> impl Iterator<Item = Finding> {
    crowded_dirs(node).map(|path| {
        let (message, remedy) = crowded(path);
        let subject = path.to_string();
        Finding { code: check::CONF_DIR_CROWDED.name, severity: Severity::Warning, subject, message, remedy }
    })
}
