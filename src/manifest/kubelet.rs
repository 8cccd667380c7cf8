//! Reads the cgroup settings of the kubelet's config file.

use super::yaml::{Outcome, Spot, read};

/// The settings of a `KubeletConfiguration` for the cgroup driver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kubelet {
    /// `cgroupDriver`.
    pub cgroup_driver: Option<String>,
    /// `featureGates.KubeletCgroupDriverFromCRI`: true if the kubelet takes the driver from the runtime.
    pub driver_from_cri: Option<bool>,
}

/// Parses the file, YAML or JSON. The error is the reason why it cannot be parsed.
pub fn kubelet(bytes: &[u8]) -> Result<Kubelet, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut kubelet = Kubelet::default();
    for document in read(text) {
        let node = match document.outcome {
            Outcome::Read(node, _) => node,
            Outcome::Template(place) => return Err(format!("line {} is a template", place.line)),
            Outcome::Broken(place, why, _) => return Err(format!("line {}: {why}", place.line)),
        };
        let root = Spot::root(&node);
        if root.text_of("kind").is_some_and(|kind| kind != "KubeletConfiguration") {
            continue;
        }
        let gate = root.find(&["featureGates", "KubeletCgroupDriverFromCRI"]);
        kubelet.driver_from_cri = gate.and_then(|gate| gate.text()?.parse().ok()).or(kubelet.driver_from_cri);
        kubelet.cgroup_driver = root.text_of("cgroupDriver").map(str::to_owned).or(kubelet.cgroup_driver);
    }
    Ok(kubelet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_read_from_yaml_and_json() {
        let yaml = "apiVersion: kubelet.config.k8s.io/v1beta1\ncgroupDriver: systemd # as kubeadm does\nfeatureGates:\n  \
                    KubeletCgroupDriverFromCRI: false\nkind: KubeletConfiguration\n";
        let both = Kubelet { cgroup_driver: Some("systemd".to_owned()), driver_from_cri: Some(false) };
        assert_eq!(kubelet(yaml.as_bytes()), Ok(both));
        let json = br#"{"kind":"KubeletConfiguration","cgroupDriver":"cgroupfs"}"#;
        assert_eq!(kubelet(json).unwrap().cgroup_driver.as_deref(), Some("cgroupfs"));
        assert_eq!(kubelet(b""), Ok(Kubelet::default()));
        assert_eq!(kubelet(b"kind: Pod\ncgroupDriver: systemd\n"), Ok(Kubelet::default()));
        assert!(kubelet(b"a: [").is_err() && kubelet(b"\xff").is_err());
    }
}
