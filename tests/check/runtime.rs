//! The runtime: its report, its config, its handlers, and the kubelet.

use cni_bootstrap::cli::{self, Job};
use cni_bootstrap::distro::{DISTROS, RuntimeName};
use cni_bootstrap::host::Root;
use cni_bootstrap::node::{Answers, HostPath, Node, Service};
use cni_bootstrap::observe::{Scope, look};
use cni_bootstrap::plan::{KubeletSays, kubelet_says};
use cni_bootstrap::report::Severity;

use crate::check::Damaged;
use crate::check::conf::LIST;
use crate::check::kinds::{calico, gke};
use crate::check::tree::{CONFIG, NET_D, Tree};

const IMPORTS: &str = "version = 2\nimports = [\"/etc/containerd/conf.d/x.toml\"]\n";
const DROP_IN: &str = "/etc/containerd/conf.d/x.toml";
const RUNC: &str = "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]";

fn running(version: &str) -> Tree {
    let mut tree = calico();
    tree.runs(version, LIST);
    tree
}

fn configured(from: &str, to: &str) -> Tree {
    let tree = calico();
    tree.edit(CONFIG, from, to);
    tree
}

fn info(tree: &mut Tree, key: &str, from: &str, to: &str) {
    tree.says(|raw| {
        let text = raw.info.get_mut(key).unwrap();
        assert!(text.contains(from), "{text}");
        *text = text.replace(from, to);
    });
}

/// A drop-in that takes nothing away from any release's config.
const NVIDIA: &str = "version = 2\n[debug]\nlevel = \"info\"\n";

