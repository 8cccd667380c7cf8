//! The desired cgroup driver of the runtime: `--systemd-cgroup`.
//!
//! `auto` never makes the drivers differ. The kubelet reads its driver once, when it starts, from one of two sources:
//!
//! | containerd | kubelet | `auto` |
//! |---|---|---|
//! | 1.x | its own setting: 1.x has no CRI `RuntimeConfig` | the kubelet's explicit `cgroupDriver` |
//! | 2.0 and later | `KubeletCgroupDriverFromCRI` explicitly false | the same |
//! | 2.0 and later | the gate is on, or not set (on by default since Kubernetes 1.31) | no change: it would differ from what the kubelet read from the runtime |
//! | any | no explicit driver in a readable file | no change |

use crate::distro::kubelet_configs;
use crate::node::{HostPath, Node, Release, Status};
use crate::plan::runtime::kubelet::{KubeletSays, kubelet_says};
use crate::plan::settings::{CgroupSetting, Settings};
use crate::plan::values::Cgroup;
use crate::report::codes::check;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// The desired driver on this node. Before the runtime has reported its release, `auto` changes nothing.
pub(in crate::plan) fn desired(
    settings: &Settings,
    node: &Node,
    findings: &mut Vec<Finding>,
) -> Option<Cgroup> {
    match settings.systemd_cgroup {
        CgroupSetting::Keep => None,
        CgroupSetting::Set(flag) => Some(Cgroup::All(flag)),
        CgroupSetting::Auto => {
            let status = node.answers.containerd()?;
            let says = kubelet_says(node);
            findings.extend(says.broken.iter().map(|(path, why)| unreadable(path, why)));
            auto(&says, status, findings).map(Cgroup::All)
        }
    }
}

/// The kubelet cannot start with such a file, so the file does not show its driver.
fn unreadable(path: &HostPath, why: &str) -> Finding {
    Finding {
        code: check::KUBELET_CONFIG.name,
        severity: Severity::Warning,
        subject: path.to_string(),
        message: format!("{path}: {why}"),
        remedy: "mend the file".to_owned(),
    }
}

fn auto(kubelet: &KubeletSays, status: &Status, findings: &mut Vec<Finding>) -> Option<bool> {
    let driver = match kubelet.driver.as_ref().map(|(driver, _)| driver.as_str()) {
        Some("systemd") => true,
        Some("cgroupfs") => false,
        _ => {
            findings.push(Finding {
                code: install::CGROUP_UNKNOWN.name,
                severity: Severity::Warning,
                subject: kubelet_configs()[0].to_owned(),
                message:
                    "no readable file of the kubelet names its cgroup driver, so the runtime's driver is \
                          left as it is"
                        .to_owned(),
                remedy: "mount /var/lib/kubelet from the host, or use --systemd-cgroup true or false"
                    .to_owned(),
            });
            return None;
        }
    };
    if status.release? < Release::new(2, 0, 0) || kubelet.driver_from_cri == Some(false) {
        return Some(driver);
    }
    let live = &status.live;
    let runs = live.default_runtime.as_ref().and_then(|name| live.systemd_cgroup.get(name));
    if runs.is_some_and(|runs| *runs != driver) {
        findings.push(Finding {
            code: install::CGROUP_FROM_CRI.name,
            severity: Severity::Warning,
            subject: kubelet_configs()[0].to_owned(),
            message: format!(
                "the kubelet's own setting is {} and the runtime runs with SystemdCgroup = {}; a kubelet since \
                 1.31 takes the runtime's driver, so a change under the running kubelet would make a mismatch",
                word(driver),
                !driver
            ),
            remedy: format!(
                "with a kubelet since 1.31 there is nothing to do; with an older one, or to change both: \
                 --systemd-cgroup {driver}, then systemctl restart kubelet"
            ),
        });
    }
    None
}

const fn word(systemd: bool) -> &'static str {
    if systemd { "systemd" } else { "cgroupfs" }
}

/// The finding about a changed driver: only the administrator restarts the kubelet.
pub(in crate::plan) fn changed(node: &Node, release: Option<Release>, to: bool) -> Finding {
    let kubelet = kubelet_says(node);
    let desired = word(to);
    let from_cri = release.is_some_and(|release| release >= Release::new(2, 0, 0))
        && kubelet.driver_from_cri != Some(false);
    let other = kubelet.driver.as_ref().is_some_and(|(driver, _)| driver != desired);
    let kubelet = match (from_cri, other) {
        (true, _) => {
            "; the kubelet took the old driver from the runtime when it started: systemctl restart kubelet"
        }
        (false, true) => {
            "; the kubelet has the other driver: set cgroupDriver in /var/lib/kubelet/config.yaml to the same, \
             then systemctl restart kubelet"
        }
        (false, false) => "",
    };
    Finding {
        code: install::CGROUP_CHANGED.name,
        severity: Severity::Warning,
        subject: "runtime".to_owned(),
        message: format!(
            "new pods get their cgroups by the {desired} driver; running pods keep the cgroups that they have"
        ),
        remedy: format!("drain the node, so that its pods are recreated (kubectl drain){kubelet}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{RawStatus, Runtime};

    fn status(release: Release, live: bool) -> Status {
        let raw = RawStatus { runtime_name: "containerd".to_owned(), ..RawStatus::default() };
        let Runtime::Containerd(mut status) = Runtime::read(raw) else { panic!("another runtime") };
        status.release = Some(release);
        status.live.default_runtime = Some("runc".to_owned());
        status.live.systemd_cgroup = [("runc".to_owned(), live)].into();
        *status
    }

    fn says(driver: Option<&str>, gate: Option<bool>) -> KubeletSays {
        let driver = driver.map(|driver| (driver.to_owned(), String::new()));
        KubeletSays { driver, driver_from_cri: gate, ..KubeletSays::default() }
    }

    #[test]
    fn auto_never_makes_a_mismatch() {
        let (one, two) = (Release::new(1, 7, 24), Release::new(2, 1, 4));
        for (release, driver, gate, desired, told) in [
            (one, Some("systemd"), None, Some(true), None),
            (one, Some("systemd"), Some(true), Some(true), None),
            (one, Some("cgroupfs"), None, Some(false), None),
            (one, None, None, None, Some("cgroup-driver-unknown")),
            (one, Some("none"), None, None, Some("cgroup-driver-unknown")),
            (two, Some("systemd"), Some(false), Some(true), None),
            (two, Some("systemd"), None, None, Some("cgroup-driver-from-cri")),
            (two, Some("systemd"), Some(true), None, Some("cgroup-driver-from-cri")),
            (two, Some("cgroupfs"), None, None, None),
        ] {
            let mut findings = Vec::new();
            let found = auto(&says(driver, gate), &status(release, false), &mut findings);
            let codes = findings.first().map(|finding| finding.code);
            assert_eq!((found, codes), (desired, told), "{release} {driver:?} {gate:?}");
        }
    }

    #[test]
    fn the_kubelet_s_restart_is_named_where_it_must_be() {
        let node = Node::default();
        let named = |release| changed(&node, release, true).remedy.contains("restart kubelet");
        assert!(named(Some(Release::new(2, 0, 0))) && !named(Some(Release::new(1, 7, 0))));
    }
}
