//! Where a remedy is typed: on the node, in a pod that has the node's root mounted, or beside a copy of its files.

use super::view::View;
use crate::node::HostPath;
use crate::plan::kubelet_says;
use crate::report::{Located, word};

/// The file with the host's name.
pub(super) const HOSTNAME: &str = "/etc/hostname";

impl View<'_> {
    /// The same view, of a host root that is mounted, or was copied, at this path.
    #[must_use]
    pub fn at(mut self, host_root: &str) -> Self {
        host_root.clone_into(&mut self.host_root);
        self
    }

    /// A path as one word of a command. In a copy it is the copy's file: a remedy must not touch the machine on which
    /// the copy lies.
    pub(super) fn word(&self, path: &HostPath) -> String {
        if self.is_copy() {
            word(&format!("{}{path}", self.host_root.trim_end_matches('/')))
        } else {
            word(path.as_str())
        }
    }

    /// A path or another text as one word of a command.
    pub(super) fn word_of(&self, text: &str) -> String {
        HostPath::new(text).map_or_else(|_| word(text), |path| self.word(&path))
    }

    /// True for files of another machine, or of an image of one.
    pub(super) fn is_copy(&self) -> bool {
        self.host_root != "/" && !self.is_live()
    }

    /// The command that restarts the runtime.
    pub(super) fn restart(&self) -> String {
        format!("systemctl restart {}", self.unit())
    }

    /// A command that changes a file, and the restart that loads the file.
    pub(super) fn then_restart(&self, command: &str) -> String {
        if self.is_copy() {
            format!("{command}\n# for the node, when it has the file: {}", self.restart())
        } else {
            format!("{command} && {}", self.restart())
        }
    }

    /// The node's name in the cluster as a word of a command: the kubelet's flag, else the name of the host.
    pub(super) fn node_name(&self) -> String {
        let named = kubelet_says(self.node).node_name;
        let of_host = || {
            let text = self.node.text(&HostPath::known(HOSTNAME))?;
            let name = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
            // The kubelet uses the name in lower case (kubernetes `pkg/util/node`, `GetHostname`).
            Some(name.to_lowercase())
        };
        named.or_else(of_host).map_or_else(|| "$(hostname)".to_owned(), |name| word(&name))
    }

    /// Tells where the commands of a finding are to be typed.
    pub(super) fn placed(&self, mut located: Located) -> Located {
        let remedy = &located.finding.remedy;
        let first = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        let is_command = |line: &&str| !line.starts_with('#') && !line.is_empty();
        if self.is_copy() {
            let for_the_node = |line: &str| {
                let changes_nothing_here = !ON_A_NODE.contains(&first(line).as_str());
                let of_node = line.replace(self.host_root.trim_end_matches('/'), "");
                if changes_nothing_here { line.to_owned() } else { format!("# for the node: {of_node}") }
            };
            located.finding.remedy = remedy.lines().map(for_the_node).collect::<Vec<_>>().join("\n");
        } else if self.host_root != "/" && self.node.in_container {
            let is_for_node = |line: &str| !OF_THE_CLUSTER.contains(&first(line).as_str());
            if remedy.lines().filter(is_command).any(is_for_node) {
                let root = word(&self.host_root);
                located.finding.remedy = format!("# on the node; from this pod: chroot {root}\n{remedy}");
            }
        }
        located
    }
}

/// Commands that act on the machine, or on the cluster, of the person who types them.
const ON_A_NODE: [&str; 11] = [
    "cni-bootstrap",
    "command",
    "containerd",
    "crictl",
    "ctr",
    "echo",
    "helm",
    "journalctl",
    "kubectl",
    "sudo",
    "systemctl",
];
/// Commands that are typed where the cluster's credentials are.
const OF_THE_CLUSTER: [&str; 2] = ["helm", "kubectl"];