pub(crate) const DAMAGED: &[Damaged] = &[
    (&["runtime-config-refused"], || configured("version = 2", "version = ")),
    (&["runtime-config-refused"], || configured("version = 2", "version = 9")),
    (&["runtime-config-refused"], || configured("  bin_dir", "  max_conf_num = \"1\"\n  bin_dir")),
    (&["runtime-import-missing"], || configured("version = 2\n", IMPORTS)),
    (&["runtime-not-running"], || {
        let mut tree = calico();
        tree.silent("nothing listens on CRI socket /run/containerd/containerd.sock");
        tree
    }),
    (&["runtime-unit-masked"], || {
        let tree = calico();
        tree.mkdir("/etc/systemd/system").link("/dev/null", "/etc/systemd/system/containerd.service");
        tree
    }),
    (&["cri-disabled"], || {
        let mut tree = calico();
        tree.silent("the daemon behind CRI socket /run/containerd/containerd.sock does not serve CRI: unknown service");
        tree
    }),
    (&["cri-disabled"], || {
        configured("version = 2\n", "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n")
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("2.1.9");
        let both = "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\n  bin_dir = \"/opt/cni/bin\"\n  \
                    bin_dirs = [\"/opt/cni/bin\", \"/usr/lib/cni\"]\n\
                    [plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc]\n  runtime_type = \"io.containerd.runc.v2\"\n\
                    [plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc.options]\n  SystemdCgroup = true\n";
        tree.file(CONFIG, both);
        tree
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("1.7.24");
        tree.edit(CONFIG, "version = 2", "version = ");
        tree
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("1.7.24");
        tree.edit(CONFIG, "version = 2\n", "version = 2\nroot =\n");
        tree
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("2.1.9");
        tree.edit(CONFIG, "version = 2\n", "version = 2\nroot = \"/srv/c\"\nstate = \"/srv/c\"\n");
        tree
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("1.6.30");
        tree.edit(CONFIG, "version = 2\n", "version = 2\nroot = \"/etc/hostname/containerd\"\n");
        tree.file("/etc/hostname", "node\n");
        tree
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("1.7.24");
        let spec = "  runtime_type = \"io.containerd.runc.v2\"\n  base_runtime_spec = \"/etc/containerd/gone.json\"\n";
        tree.edit(CONFIG, "  runtime_type = \"io.containerd.runc.v2\"\n", spec);
        tree
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("2.1.9");
        tree.file("/var/lib/containerd", "a file, where a directory must be\n");
        tree
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("1.7.24");
        tree.edit(CONFIG, "  sandbox_image", "  stream_idle_timeout = \"soon\"\n  sandbox_image");
        tree
    }),
    (&["runtime-will-not-come-up"], || {
        let tree = running("1.7.24");
        tree.edit(
            CONFIG,
            "version = 2\n",
            "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n",
        );
        tree
    }),
    (&["default-runtime-missing"], || {
        configured(
            RUNC,
            "[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n  default_runtime_name = \"nvidia\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]",
        )
    }),
    (&["runtime-type-unusable"], || {
        let tree = running("2.1.9");
        tree.edit(CONFIG, "io.containerd.runc.v2", "io.containerd.runtime.v1.linux");
        tree
    }),
    (&["runtime-type-unusable"], || {
        let tree = running("1.7.24");
        tree.edit(CONFIG, "  runtime_type = \"io.containerd.runc.v2\"\n", "");
        tree
    }),
    (&["runtime-type-unusable"], || configured("io.containerd.runc.v2", "runc")),
    (&["runtime-type-unusable"], || configured("io.containerd.runc.v2", "bin/containerd-shim-runc-v2")),
    (&["runtime-shim-missing"], || configured("io.containerd.runc.v2", "/opt/shim")),
    (&["runtime-binary-missing"], || {
        let mut tree = configured(
            "SystemdCgroup = true",
            "SystemdCgroup = true\n  BinaryName = '/usr/local/nvidia/runtime'",
        );
        tree.runs("1.7.24", LIST);
        tree
    }),
    (&["runtime-binary-missing"], || {
        let tree = configured("SystemdCgroup = true", "SystemdCgroup = true\n  binaryName = \"crun\"");
        tree.file("/usr/bin/crun", "").mode("/usr/bin/crun", 0o644);
        tree
    }),
    (&["runtime-binary-missing"], || {
        let tree = calico();
        tree.remove("/usr/bin/runc");
        tree
    }),
    (&["sandbox-image-invalid"], || configured("registry.k8s.io/pause:3.9", "registry.k8s.io/pause:3.9 ")),
    (&["sandbox-image-invalid"], || {
        let mut tree = configured("registry.k8s.io/pause:3.9", "");
        tree.runs("1.7.24", LIST);
        tree
    }),
    (&["runtime-shim-missing"], || {
        let tree = calico();
        let kata = format!(
            "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\n  runtime_type = \"io.containerd.kata.v2\"\n{RUNC}"
        );
        tree.edit(CONFIG, RUNC, &kata);
        tree
    }),
    (&["cgroup-driver-mismatch"], || configured("SystemdCgroup = true", "SystemdCgroup = false")),
    (&["cgroup-driver-mismatch"], || configured("  SystemdCgroup = true\n", "")),
    (&["cgroup-driver-mismatch"], || {
        let tree = calico();
        tree.file("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\n");
        tree
    }),
    (&["cgroup-driver-mismatch"], || {
        let tree = calico();
        tree.file("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--config-dir=/etc/kubernetes/kubelet.conf.d\n");
        tree.file(
            "/etc/kubernetes/kubelet.conf.d/50-old.conf",
            "kind: KubeletConfiguration\ncgroupDriver: cgroupfs\n",
        );
        tree
    }),
    (&["kubelet-config-unreadable"], || {
        let tree = calico();
        tree.file("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\ncgroupDriver: [cgroupfs\n");
        tree
    }),
    (&["kubelet-runtime-versions"], || {
        let mut tree = running("1.7.29");
        tree.kubelet("Kubernetes v1.36.1");
        tree
    }),
    (&["kubelet-runtime-versions"], || {
        let mut tree = running("1.5.9");
        tree.kubelet("Kubernetes v1.28.3");
        tree
    }),
    (&["runtime-values-lost", "sandbox-image-lost"], || {
        let tree = configured("version = 2\n", IMPORTS);
        tree.file(
            DROP_IN,
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n  runtime_type = \"io.containerd.runc.v2\"\n\
             [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n  SystemdCgroup = true\n",
        );
        let mut tree = tree;
        tree.runs("1.7.24", LIST);
        tree
    }),
    (&["runtime-drop-in-unread"], || {
        let tree = calico();
        tree.file("/etc/containerd/conf.d/99-nvidia.toml", NVIDIA);
        tree
    }),
    (&["runtime-drop-in-unread"], || {
        let tree = calico();
        let config = tree.read(CONFIG);
        tree.file(CONFIG, format!("includes = [\"/etc/containerd/conf.d/*.toml\"]\n{config}"))
            .file("/etc/containerd/conf.d/99-nvidia.toml", NVIDIA);
        tree
    }),
    (&["runtime-keys-ignored"], || {
        let tree = running("2.1.9");
        tree.file(CONFIG, "[plugins.cri.cni]\n  conf_dir = \"/etc/cni/net.d\"\n").remove("/var/lib/kubelet");
        let mut tree = tree;
        info(&mut tree, "config", "\"SystemdCgroup\":true", "\"SystemdCgroup\":false");
        tree
    }),
    (&["runtime-needs-restart"], || {
        let tree = running("1.7.24");
        tree.edit(CONFIG, "  bin_dir", "  max_conf_num = 2\n  bin_dir");
        tree
    }),
    (&["conf-template-bare"], || {
        configured("  bin_dir", "  conf_template = \"10-calico.conflist\"\n  bin_dir")
    }),
    (&["conf-template-missing"], || {
        configured("  bin_dir", "  conf_template = \"/etc/containerd/gone\"\n  bin_dir")
    }),
    (&["conf-template-invalid"], || {
        let tree = gke();
        tree.edit("/home/containerd/cni.template", "{{.PodCIDR}}", "{{.PodCidr}}");
        tree
    }),
    (&["conf-template-invalid"], || {
        let tree = gke();
        tree.file("/home/containerd/cni.template", "{\"name\": \"x\", \"plugins\": []}");
        tree
    }),
    (&["runtime-config-overridden"], || {
        let tree = configured("version = 2\n", IMPORTS);
        tree.edit(CONFIG, "  bin_dir", "  max_conf_num = 2\n  bin_dir");
        let whole = tree
            .read(CONFIG)
            .replace(IMPORTS, "version = 2\n")
            .replace("max_conf_num = 2", "max_conf_num = 1");
        tree.file(DROP_IN, whole);
        let mut tree = tree;
        tree.runs("1.7.24", LIST);
        tree
    }),
    (&["runtime-config-elsewhere"], || {
        let mut tree = running("1.7.24");
        tree.file("/opt/containerd/config.toml", tree.read(CONFIG));
        let config = Some(HostPath::new("/opt/containerd/config.toml").unwrap());
        tree.service(Service { config, ..Service::default() });
        tree
    }),
    (&["runtime-deprecation"], || {
        let mut tree = running("1.7.24");
        tree.says(|raw| {
            raw.conditions.push(cni_bootstrap::node::Condition {
                kind: "ContainerdHasNoDeprecationWarnings".into(),
                reason: "ContainerdHasDeprecationWarnings".into(),
                message: r#"{"io.containerd.deprecation/cri-registry-mirrors":"The `mirrors` property is deprecated"}"#.into(),
                status: false,
            });
        });
        tree
    }),
    (&["conf-not-loaded"], || {
        let tree = running("1.7.24");
        tree.edit(LIST, "\"snat\": true", "\"snat\": false");
        tree
    }),
    (&["network-load-failed"], || {
        let mut tree = running("1.7.24");
        tree.says(|raw| {
            raw.info.insert(
                "lastCNILoadStatus".into(),
                "cni config load failed: unexpected end of JSON input".into(),
            );
        });
        tree
    }),
    (&["network-not-ready"], || {
        let mut tree = running("2.1.9");
        tree.says(|raw| {
            raw.conditions[0].status = false;
            raw.conditions[0].message = "Network plugin returns error: plugin status: not available".into();
        });
        tree
    }),
];

