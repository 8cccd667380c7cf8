//! What the kubelet's files say of its cgroup driver.

use super::super::settings::{CgroupWish, Settings};
use crate::manifest::{Kubelet, kubelet};
use crate::node::{HostPath, Node};
use crate::report::{Finding, Severity};

/// The kubelet's config file: kubeadm's, then those of Amazon's images.
pub(super) const CONFIGS: [&str; 3] = [
    "/var/lib/kubelet/config.yaml",
    "/etc/kubernetes/kubelet/config.json",
    "/etc/kubernetes/kubelet/kubelet-config.json",
];
/// Files of flags, which win over the config file; a later one wins, as in kubeadm's unit.
const FLAGS: [&str; 3] =
    ["/var/lib/kubelet/kubeadm-flags.env", "/etc/sysconfig/kubelet", "/etc/default/kubelet"];

/// The kubelet's files, where the option needs them.
pub(in crate::plan) fn files(settings: &Settings) -> impl Iterator<Item = HostPath> {
    let needed = settings.systemd_cgroup != CgroupWish::Keep;
    CONFIGS.iter().chain(&FLAGS).filter(move |_| needed).map(|path| HostPath::known(path))
}

/// What the kubelet's files say; of what cannot be read, a finding.
pub(super) fn says(node: &Node, findings: &mut Vec<Finding>) -> Kubelet {
    let mut says = Kubelet::default();
    let found =
        CONFIGS.iter().map(|path| HostPath::known(path)).find_map(|path| Some((node.bytes(&path)?, path)));
    if let Some((bytes, path)) = found {
        match kubelet(bytes) {
            Ok(config) => says = config,
            Err(why) => findings.push(Finding {
                code: "kubelet-config-unreadable",
                severity: Severity::Warning,
                subject: path.to_string(),
                message: format!("{path}: {why}"),
                remedy: "mend the file".to_owned(),
            }),
        }
    }
    for flags in FLAGS.iter().filter_map(|path| node.bytes(&HostPath::known(path))) {
        flag(&String::from_utf8_lossy(flags), &mut says);
    }
    says
}

/// Reads the flags out of a file of shell assignments.
fn flag(text: &str, says: &mut Kubelet) {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let split = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',');
    let mut words = lines.flat_map(|line| line.split(split)).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        match word {
            "--cgroup-driver" => says.cgroup_driver = words.peek().map(|word| (*word).to_owned()),
            "KubeletCgroupDriverFromCRI" => {
                says.driver_from_cri = words.peek().and_then(|word| word.parse().ok());
            }
            _ => {}
        }
    }
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
        ] {
            let mut found = Kubelet::default();
            flag(text, &mut found);
            assert_eq!(
                found,
                Kubelet { cgroup_driver: driver.map(str::to_owned), driver_from_cri: gate },
                "{text}"
            );
        }
    }
}
