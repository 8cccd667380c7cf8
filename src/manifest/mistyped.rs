//! Annotations whose key nearly is one that a network reads. Kubernetes keeps them, and nothing reads them.

use super::cluster::Cluster;
use super::codes;
use super::go_json::yaml_line;
use super::nearest::{distance, nearest};
use super::sink::Sink;

/// The domains of networks and all names below each.
const DOMAINS: &[(&str, &[&str])] = &[
    (
        "k8s.v1.cni.cncf.io",
        &["networks", "network-status", "networks-status", "resourceName", "nodeSelector"],
    ),
    ("v1.multus-cni.io", &["default-network"]),
    ("kubernetes.io", &["ingress-bandwidth", "egress-bandwidth"]),
    ("cni.projectcalico.org", CALICO),
];

/// Names that no other domain uses.
const CALICO: &[&str] = &["ipv4pools", "ipv6pools", "ipAddrs", "ipAddrsNoIpam", "floatingIPs", "hwAddr"];

/// A letter replaced counts as two changes.
const CLOSE: usize = 4;

pub(super) fn check(cluster: &Cluster<'_>, sink: &mut Sink) {
    for pod in cluster.pods() {
        for (key, spot) in pod.annotations() {
            let Some(meant) = meant(key) else { continue };
            let message = format!(
                "no network reads the annotation {key}, so it has no effect and the pods start without what it asks \
                 for. Nearest known key: {meant}."
            );
            let remedy = yaml_line(&meant, spot.text().unwrap_or_default());
            sink.add(&codes::MISTYPED, pod.object, &spot, message, remedy);
        }
    }
}

/// The key that was most likely meant by one that nothing reads.
pub(super) fn meant(key: &str) -> Option<String> {
    let (domain, name) = key.split_once('/')?;
    for (known, names) in DOMAINS {
        let same = domain == *known;
        // Calico's own unknown names have a finding of their own.
        if same && (names.contains(&name) || *known == "cni.projectcalico.org") {
            return None;
        }
        let is_close = |candidate: &str| distance(&name.to_lowercase(), &candidate.to_lowercase()) <= CLOSE;
        let likely = match *known {
            // Other projects have names of every kind below kubernetes.io.
            "kubernetes.io" => same && names.iter().any(|candidate| is_close(candidate)),
            // All names of these domains are known.
            _ if same => true,
            "cni.projectcalico.org" => domain.contains("calico") && names.contains(&name),
            _ => distance(domain, known) <= CLOSE && names.iter().any(|candidate| is_close(candidate)),
        };
        if likely {
            let name = nearest(name, names.iter().copied())?;
            return Some(format!("{known}/{name}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_key_is_compared_with_all_that_networks_read() {
        for (key, near) in [
            ("k8s.v1.cni.cncf.io/network", "k8s.v1.cni.cncf.io/networks"),
            ("k8s.v1.cni.cncf.io/netwroks", "k8s.v1.cni.cncf.io/networks"),
            ("k8s.v1.cni.cncf.io/Networks", "k8s.v1.cni.cncf.io/networks"),
            ("k8s.cni.cncf.io/networks", "k8s.v1.cni.cncf.io/networks"),
            ("k8s.v1.cni.cnfc.io/networks", "k8s.v1.cni.cncf.io/networks"),
            ("v1.multus-cni.io/default-networks", "v1.multus-cni.io/default-network"),
            ("v1.multus.cni.io/default-network", "v1.multus-cni.io/default-network"),
            ("kubernetes.io/ingress-bandwith", "kubernetes.io/ingress-bandwidth"),
            ("projectcalico.org/ipv4pools", "cni.projectcalico.org/ipv4pools"),
            ("cni.projectcalico.io/ipAddrs", "cni.projectcalico.org/ipAddrs"),
        ] {
            assert_eq!(meant(key).as_deref(), Some(near), "{key}");
        }
        for key in [
            "k8s.v1.cni.cncf.io/networks",
            "k8s.v1.cni.cncf.io/network-status",
            "v1.multus-cni.io/default-network",
            "kubernetes.io/egress-bandwidth",
            "kubernetes.io/description",
            "kubernetes.io/ingress.class",
            "cni.projectcalico.org/podIP",
            "cni.projectcalico.org/unknown",
            "projectcalico.org/IPv4Address",
            "k8s.ovn.org/pod-networks",
            "networks",
            "example.com/networks",
        ] {
            assert_eq!(meant(key), None, "{key}");
        }
    }
}
