//! Healthy nodes of each kind.

use crate::check::tree::{CONFIG, NET_D, Tree, token};

const CALICO: &str = r#"{
  "name": "k8s-pod-network",
  "cniVersion": "0.3.1",
  "plugins": [
    {"type": "calico", "ipam": {"type": "calico-ipam"}, "kubernetes": {"kubeconfig": "/etc/cni/net.d/calico-kubeconfig"}},
    {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}}
  ]
}
"#;
const VERSION_2: &str = r#"version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.9"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/opt/cni/bin"
  conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
"#;
/// AKS writes version 2 with the table names of version 3.
const AKS: &str = r#"version = 2
oom_score = -999
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "mcr.microsoft.com/oss/kubernetes/pause:3.6"
[plugins."io.containerd.cri.v1.runtime".containerd]
  default_runtime_name = "runc"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
    BinaryName = "/usr/bin/runc"
    SystemdCgroup = true
"#;
const GKE: &str = r#"version = 2
required_plugins = ["io.containerd.grpc.v1.cri"]
[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
  sandbox_image = "gke.gcr.io/pause:3.8"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/home/kubernetes/bin"
  conf_dir = "/etc/cni/net.d"
  conf_template = "/home/containerd/cni.template"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
"#;
const K3S: &str = r#"version = 3
root = "/var/lib/rancher/k3s/agent/containerd"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "rancher/mirrored-pause:3.6"
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/var/lib/rancher/k3s/data/cni"]
  conf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
"#;

pub(crate) fn kubeconfig(token: &str) -> String {
    format!("apiVersion: v1\nkind: Config\nusers:\n- name: calico\n  user:\n    token: \"{token}\"\n")
}

/// kubeadm with Calico.
pub(crate) fn calico() -> Tree {
    let tree = Tree::new();
    tree.conf("10-calico.conflist", CALICO)
        .conf("calico-kubeconfig", kubeconfig(&token(80_000)))
        .plugins("/opt/cni/bin", &["calico", "calico-ipam", "portmap", "host-local", "loopback"])
        .file(CONFIG, VERSION_2)
        .file("/var/lib/calico/nodename", "node-1")
        .file("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\ncgroupDriver: systemd\n");
    tree
}

/// AKS with Antrea, which chains itself behind Azure.
pub(crate) fn azure_antrea() -> Tree {
    let azure = r#"{"type":"azure-vnet","mode":"transparent","ipsToRouteViaHost":["169.254.20.10"],"ipam":{"type":"azure-vnet-ipam"}}"#;
    let portmap = r#"{"type":"portmap","capabilities":{"portMappings":true},"snat":true}"#;
    let list =
        |plugins: &str| format!("{{\"cniVersion\":\"0.3.0\",\"name\":\"azure\",\"plugins\":[{plugins}]}}\n");
    let tree = Tree::new();
    tree.conf("10-azure.conflist", list(&format!("{azure},{portmap}")))
        .conf("05-antrea.conflist", list(&format!("{azure},{portmap},{{\"type\":\"antrea\"}}")))
        .plugins("/opt/cni/bin", &["azure-vnet", "azure-vnet-ipam", "portmap", "antrea", "loopback"])
        .file(CONFIG, AKS)
        .file("/etc/default/kubelet", "KUBELET_FLAGS=--cgroup-driver=systemd --node-ip=10.1.1.4\n");
    tree
}

/// EKS with istio-cni in the VPC CNI's own file.
pub(crate) fn eks_istio() -> Tree {
    let tree = Tree::new();
    let list = r#"{"cniVersion":"0.4.0","name":"aws-cni","disableCheck":true,"plugins":[
        {"name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":"9001"},
        {"name":"egress-cni","type":"egress-cni","ipam":{"type":"host-local"}},
        {"type":"portmap","capabilities":{"portMappings":true},"snat":true},
        {"type":"istio-cni","name":"istio-cni","kubernetes":{"kubeconfig":"/etc/cni/net.d/ZZZ-istio-cni-kubeconfig"}}]}"#;
    tree.conf("10-aws.conflist", list)
        .conf("ZZZ-istio-cni-kubeconfig", kubeconfig(&token(40_000)))
        .plugins("/opt/cni/bin", &["aws-cni", "egress-cni", "portmap", "istio-cni", "host-local", "loopback"])
        .file(CONFIG, VERSION_2)
        .file(
            "/etc/kubernetes/kubelet/config.json",
            "{\n  \"cgroupDriver\": \"systemd\",\n  \"maxPods\": 17\n}\n",
        );
    tree
}

/// Multus in front of Calico.
pub(crate) fn multus() -> Tree {
    let tree = calico();
    let multus = r#"{"cniVersion":"0.3.1","name":"multus-cni-network","type":"multus",
        "kubeconfig":"/etc/cni/net.d/multus.d/multus.kubeconfig",
        "delegates":[{"name":"k8s-pod-network","cniVersion":"0.3.1","plugins":[{"type":"calico","ipam":{"type":"calico-ipam"}},{"type":"portmap"}]}]}"#;
    tree.conf("00-multus.conf", multus)
        .conf("multus.d/multus.kubeconfig", kubeconfig(&token(80_000)))
        .plugins("/opt/cni/bin", &["multus"]);
    tree
}

/// GKE, where containerd writes the network from a template.
pub(crate) fn gke() -> Tree {
    let tree = Tree::new();
    let network = |range: &str| {
        format!(
            "{{\"name\":\"k8s-pod-network\",\"cniVersion\":\"0.3.1\",\"plugins\":[{{\"type\":\"ptp\",\"mtu\":1460,\
             \"ipam\":{{\"type\":\"host-local\",\"subnet\":\"{range}\"}}}},{{\"type\":\"portmap\"}}]}}\n"
        )
    };
    tree.conf("10-containerd-net.conflist", network("10.8.1.0/24"))
        .mode(&format!("{NET_D}/10-containerd-net.conflist"), 0o644)
        .file("/home/containerd/cni.template", network("{{.PodCIDR}}"))
        .plugins("/home/kubernetes/bin", &["ptp", "host-local", "portmap", "loopback"])
        .file(CONFIG, GKE)
        .file("/home/kubernetes/kubelet-config.yaml", "cgroupDriver: systemd\n");
    tree
}

/// k3s with its own containerd, directories and flannel.
pub(crate) fn k3s() -> Tree {
    let tree = Tree::new();
    let own = "/var/lib/rancher/k3s/agent/etc";
    let list = r#"{"name":"cbr0","cniVersion":"1.0.0","plugins":[
        {"type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true}},
        {"type":"portmap","capabilities":{"portMappings":true}},{"type":"bandwidth","capabilities":{"bandwidth":true}}]}"#;
    tree.remove("/etc/cni/net.d")
        .file(&format!("{own}/cni/net.d/10-flannel.conflist"), list)
        .plugins(
            "/var/lib/rancher/k3s/data/cni",
            &["flannel", "portmap", "bandwidth", "bridge", "host-local", "loopback"],
        )
        .file(&format!("{own}/containerd/config.toml"), K3S);
    tree
}

/// A kind of node, and the function that makes it.
type Kind = (&'static str, fn() -> Tree);

pub(crate) const ALL: [Kind; 6] = [
    ("Azure + Antrea", azure_antrea),
    ("Calico", calico),
    ("EKS + Istio", eks_istio),
    ("Multus", multus),
    ("GKE", gke),
    ("k3s", k3s),
];
