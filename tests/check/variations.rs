//! Variations of real nodes of each kind, which are healthy too.

use crate::check::conf::LIST;
use crate::check::kinds::{azure_antrea, calico, eks_istio, gke, k3s, kubeconfig, multus};
use crate::check::tree::{CONFIG, NET_D, Tree, token};

const CILIUM: &str =
    r#"{"cniVersion":"0.3.1","name":"cilium","plugins":[{"type":"cilium-cni","enable-debug":false}]}"#;

/// A variation: its name, and the function that makes the node.
type Variation = (&'static str, fn() -> Tree);

const ALL: &[Variation] = &[
    ("Cilium instead of the VPC CNI, exclusive", || {
        let tree = eks_istio();
        tree.conf("10-aws.conflist.cilium_bak", tree.read(&format!("{NET_D}/10-aws.conflist")))
            .remove(&format!("{NET_D}/10-aws.conflist"))
            .conf("05-cilium.conflist", CILIUM)
            .plugins("/opt/cni/bin", &["cilium-cni"]);
        tree
    }),
    ("a leftover of Cilium beside another network", || {
        let tree = calico();
        tree.conf("87-podman-bridge.conflist.cilium_bak", "{}");
        tree
    }),
    ("Azure's chained Cilium, one file, mode 0644", || {
        let tree = azure_antrea();
        tree.remove(&format!("{NET_D}/05-antrea.conflist")).remove(&format!("{NET_D}/10-azure.conflist"));
        let list = r#"{"cniVersion":"0.3.0","name":"azure","plugins":[
            {"type":"azure-vnet","mode":"transparent","ipam":{"type":"azure-cns","mode":"overlay"}},
            {"type":"portmap","capabilities":{"portMappings":true},"snat":true},{"type":"cilium-cni"}]}"#;
        tree.conf("15-azure-swift-overlay.conflist", list)
            .mode(&format!("{NET_D}/15-azure-swift-overlay.conflist"), 0o644)
            .plugins("/opt/cni/bin", &["azure-cns", "cilium-cni"]);
        tree
    }),
    ("Cilium's chain, made from one that had Cilium already", || {
        let tree = azure_antrea();
        let list = |debug: bool| {
            format!(
                r#"{{"cniVersion":"0.3.0","name":"azure","plugins":[{{"type":"azure-vnet"}},{{"type":"cilium-cni","enable-debug":{debug}}}]}}"#
            )
        };
        tree.remove(&format!("{NET_D}/05-antrea.conflist"))
            .conf("10-azure.conflist", list(false))
            .conf("05-cilium.conflist", list(true))
            .plugins("/opt/cni/bin", &["cilium-cni"]);
        tree
    }),
    ("GKE with netd's own file before the template's", || {
        let tree = gke();
        let list = r#"{"name":"gke-pod-network","cniVersion":"0.3.1","plugins":[
            {"type":"ptp","mtu":1460,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.8.1.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
            {"type":"portmap","capabilities":{"portMappings":true}}]}"#;
        tree.remove(&format!("{NET_D}/10-containerd-net.conflist")).conf("10-gke-ptp.conflist", list);
        tree
    }),
    ("EKS whose kubelet has drop-ins (nodeadm)", || {
        let tree = eks_istio();
        tree.file("/etc/kubernetes/kubelet/config.json", r#"{"kind":"KubeletConfiguration","maxPods":17}"#)
            .file("/etc/eks/kubelet/environment", "NODEADM_KUBELET_ARGS=--config=/etc/kubernetes/kubelet/config.json --config-dir=/etc/kubernetes/kubelet/config.json.d\n")
            .file("/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf", r#"{"kind":"KubeletConfiguration","cgroupDriver":"systemd"}"#);
        tree
    }),
    ("the thick Multus, which names its primary's file", || {
        let tree = multus();
        tree.remove(&format!("{NET_D}/00-multus.conf"))
            .conf("00-multus.conf", r#"{"cniVersion":"0.4.0","name":"multus-cni-network","clusterNetwork":"/host/etc/cni/net.d/10-calico.conflist","type":"multus-shim"}"#)
            .plugins("/opt/cni/bin", &["multus-shim"]);
        tree
    }),
    ("k3s, whose kubelet has drop-ins only", || {
        let tree = k3s();
        tree.file(
            "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-k3s-defaults.conf",
            "apiVersion: kubelet.config.k8s.io/v1beta1\ncgroupDriver: systemd\nkind: KubeletConfiguration\n",
        );
        tree
    }),
    ("kind: its network writes every file 0644, loopback lies behind", || {
        let tree = calico();
        tree.remove(LIST)
            .remove(&format!("{NET_D}/calico-kubeconfig"))
            .conf("10-kindnet.conflist", r#"{"cniVersion":"0.3.1","name":"kindnet","plugins":[{"type":"ptp","ipMasq":false,"ipam":{"type":"host-local","dataDir":"/run/cni-ipam-state","ranges":[[{"subnet":"10.244.0.0/24"}]]}},{"type":"portmap"}]}"#)
            .mode(&format!("{NET_D}/10-kindnet.conflist"), 0o644)
            .conf("99-loopback.conflist", r#"{"cniVersion":"1.0.0","name":"loopback","plugins":[{"type":"loopback"}]}"#)
            .plugins("/opt/cni/bin", &["ptp"]);
        tree
    }),
    ("podman's bridge behind the network, plugins of other packages", || {
        let tree = calico();
        tree.conf(
            "87-podman-bridge.conflist",
            r#"{"name":"podman","cniVersion":"0.4.0","plugins":[{"type":"bridge"}]}"#,
        )
        .conf("README", "of a package")
        .plugins("/usr/lib/cni", &["bridge", "portmap", "loopback"]);
        tree
    }),
    ("a token for ever, as a Secret has it", || {
        let tree = calico();
        // {"sub":"x"} without a time.
        tree.conf("calico-kubeconfig", kubeconfig("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"));
        tree
    }),
    ("a token that its agent renewed a moment ago", || {
        let tree = calico();
        tree.conf("calico-kubeconfig", kubeconfig(&token(86_400)));
        tree
    }),
    ("containerd without a file, with its defaults", || {
        let tree = calico();
        tree.remove(CONFIG).remove("/var/lib/kubelet");
        tree
    }),
    ("a conf dir that is a link into another one", || {
        let tree = calico();
        tree.file("/etc/kubernetes/cni/10-calico.conflist", tree.read(LIST))
            .file("/etc/kubernetes/cni/calico-kubeconfig", kubeconfig(&token(80_000)))
            .remove(NET_D);
        tree.link("/etc/kubernetes/cni", NET_D);
        tree
    }),
];

#[test]
fn a_healthy_node_with_what_real_ones_have_yields_nothing() {
    for (what, make) in ALL {
        let findings = make().findings();
        assert!(findings.is_empty(), "{what}: {findings:#?}");
    }
}

#[test]
fn a_healthy_node_of_each_kind_yields_nothing_while_its_runtime_speaks() {
    // AKS' config of version 2 uses the names of version 3, so it runs with containerd 2.
    for (make, loaded, versions) in [
        (azure_antrea as fn() -> Tree, "05-antrea.conflist", &["2.1.9"][..]),
        (calico, "10-calico.conflist", &["1.7.24", "2.1.9"]),
        (eks_istio, "10-aws.conflist", &["1.7.24", "2.1.9"]),
    ] {
        for version in versions {
            let mut tree = make();
            tree.runs(version, &format!("{NET_D}/{loaded}")).kubelet("Kubernetes v1.33.4");
            let findings = tree.findings();
            assert!(findings.is_empty(), "{loaded} on {version}: {findings:#?}");
        }
    }
}
