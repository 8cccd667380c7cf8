//! The conf dir: each file, its owner and its mode.

use cni_bootstrap::node::{Content, HostPath, Observed, PodSandbox};

use crate::check::Damaged;
use crate::check::kinds::{azure_antrea, calico, kubeconfig};
use crate::check::tree::{CONFIG, NET_D, Tree, token};

pub(crate) const LIST: &str = "/etc/cni/net.d/10-calico.conflist";
const OTHER: &str = r#"{"name":"other","cniVersion":"1.0.0","plugins":[{"type":"bridge"}]}"#;

fn without_conf() -> Tree {
    let tree = calico();
    tree.remove(LIST);
    tree
}

fn with(name: &str, text: &str) -> Tree {
    let tree = calico();
    tree.conf(name, text);
    tree
}

/// A node whose only plugin takes its addresses from host-local, with leases of the first pods.
fn full(subnet: &str, leases: u8) -> Tree {
    let tree = calico();
    let ipam = format!(r#"{{"type":"host-local","subnet":"{subnet}"}}"#);
    tree.conf(
        "10-calico.conflist",
        format!(r#"{{"name":"n","cniVersion":"0.4.0","plugins":[{{"type":"ptp","ipam":{ipam}}}]}}"#),
    );
    tree.plugins("/opt/cni/bin", &["ptp"]).file("/var/lib/cni/networks/n/last_reserved_ip.0", "10.88.0.9");
    for number in 2..2 + leases {
        let id = pod(number).id;
        tree.file(&format!("/var/lib/cni/networks/n/10.88.0.{number}"), format!("{id}\r\neth0"));
    }
    tree
}

fn pod(number: u8) -> PodSandbox {
    PodSandbox { id: format!("{number:064x}"), name: format!("pod-{number}"), ..PodSandbox::default() }
}

/// libcni 1.2, in containerd 2.0, removes a result that it cannot read, so the pod ends.
#[test]
fn an_empty_result_keeps_pods_only_before_containerd_2() {
    for (version, codes) in [
        ("1.6.20", &["cached-result-empty"][..]),
        ("1.7.24", &["cached-result-empty"]),
        ("2.0.1", &[]),
        ("2.1.9", &[]),
    ] {
        let mut tree = calico();
        tree.file("/var/lib/cni/results/k8s-pod-network-a-eth0", "");
        tree.runs(version, LIST).kubelet("Kubernetes v1.30.2");
        let found = tree.findings();
        let found: Vec<&str> = found.iter().map(|located| located.finding.code).collect();
        assert_eq!(found, codes, "{version}");
    }
}

#[test]
fn a_range_with_an_address_left_is_not_full() {
    assert!(full("10.88.0.0/28", 12).findings().is_empty());
    assert!(full("10.88.0.0/27", 13).findings().is_empty());
}

#[test]
fn only_the_leases_of_pods_that_are_gone_are_named() {
    let mut tree = full("10.88.0.0/28", 13);
    tree.runs("1.7.24", LIST).pods((2..=12).map(pod).collect());
    let finding = tree.findings().remove(0).finding;
    assert_eq!(finding.remedy, "rm /var/lib/cni/networks/n/10.88.0.13 /var/lib/cni/networks/n/10.88.0.14");
    assert!(
        finding
            .message
            .contains("13 leases in /var/lib/cni/networks/n fill the range of 13 addresses, and 2 of")
    );
}

pub(crate) const DAMAGED: &[Damaged] = &[
    (&["conf-dir-missing"], || {
        let tree = calico();
        tree.remove(NET_D);
        tree
    }),
    (&["conf-dir-elsewhere"], || {
        let tree = calico();
        tree.edit(CONFIG, "/etc/cni/net.d", "/etc/cni/netd");
        tree
    }),
    (&["several-networks-possible"], || {
        let tree = calico();
        tree.edit(CONFIG, "  bin_dir", "  max_conf_num = 0\n  bin_dir");
        tree
    }),
    (&["conf-dir-unreadable"], || {
        let mut tree = calico();
        tree.seen = Some(|node| {
            let dir = HostPath::new(NET_D).unwrap();
            node.dirs.insert(dir, Observed::Unknown("permission denied".to_owned()));
        });
        tree
    }),
    (&["conf-dir-crowded"], || {
        let mut tree = calico();
        tree.seen = Some(|node| {
            if let Some(Observed::Present(dir)) = node.dirs.get_mut(&HostPath::new(NET_D).unwrap()) {
                dir.unread = 3;
            }
        });
        tree
    }),
    (&["conf-dir-replaced"], || {
        let mut tree = calico();
        tree.runs("1.7.24", LIST).started_long_ago();
        tree
    }),
    (&["conf-dir-empty"], without_conf),
    (&["conf-file-empty"], || {
        let tree = azure_antrea();
        tree.conf("05-antrea.conflist", "");
        tree
    }),
    (&["conf-file-empty"], || with("05-antrea.conflist", "\n")),
    (&["conf-file-empty"], || with("05-antrea.conflist", "\0\0\0\0")),
    (&["conf-file-invalid"], || {
        with("05-x.conflist", "{\n  \"name\": \"x\",\n  \"plugins\": [{\"typ\": \"y\"}]\n}")
    }),
    (&["conf-list-in-conf"], || with("05-other.conf", OTHER)),
    (&["conf-link-dangles"], || {
        let tree = calico();
        tree.link("/nowhere", &format!("{NET_D}/05-x.conflist"));
        tree
    }),
    (&["conf-link-dangles"], || {
        let tree = calico();
        tree.link("05-x.conflist", &format!("{NET_D}/05-x.conflist"));
        tree
    }),
    // For libcni a link to a directory is a file that it fails to read.
    (&["conf-link-dangles"], || {
        let tree = calico();
        tree.link("/opt", &format!("{NET_D}/05-x.conflist"));
        tree
    }),
    (&["conf-file-invalid"], || {
        let tree = with("05-x.conflist", "{");
        let file = std::fs::OpenOptions::new().write(true).open(tree.path("/etc/cni/net.d/05-x.conflist"));
        file.unwrap().set_len(100 << 20).unwrap();
        tree
    }),
    (&["conf-file-invalid"], || {
        let tree = calico();
        let path = tree.path("/etc/cni/net.d/05-x.conflist");
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        tree
    }),
    (&["conf-file-unnoticed"], || {
        let mut tree = calico();
        tree.runs("2.1.9", LIST).conf("05-antrea.conflist", "");
        tree
    }),
    (&["conf-taken-away"], || {
        let tree = without_conf();
        tree.conf("10-calico.conflist.cilium_bak", OTHER);
        tree
    }),
    (&["conf-taken-away"], || {
        let tree = without_conf();
        tree.conf(
            "05-cilium.conflist",
            r#"{"name":"cilium","cniVersion":"0.3.1","plugins":[{"type":"cilium-cni"}]}"#,
        )
        .conf("00-multus.conf.cilium_bak", r#"{"name":"m","type":"multus","clusterNetwork":"/x"}"#)
        .plugins("/opt/cni/bin", &["cilium-cni"]);
        tree
    }),
    (&["conf-put-aside"], || {
        let tree = without_conf();
        tree.conf("10-calico.conflist.mk_disabled", OTHER)
            .conf("87-podman-bridge.conflist.mk_disabled", OTHER);
        tree.plugins("/opt/cni/bin", &["bridge"]);
        tree
    }),
    (&["conf-put-aside"], || {
        let tree = without_conf();
        let list = calico().read(LIST);
        tree.conf("10-calico.conflist.old", list);
        tree
    }),
    // A package's default that was put aside does not count.
    (&["conf-dir-empty"], || {
        let tree = without_conf();
        tree.conf("87-podman-bridge.conflist.mk_disabled", OTHER).conf("10-broken.conflist.bak", "{");
        tree
    }),
    (&["addresses-exhausted"], || full("10.88.0.0/28", 13)),
    (&["addresses-exhausted"], || {
        let mut tree = full("10.88.0.0/28", 13);
        tree.runs("1.7.24", LIST).pods((2..=14).map(pod).collect());
        tree
    }),
    (&["addresses-exhausted"], || {
        let mut tree = full("10.88.0.0/28", 13);
        tree.runs("1.7.24", LIST).pods((2..=5).map(pod).collect());
        tree
    }),
    (&["cached-result-empty"], || {
        let tree = calico();
        tree.file("/var/lib/cni/results/k8s-pod-network-a-eth0", "")
            .file("/var/lib/cni/results/b-eth0", "{}");
        tree
    }),
    (&["conf-package-default"], || {
        let tree = without_conf();
        tree.conf("100-crio-bridge.conflist", OTHER).plugins("/opt/cni/bin", &["bridge"]);
        tree
    }),
    (&["conf-file-unreadable"], || {
        let mut tree = calico();
        tree.seen = Some(|node| {
            let file = node.files.get_mut(&HostPath::new(LIST).unwrap()).unwrap();
            let Observed::Present(file) = file else { panic!("no file") };
            file.content = Content::Unread("permission denied".to_owned());
        });
        tree
    }),
    (&["conf-package-default"], || {
        let tree = without_conf();
        tree.conf("87-podman-bridge.conflist", OTHER).plugins("/opt/cni/bin", &["bridge"]);
        tree
    }),
    (&["conf-package-default"], || {
        let tree = without_conf();
        tree.conf("10-containerd-net.conflist", OTHER)
            .conf("10-flannel.conflist", r#"{"name":"cbr0","plugins":[{"type":"flannel"}]}"#)
            .plugins("/opt/cni/bin", &["bridge", "flannel"]);
        tree
    }),
    (&["several-networks"], || {
        let tree = with("87-podman-bridge.conflist", OTHER);
        tree.edit(CONFIG, "  bin_dir", "  max_conf_num = 0\n  bin_dir").plugins("/opt/cni/bin", &["bridge"]);
        tree
    }),
    (&["network-name-invalid"], || {
        let tree = calico();
        tree.edit(LIST, "k8s-pod-network", "k8s pod network");
        tree
    }),
    (&["network-name-invalid"], || {
        let tree = calico();
        tree.edit(LIST, "k8s-pod-network", "");
        tree
    }),
    (&["cni-version-unsupported"], || {
        let mut tree = calico();
        tree.edit(LIST, "0.3.1", "1.1.0");
        tree.runs("1.7.24", LIST);
        tree
    }),
    (&["cni-version-unsupported"], || {
        let tree = calico();
        tree.edit(LIST, "0.3.1", "1.0");
        tree
    }),
    (&["conf-subdirectory"], || {
        let mut tree = calico();
        tree.runs("2.1.9", LIST).conf("k8s-pod-network/50-tuning.conf", r#"{"type":"tuning"}"#);
        tree
    }),
    (&["network-file-invalid"], || {
        let mut tree = calico();
        tree.runs("2.1.9", LIST).conf("k8s-pod-network/50-tuning.conf", "{");
        tree
    }),
    (&["plugin-runs-twice"], || {
        let mut tree = calico();
        tree.runs("2.1.9", LIST).conf("k8s-pod-network/50-portmap.conf", r#"{"type":"portmap"}"#);
        tree
    }),
    (&["conf-file-hidden"], || {
        let tree = calico();
        tree.conf(".05-x.conflist", tree.read(LIST));
        tree
    }),
    (&["conf-file-json"], || {
        let tree = calico();
        tree.conf("99-portmap.json", r#"{"name":"x","type":"portmap"}"#);
        tree
    }),
    (&["conf-file-link"], || {
        let tree = calico();
        tree.file("/etc/calico/10-calico.conflist", tree.read(LIST)).remove(LIST);
        tree.link("/etc/calico/10-calico.conflist", LIST);
        tree
    }),
    (&["conf-file-twice"], || with("10-calico.conf", r#"{"name":"k8s-pod-network","type":"calico"}"#)),
    (&["conf-file-shadowed"], || with("20-other.conflist", OTHER)),
    // Files with one plugin object too.
    (&["conf-file-shadowed"], || {
        let tree = without_conf();
        tree.conf("10-a.conf", r#"{"name":"a","type":"bridge","bridge":"cni0"}"#)
            .conf("20-b.conf", r#"{"name":"b","type":"bridge","bridge":"cni1"}"#)
            .plugins("/opt/cni/bin", &["bridge"]);
        tree
    }),
    // AKS renamed its file and the old one stayed: the same plugins with other settings (Azure/AKS#4349).
    (&["conf-file-shadowed"], || {
        let tree = azure_antrea();
        tree.remove("/etc/cni/net.d/05-antrea.conflist").conf(
            "15-azure-swift-overlay.conflist",
            tree.read("/etc/cni/net.d/10-azure.conflist").replace("azure-vnet-ipam", "azure-cns"),
        );
        tree
    }),
    (&["conf-file-invalid-later"], || with("20-other.conflist", "{")),
    (&["conf-leftover"], || with(".10-calico.conflist.tmp12345", "{")),
    (&["conf-leftover"], || {
        let tree = calico();
        for number in 0..700 {
            tree.conf(&format!(".10-calico.conflist.tmp{number}"), "");
        }
        tree
    }),
    (&["conf-leftover"], || {
        let tree = calico();
        tree.program("/opt/cni/bin/istio-cni.tmp.2391");
        tree
    }),
    (&["world-writable"], || {
        let tree = calico();
        tree.mode(LIST, 0o602);
        tree
    }),
    (&["world-writable"], || {
        let tree = calico();
        tree.mode(NET_D, 0o777);
        tree
    }),
    (&["world-writable"], || {
        let tree = calico();
        tree.mode("/opt/cni/bin/calico", 0o777);
        tree
    }),
    (&["conf-file-mode"], || {
        let tree = calico();
        tree.mode(LIST, 0o755);
        tree
    }),
    (&["foreign-owner"], || {
        let mut tree = calico();
        tree.seen = Some(|node| {
            let root = node.observations.stamps.get_mut(&HostPath::root()).unwrap();
            let Observed::Present(root) = root else { panic!("no root") };
            root.uid = 0;
            for observed in node.files.values_mut() {
                if let Observed::Present(file) = observed {
                    file.stamp.uid = 0;
                }
            }
            for observed in node.dirs.values_mut() {
                if let Observed::Present(dir) = observed {
                    dir.stamp.uid = 0;
                }
            }
            for observed in node.observations.programs.values_mut() {
                if let Observed::Present(program) = observed {
                    program.stamp.uid = 0;
                }
            }
            let file = node.files.get_mut(&HostPath::new(LIST).unwrap()).unwrap();
            let Observed::Present(file) = file else { panic!("no file") };
            file.stamp.uid = 1000;
        });
        tree
    }),
    (&["selinux-label"], || {
        let mut tree = calico();
        tree.seen = Some(|node| {
            let entry = node.observations.entries.get_mut(&HostPath::new(LIST).unwrap()).unwrap();
            let Observed::Present(entry) = entry else { panic!("no entry") };
            entry.label = Some("system_u:object_r:container_file_t:s0:c1,c2".to_owned());
        });
        tree
    }),
    (&["token-expired"], || with("calico-kubeconfig", &kubeconfig(&token(-7200)))),
    (&["token-expires-soon"], || with("calico-kubeconfig", &kubeconfig(&token(3600)))),
    (&["token-expired"], || {
        let tree = with("calico-kubeconfig", "users:\n- user:\n    tokenFile: /var/run/calico/token\n");
        tree.file("/var/run/calico/token", token(-1));
        tree
    }),
    // A kubeconfig is YAML, and JSON is YAML.
    (&["token-expired"], || {
        let config =
            serde_json::json!({"kind": "Config", "users": [{"name": "a", "user": {"token": token(-1)}}]});
        with("calico-kubeconfig", &config.to_string())
    }),
    (&["token-expired"], || {
        with("calico-kubeconfig", &format!("users: [{{name: a, user: {{token: {}}}}}]\n", token(-1)))
    }),
];

#[test]
fn a_finding_about_a_file_names_line_and_column() {
    let text = "{\n  \"name\": \"x\",\n  \"plugins\": [{\"typ\": \"y\"}]\n}";
    let found = with("05-x.conflist", text).findings();
    assert_eq!((found[0].line, found[0].column), (3, 15), "{found:#?}");
    assert_eq!(found[0].finding.subject, "/etc/cni/net.d/05-x.conflist:3:15");
    assert_eq!(found[0].file, "/etc/cni/net.d/05-x.conflist");
}

#[test]
fn a_name_with_blanks_is_one_word_of_the_remedy() {
    let tree = with("05-x copy.conflist", "");
    let remedy = &tree.findings()[0].finding.remedy;
    let command = remedy.replace(NET_D, tree.path(NET_D).to_str().unwrap());
    assert!(std::process::Command::new("sh").args(["-c", &command]).status().unwrap().success());
    assert!(tree.findings().is_empty(), "{remedy}");
}

#[test]
fn what_was_written_is_put_aside_and_not_removed() {
    let tree = with("05-x.conflist", "{");
    let remedy = &tree.findings()[0].finding.remedy;
    assert!(remedy.contains("mv /etc/cni/net.d/05-x.conflist /etc/cni/net.d/05-x.conflist.bak"), "{remedy}");
    assert!(!remedy.contains("rm "), "{remedy}");
}

#[test]
fn a_config_that_cannot_be_read_from_here_is_not_told_as_broken() {
    let mut tree = calico();
    tree.seen = Some(|node| {
        let Some(Observed::Present(file)) = node.files.get_mut(&HostPath::new(CONFIG).unwrap()) else {
            panic!("no file")
        };
        file.content = Content::Unread("permission denied".to_owned());
    });
    assert!(tree.findings().is_empty(), "{:#?}", tree.findings());
}

#[test]
fn the_directories_of_a_copy_are_those_of_its_config() {
    let tree = calico();
    tree.edit(CONFIG, "/etc/cni/net.d", "/etc/kubernetes/cni").mkdir("/etc/kubernetes/cni");
    let found = tree.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].finding.code, "conf-dir-elsewhere");
    assert_eq!(found[0].finding.subject, "/etc/containerd/config.toml:6:1");
    let message = &found[0].finding.message;
    assert!(
        message.starts_with("/etc/containerd/config.toml:6 sets conf_dir to /etc/kubernetes/cni"),
        "{message}"
    );
    assert!(message.contains("10-calico.conflist lies in /etc/cni/net.d"), "{message}");
    tree.remove(LIST);
    assert_eq!(tree.findings()[0].finding.code, "conf-dir-empty");
    assert_eq!(tree.findings()[0].finding.subject, "/etc/kubernetes/cni");
}

#[test]
fn a_directory_of_further_plugins_is_not_read_by_older_releases() {
    for (version, codes) in [("1.7.24", 0), ("2.0.0", 0), ("2.1.0", 1)] {
        let mut tree = calico();
        tree.runs(version, LIST).conf("k8s-pod-network/50-tuning.conf", r#"{"type":"tuning"}"#);
        assert_eq!(tree.findings().len(), codes, "{version}");
    }
}