#[test]
fn a_kubelet_that_takes_its_driver_from_the_runtime_needs_no_other() {
    for (kubelet, version, gate, codes) in [
        ("Kubernetes v1.30.2", "1.7.24", "", &["cgroup-driver-mismatch"][..]),
        ("Kubernetes v1.31.0", "1.7.24", "", &["cgroup-driver-mismatch"]),
        ("Kubernetes v1.30.2", "2.1.9", "", &["cgroup-driver-mismatch"]),
        ("Kubernetes v1.31.0", "2.1.9", "", &[]),
        ("Kubernetes v1.30.2", "2.1.9", "featureGates:\n  KubeletCgroupDriverFromCRI: true\n", &[]),
        (
            "Kubernetes v1.33.0",
            "2.1.9",
            "featureGates: {KubeletCgroupDriverFromCRI: false}\n",
            &["cgroup-driver-mismatch"],
        ),
        ("Kubernetes v1.34.0", "2.1.9", "featureGates: {KubeletCgroupDriverFromCRI: false}\n", &[]),
    ] {
        let mut tree = configured("SystemdCgroup = true", "SystemdCgroup = false");
        tree.runs(version, LIST).kubelet(kubelet);
        info(&mut tree, "config", "\"SystemdCgroup\":true", "\"SystemdCgroup\":false");
        tree.file("/var/lib/kubelet/config.yaml", format!("cgroupDriver: systemd\n{gate}"));
        let found = tree.findings();
        let found: Vec<&str> = found.iter().map(|located| located.finding.code).collect();
        assert_eq!(found, codes, "{kubelet}, containerd {version}, {gate:?}");
    }
}

