//! Plugins that are known to need no API of Kubernetes for a pod.

use super::conflist::Conflist;

/// Plugins whose ADD asks no API, so that it works for a pod that the cluster does not know. The reference plugins
/// (containernetworking/plugins) and flannel's read only their configuration; the agents of Antrea, Azure and kindnet
/// answer from what they have. Calico, Cilium, Multus, OVN and the AWS plugin look the pod up.
const ASKS_NOTHING: [&str; 15] = [
    "antrea",
    "azure-vnet",
    "bandwidth",
    "bridge",
    "firewall",
    "flannel",
    "host-device",
    "ipvlan",
    "kindnet",
    "loopback",
    "macvlan",
    "portmap",
    "ptp",
    "sbr",
    "tuning",
];

/// IPAM plugins of the reference plugins, which ask no API.
const IPAM: [&str; 3] = ["dhcp", "host-local", "static"];

/// True if this plugin, or IPAM plugin, is known to need no API of Kubernetes for a pod.
pub fn asks_no_api(plugin: &str) -> bool {
    ASKS_NOTHING.contains(&plugin) || IPAM.contains(&plugin)
}

impl Conflist {
    /// The first plugin of the list, of its IPAMs or of its delegates that may need an API of Kubernetes for a pod.
    pub fn asks_api(&self) -> Option<String> {
        let executed = self.executed().into_iter().flat_map(|(_, binaries)| binaries);
        executed.into_iter().find(|name| !asks_no_api(name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Conflist, Libcni};

    #[test]
    fn each_plugin_that_a_pod_needs_counts() {
        for (plugins, asks) in [
            (r#"{"type":"ptp","ipam":{"type":"host-local"}},{"type":"tuning"},{"type":"portmap"}"#, None),
            (r#"{"type":"azure-vnet","ipam":{"type":"azure-cns"}}"#, None),
            (r#"{"type":"flannel","delegate":{"isDefaultGateway":true}},{"type":"portmap"}"#, None),
            (r#"{"type":"bridge","ipam":{"type":"whereabouts"}}"#, Some("whereabouts")),
            (
                r#"{"type":"flannel","delegate":{"type":"bridge"},"ipam":{"type":"calico-ipam"}}"#,
                Some("calico-ipam"),
            ),
            (r#"{"type":"flannel","delegate":{"type":"ovn"}}"#, Some("ovn")),
            (r#"{"type":"ptp"},{"type":"something"}"#, Some("something")),
            (r#"{"type":"multus","delegates":[{"type":"bridge"}]}"#, Some("multus")),
        ] {
            let text = format!(r#"{{"name":"n","plugins":[{plugins}]}}"#);
            let list = Conflist::read("a.conflist", text.as_bytes(), Libcni::V1_1).unwrap();
            assert_eq!(list.asks_api().as_deref(), asks, "{plugins}");
        }
    }
}
