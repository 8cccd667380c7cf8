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

    /// The node's name in the cluster as a word of a command: what the pod was told (`spec.nodeName`), else the kubelet's
    /// flag, else the name of the host.
    pub(super) fn node_name(&self) -> String {
        // Of a copy's node this machine's pod knows nothing.
        let told = self.node.observations.node_name.clone().filter(|_| !self.is_copy());
        let of_kubelet = || kubelet_says(self.node).node_name;
        let of_host = || {
            let text = self.node.text(&HostPath::known(HOSTNAME))?;
            let name = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
            // The kubelet uses the name in lower case (kubernetes `pkg/util/node`, `GetHostname`).
            Some(name.to_lowercase())
        };
        let name = told.or_else(of_kubelet).or_else(of_host);
        name.map_or_else(|| "$(hostname)".to_owned(), |name| word(&name))
    }

    /// The selector of this node's pods.
    pub(super) fn of_this_node(&self) -> String {
        format!("--field-selector spec.nodeName={}", self.node_name())
    }

    /// The program itself with this verb, as it is typed here: in a pod it must know where the host's root is.
    pub(super) fn own_command(&self, verb: &str) -> String {
        let root =
            if self.is_in_pod() { format!(" --host-root {}", word(&self.host_root)) } else { String::new() };
        format!("cni-bootstrap {verb}{root}")
    }

    /// True if the program runs in a pod that has the node's root mounted.
    fn is_in_pod(&self) -> bool {
        self.host_root != "/" && self.node.in_container && !self.is_copy()
    }

    /// Tells where the commands of a finding are to be typed.
    pub(super) fn placed(&self, mut located: Located) -> Located {
        let kubeconfig = kubelet_says(self.node).kubeconfig;
        let with_credentials = |line: &str| match &kubeconfig {
            Some(path) if is_allowed_to_kubelets(line) => {
                line.replacen("kubectl ", &format!("kubectl --kubeconfig {} ", word(path.as_str())), 1)
            }
            _ => line.to_owned(),
        };
        let mut lines: Vec<String> = located.finding.remedy.lines().map(with_credentials).collect();
        if self.is_copy() {
            let root = self.host_root.trim_end_matches('/');
            for line in &mut lines {
                if ON_A_NODE.contains(&first(line)) {
                    *line = format!("# for the node: {}", line.replace(root, ""));
                }
            }
        } else if self.is_in_pod() {
            let is_for_node = |line: &String| {
                let is_command = !line.starts_with('#') && !line.is_empty();
                let asks_api = NOT_ON_THE_NODE.contains(&first(line)) || line.contains(EVICTS);
                is_command && (line.contains("--kubeconfig ") || !asks_api)
            };
            if let Some(at) = lines.iter().position(is_for_node) {
                lines.insert(at, format!("# on the node; from this pod: chroot {}", word(&self.host_root)));
            }
        }
        located.finding.remedy = lines.join("\n");
        located
    }
}

fn first(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// True for a command that the kubelet's credentials are enough for: they read, delete and evict the pods of their node
/// (kubernetes `bootstrappolicy/policy.go`, `NodeRules`; the admission plugin `NodeRestriction`).
fn is_allowed_to_kubelets(line: &str) -> bool {
    let command = line.split("   # ").next().unwrap_or_default();
    let asks = |word| command.starts_with("kubectl ") && command.contains(word);
    asks(" spec.nodeName=") || asks(" delete pod ") || command.contains(EVICTS)
}

/// Evicts a pod, whose eviction is written to it.
const EVICTS: &str = "| kubectl create --raw /api/v1/namespaces/";
/// Commands that act on the machine, or on the cluster, of the person who types them.
const ON_A_NODE: [&str; 12] = [
    "cni-bootstrap",
    "command",
    "containerd",
    "crictl",
    "ctr",
    "echo",
    "helm",
    "journalctl",
    "kubectl",
    "printf",
    "sudo",
    "systemctl",
];
/// Commands that are typed in the pod itself, or where the cluster's credentials are.
const NOT_ON_THE_NODE: [&str; 3] = ["cni-bootstrap", "helm", "kubectl"];