/// An edit that waits for the next start is told as such, and not as what pods fail of now.
#[test]
fn a_value_that_is_not_loaded_yet_is_told_as_such() {
    let tree = running("1.7.24");
    tree.edit(CONFIG, "io.containerd.runc.v2", "runc");
    let found = tree.findings();
    let told: Vec<_> = found.iter().map(|located| (located.finding.code, located.finding.severity)).collect();
    assert!(told.iter().all(|(_, severity)| *severity == Severity::Warning), "{found:#?}");
    assert!(told.iter().any(|(code, _)| *code == "runtime-type-unusable"), "{found:#?}");
}

/// Without an old load error a file that was moved in is told as not loaded.
#[test]
fn a_list_that_was_moved_in_is_not_loaded_whatever_the_last_load_said() {
    let mut tree = running("1.7.24");
    tree.says(|raw| {
        raw.conditions[0].status = false;
        raw.conditions[0].message = "Network plugin returns error: cni plugin not initialized".into();
        let text = "cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config";
        raw.info.insert("lastCNILoadStatus".into(), text.into());
        raw.info.insert("cniconfig".into(), r#"{"PluginDirs":["/opt/cni/bin"],"PluginConfDir":"/etc/cni/net.d","PluginMaxConfNum":1,"Networks":[]}"#.into());
    });
    let found = tree.findings();
    let codes: Vec<&str> = found.iter().map(|located| located.finding.code).collect();
    assert_eq!(codes, ["conf-not-loaded"], "{found:#?}");
}

/// The tables of version 2 in a file without a version: one line mends all.
#[test]
fn a_missing_version_is_the_first_remedy() {
    let mut tree = configured("version = 2\n", "");
    tree.runs("1.7.24", LIST);
    info(&mut tree, "config", "\"SystemdCgroup\":true", "\"SystemdCgroup\":false");
    let found = tree.findings();
    let codes: Vec<&str> = found.iter().map(|located| located.finding.code).collect();
    assert_eq!(codes[0], "cgroup-driver-mismatch", "{found:#?}");
    assert!(codes.contains(&"runtime-keys-ignored"), "{found:#?}");
    for located in found.iter().filter(|located| codes[..2].contains(&located.finding.code)) {
        assert!(located.finding.remedy.starts_with("sed -i '1i version = 2' "), "{located:#?}");
    }
    mended(&tree, " && systemctl restart containerd");
    assert!(tree.read(CONFIG).starts_with("version = 2\n[plugins"));
}

#[test]
fn a_kubelet_that_is_not_known_is_not_accused() {
    let mut tree = configured("SystemdCgroup = true", "SystemdCgroup = false");
    tree.runs("2.1.9", LIST);
    info(&mut tree, "config", "\"SystemdCgroup\":true", "\"SystemdCgroup\":false");
    assert!(tree.findings().is_empty(), "{:#?}", tree.findings());
    let unseen = tree.view(|view| view.unseen().join("\n"));
    assert!(unseen.contains("the release of the kubelet"), "{unseen}");
}

#[test]
fn the_cgroup_remedy_mends_it() {
    for mut tree in [
        configured("SystemdCgroup = true", "SystemdCgroup = false"),
        configured(
            "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n  SystemdCgroup = true\n",
            "",
        ),
        configured("SystemdCgroup = true", "SystemdCgroup=false # was so"),
        configured("SystemdCgroup = true", "systemdCgroup = false"),
        configured("  SystemdCgroup = true\n", ""),
        // Quoted as by `containerd config default` of 2.x: a second table with the same name would stop containerd.
        with_config(
            "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]\n  runtime_type = 'io.containerd.runc.v2'\n  \
             [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\n    BinaryName = ''\n",
        ),
        with_config(
            "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]\n  runtime_type = 'io.containerd.runc.v2'\n",
        ),
        with_config("version = 3\n"),
        with_config("version = 2\n"),
        with_config(""),
    ] {
        // A kubelet that does not ask the runtime.
        tree.kubelet("Kubernetes v1.30.2");
        assert_eq!(tree.findings()[0].finding.code, "cgroup-driver-mismatch", "{}", tree.read(CONFIG));
        let command = mended(&tree, " && systemctl restart containerd");
        assert!(tree.findings().is_empty(), "{command}\n{}\n{:#?}", tree.read(CONFIG), tree.findings());
    }
}

fn with_config(text: &str) -> Tree {
    let tree = calico();
    tree.file(CONFIG, text);
    tree
}

/// Pastes the first finding's remedy, without its end, and returns the command.
fn mended(tree: &Tree, end: &str) -> String {
    let remedy = tree.findings()[0].finding.remedy.replace(end, "");
    let command = remedy.replace(CONFIG, tree.path(CONFIG).to_str().unwrap());
    let status = std::process::Command::new("sh").args(["-c", &command]).status().unwrap();
    assert!(status.success() && !command.starts_with('#'), "{command}\n{}", tree.read(CONFIG));
    command
}

#[test]
fn the_remedy_for_a_disabled_cri_leaves_other_plugins_disabled() {
    for (list, left) in [
        ("[\"io.containerd.grpc.v1.cri\"]", "[]"),
        (
            "['io.containerd.snapshotter.v1.zfs', 'io.containerd.grpc.v1.cri']",
            "['io.containerd.snapshotter.v1.zfs', ]",
        ),
        (
            "[\n  \"io.containerd.grpc.v1.cri\",\n  \"io.containerd.snapshotter.v1.zfs\",\n]",
            "[\n  \n  \"io.containerd.snapshotter.v1.zfs\",\n]",
        ),
    ] {
        let tree = configured("version = 2\n", &format!("version = 2\ndisabled_plugins = {list}\n"));
        assert_eq!(tree.findings()[0].finding.code, "cri-disabled");
        let command = mended(&tree, " && systemctl restart containerd");
        assert!(
            tree.read(CONFIG).contains(&format!("disabled_plugins = {left}\n")),
            "{command}\n{}",
            tree.read(CONFIG)
        );
        assert!(tree.findings().is_empty(), "{command}\n{}", tree.read(CONFIG));
    }
}

/// Docker's package and other authors spell the entry as older releases do.
#[test]
fn the_remedy_for_a_disabled_cri_works_on_the_file_as_it_is_spelled() {
    const DOCKER: &str = "#   Copyright 2018-2022 Docker Inc.\n\n#disabled_plugins = []\ndisabled_plugins = [\"cri\"]\n\n#root = \"/x\"\n";
    for (text, left) in [
        (DOCKER, "\ndisabled_plugins = []\n"),
        ("disabled_plugins=['cri']\n", "disabled_plugins=[]\n"),
        ("\tdisabled_plugins\t=\t[ \"cri\" ]   # ] not here\r\n", "[ ]   # ] not here\r\n"),
        ("\"disabled_plugins\" = [\"cri\"]\n", "\"disabled_plugins\" = []\n"),
        (
            "disabled_plugins = [ # all of [these]\n  \"cri\", # why\n  \"io.containerd.grpc.v1.cri\",\n  \"zfs\"\n]\n",
            "# all of [these]\n",
        ),
    ] {
        let tree = with_config(text);
        let found = tree.findings();
        assert_eq!(found[0].finding.code, "cri-disabled", "{text}: {found:#?}");
        let command = mended(&tree, " && systemctl restart containerd");
        let now = tree.read(CONFIG);
        assert!(now.contains(left), "{command}\n{now}");
        assert_eq!(now.contains("zfs"), text.contains("zfs"), "{command}\n{now}");
        let found = tree.findings();
        assert!(!found.iter().any(|located| located.finding.code == "cri-disabled"), "{command}\n{now}");
    }
}

/// CRI reports the list that libcni made of it, not the file's text.
#[test]
fn a_single_plugin_file_that_is_loaded_yields_nothing() {
    const ALONE: &str = "/etc/cni/net.d/10-bridge.conf";
    let with = |loaded: &str| {
        let mut tree = calico();
        tree.remove(crate::check::conf::LIST)
            .file(ALONE, r#"{"cniVersion":"0.3.1","name":"pods","type":"bridge"}"#);
        tree.program("/opt/cni/bin/bridge").file("/tmp/list", loaded);
        tree.runs("1.7.24", "/tmp/list");
        tree
    };
    let list = r#"{"cniVersion":"0.3.1","name":"pods","plugins":[{"cniVersion":"0.3.1","name":"pods","type":"bridge"}]}"#;
    assert!(with(list).findings().is_empty(), "{:#?}", with(list).findings());
    for other in [list.replace("pods", "else"), list.replace("bridge", "ptp")] {
        assert_eq!(with(&other).findings()[0].finding.code, "conf-not-loaded");
    }
}

#[test]
fn several_networks_are_mended_where_the_number_stands() {
    let tree = configured("  bin_dir", "  max_conf_num=0\n  bin_dir");
    tree.conf("87-podman-bridge.conflist", r#"{"name":"podman","plugins":[{"type":"portmap"}]}"#);
    mended(&tree, " && systemctl restart containerd");
    assert!(tree.read(CONFIG).contains("  max_conf_num=1\n"), "{}", tree.read(CONFIG));
    assert!(tree.findings().is_empty(), "{:#?}", tree.findings());
}

#[test]
fn a_shim_that_is_named_as_a_file_or_has_no_name_is_not_looked_for() {
    let kata = format!(
        "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\n  runtime_type = \"io.containerd.kata.v2\"\n  \
         runtime_path = \"/opt/kata/libexec/shim\"\n{RUNC}"
    );
    assert!(configured(RUNC, &kata).findings().is_empty());
    let mut old = configured("io.containerd.runc.v2", "io.containerd.runtime.v1.linux");
    old.remove("/var/lib/kubelet");
    old.runs("1.6.20", LIST);
    let found = old.findings();
    assert!(found.iter().all(|located| located.finding.code != "runtime-shim-missing"), "{found:#?}");
}

#[test]
fn a_node_of_cri_o_has_its_runtime() {
    let tree = calico();
    tree.file("/run/systemd/system/x", "").file("/run/crio/crio.sock", "");
    assert!(tree.live_findings().is_empty(), "{:#?}", tree.live_findings());
    tree.remove("/run/crio");
    assert_eq!(tree.live_findings()[0].finding.code, "runtime-not-running");
}

/// Without a word of systemd the config file tells which distribution it is, and so which unit is to be restarted.
#[test]
fn a_remedy_names_the_unit_of_the_distribution() {
    let mut told = 0;
    for distro in DISTROS.iter().filter(|distro| distro.runtime == RuntimeName::Containerd) {
        let (Some(unit), Some(config)) = (distro.unit(), distro.configs.first()) else { continue };
        let tree = calico();
        tree.remove(CONFIG).file(config, "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n");
        let findings = tree.findings();
        let remedy = &findings[0].finding.remedy;
        assert!(remedy.ends_with(&format!("systemctl restart {unit}")), "{}: {remedy}", distro.name);
        told += 1;
    }
    assert!(told >= 5, "{told}");
}

/// The kubelet's settings, as `install` reads them.
fn install_sees(tree: &Tree, setting: &str) -> KubeletSays {
    let plugin = r#"{"type":"tuning"}"#;
    let args = [
        "cni-bootstrap",
        "install",
        "--plugin",
        plugin,
        "--systemd-cgroup",
        setting,
        "--host-root",
        tree.root(),
    ];
    let Job::Reconcile(job) = cli::parse(args.map(Into::into)).unwrap().job else { panic!("another job") };
    let root = Root::open(&job.host_root).unwrap();
    let scope = Scope::of(&job.settings, &Answers::default());
    kubelet_says(&look(&root, &job.settings, &scope, Node::default()))
}

#[test]
fn install_reads_the_kubelet_s_drop_ins_where_it_is_asked_to() {
    let tree = calico();
    tree.file("/etc/systemd/system/kubelet.service.d/x.conf", "Environment='A=--config-dir=/etc/k.d'\n")
        .file("/etc/k.d/x.conf", "kind: KubeletConfiguration\ncgroupDriver: cgroupfs\n");
    let driver = |setting| install_sees(&tree, setting).driver.map(|(driver, _)| driver);
    assert_eq!((driver("auto").as_deref(), driver("keep")), (Some("cgroupfs"), None));
}

#[test]
fn the_live_value_of_max_conf_num_counts_and_not_the_file() {
    let mut tree = running("1.7.24");
    tree.conf("87-podman-bridge.conflist", r#"{"name":"podman","plugins":[{"type":"portmap"}]}"#);
    info(&mut tree, "config", "\"maxConfNum\":1", "\"maxConfNum\":0");
    let found = tree.findings();
    let found: Vec<&str> = found.iter().map(|located| located.finding.code).collect();
    assert_eq!(found, ["several-networks", "runtime-needs-restart"]);
    assert!(tree.path(NET_D).exists());
}
