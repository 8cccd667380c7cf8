//! The kubelet's flags: from its process, else from its unit and the files of variables.

use crate::distro;
use crate::node::{HostPath, Node};

/// The kubelet's command line.
pub(super) struct Flags(Vec<String>);

impl Flags {
    /// The flags of the process, if it is visible; else those in the files.
    pub(super) fn of(node: &Node) -> Self {
        let running = node.observations.kubelet.as_ref().and_then(|kubelet| kubelet.present());
        if let Some(kubelet) = running.filter(|kubelet| !kubelet.argv.is_empty()) {
            return Self(kubelet.argv.clone());
        }
        let variables = distro::kubelet_variables();
        let variables = variables.into_iter().filter_map(|path| node.text(&HostPath::known(path)));
        let texts = node.unit_texts(&distro::kubelet_units()).into_iter().chain(variables);
        Self(texts.flat_map(words).collect())
    }

    /// The value of a flag; of a repeated flag the last one counts (pflag).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let words = self.0.iter().enumerate().rev();
        words.into_iter().find_map(|(at, word)| {
            let word = word.strip_prefix("--")?;
            match word.split_once('=') {
                Some((key, value)) if key == name => Some(value),
                None if word == name => self.0.get(at + 1).map(String::as_str),
                _ => None,
            }
        })
    }

    /// The value of a feature gate.
    pub(super) fn gate(&self, name: &str) -> Option<bool> {
        let gates = self.get("feature-gates")?.split(',').rev();
        gates.into_iter().find_map(|gate| gate.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    }

    /// The path in a flag.
    pub(super) fn path(&self, name: &str) -> Option<HostPath> {
        HostPath::new(self.get(name)?).ok()
    }
}

/// The words of shell assignments and of unit files, without the variables' names.
fn words(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(['#', ';']));
    let words = lines.flat_map(|line| line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')));
    let value = |word: &'_ str| match word.find("--") {
        Some(at) if word[..at].ends_with('=') && !word.starts_with('-') => word[at..].to_owned(),
        _ => word.to_owned(),
    };
    words.filter(|word| !word.is_empty()).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_as_the_shell_and_the_kubelet_read_them() {
        for (text, driver, gate) in [
            ("KUBELET_KUBEADM_ARGS=\"--a=b --cgroup-driver=systemd --c\"\n", Some("systemd"), None),
            ("X='--cgroup-driver cgroupfs'", Some("cgroupfs"), None),
            ("# --cgroup-driver=systemd\n", None, None),
            ("A=--feature-gates=X=true,KubeletCgroupDriverFromCRI=false", None, Some(false)),
            ("Environment=\"KUBELET_ARGS=--cgroup-driver=systemd\"", Some("systemd"), None),
            ("Environment=A=--cgroup-driver=systemd", Some("systemd"), None),
            ("ExecStart=/usr/bin/kubelet \\\n  --cgroup-driver=cgroupfs \\\n", Some("cgroupfs"), None),
            ("A=\"--cgroup-driver=cgroupfs\"\nB=\"--cgroup-driver=systemd\"", Some("systemd"), None),
            ("A=--node-labels=x=--cgroup-driver", None, None),
        ] {
            let flags = Flags(words(text));
            assert_eq!(flags.get("cgroup-driver"), driver, "{text}");
            assert_eq!(flags.gate("KubeletCgroupDriverFromCRI"), gate, "{text}");
        }
    }
}
