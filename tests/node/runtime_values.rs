//! Runtime values that have their own options. The live values are asserted; pods that use them are not tested.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::network::{CHAIN, PRIMARY, primary};
use crate::node::{CONFIG, Node};
use crate::program::{Way, install, run};
use crate::rig::Release;
use crate::stamps::Stamps;

/// The quiet time is not tested here.
const UNINSTALL: [&str; 7] = ["uninstall", "--owner", "tuning", "--output", "json", "--restart-quiet", "0s"];
const IMAGE: &str = "example.test/pause:9";

/// The live `SystemdCgroup` of each runtime that has one.
fn cgroups(node: &Node) -> BTreeMap<String, bool> {
    let config = node.cri().status().unwrap().document("config");
    let runtimes = config["containerd"]["runtimes"].as_object().cloned().unwrap_or_default();
    let flag = |runtime: &Value| runtime["options"]["SystemdCgroup"].as_bool().unwrap_or(false);
    runtimes.iter().map(|(name, runtime)| (name.clone(), flag(runtime))).collect()
}

pub(crate) fn a_cgroup_driver_and_a_sandbox_image_are_live_and_rolled_back(node: &Node) {
    let (before, starts) = (node.read(CONFIG), node.starts());
    assert!(cgroups(node).values().all(|flag| !flag), "{:?}", cgroups(node));
    node.write(PRIMARY, primary("primary", 88));
    let runtime_config = install(&["--systemd-cgroup", "true", "--sandbox-image", IMAGE]);
    let first = run(node, Way::Host, &runtime_config);
    let report = first.ended("ready");
    assert_eq!(
        (node.starts(), report["runtime"]["restarted"].as_bool()),
        (starts + 1, Some(true)),
        "{report}"
    );
    assert!(first.has_finding("cgroup-driver-changed"), "{report}");
    let live = cgroups(node);
    assert!(!live.is_empty() && live.values().all(|flag| *flag), "{live:?}");
    assert!(String::from_utf8(node.read(CONFIG)).unwrap().contains(IMAGE));
    if node.release != Release::Sid {
        assert_eq!(node.cri().status().unwrap().document("config")["sandboxImage"], IMAGE);
    }

    let stamps = Stamps::of(node);
    run(node, Way::Host, &runtime_config).ended("unchanged");
    stamps.assert_same(&Stamps::of(node));
    assert_eq!(node.starts(), starts + 1);

    run(node, Way::Host, &UNINSTALL).ended("removed");
    assert_eq!(String::from_utf8_lossy(&node.read(CONFIG)), String::from_utf8_lossy(&before));
    assert!(cgroups(node).values().all(|flag| !flag), "{:?}", cgroups(node));
    assert_eq!(node.starts(), starts + 2);
}

/// Keys in other spellings, and no `runc`: 2.x adds its own with `SystemdCgroup = false`, which no pod uses.
pub(crate) fn a_config_in_the_user_s_spelling_with_a_default_runtime_of_its_own(node: &Node) {
    let table = "plugins.\"io.containerd.grpc.v1.cri\"";
    let original = String::from_utf8(node.read(CONFIG)).unwrap();
    let text = format!(
        "{original}\n[{table}.containerd]\nDEFAULT_RUNTIME_NAME = \"gpu\"\n[{table}.containerd.runtimes.gpu]\nruntime_type = \"io.containerd.runc.v2\"\n\
         [{table}.containerd.runtimes.gpu.options]\nsystemdCgroup = false # Kubespray's spelling\n"
    );
    let text = text.replace("    restrict_oom", "    RESTRICT_OOM");
    let text = text.replace("bin_dir", "MAX_CONF_NUM = 0\n      bin_dir");
    assert!(text.contains("MAX_CONF_NUM"), "{text}");
    node.write(CONFIG, &text);
    node.restart_containerd();
    node.write(PRIMARY, primary("primary", 88));
    let (starts, runtime_config) = (node.starts(), install(&["--systemd-cgroup", "true"]));
    let live = |key: &str| {
        let config = node.cri().status().unwrap().document("config");
        config["containerd"]["runtimes"]["gpu"]["options"][key].clone()
    };
    assert_eq!((node.cri().status().unwrap().max_conf_num(), live("systemdCgroup")), (0, false.into()));

    let first = run(node, Way::Host, &runtime_config);
    first.ended("ready");
    assert_eq!(node.starts(), starts + 1, "{first}");
    let desired =
        text.replace("MAX_CONF_NUM = 0", "MAX_CONF_NUM = 1").replace("Cgroup = false", "Cgroup = true");
    assert_eq!(String::from_utf8(node.read(CONFIG)).unwrap(), desired);
    assert_eq!((node.cri().status().unwrap().max_conf_num(), live("systemdCgroup")), (1, true.into()));
    let runc = cgroups(node).get("runc").copied();
    assert_eq!(runc, (node.release == Release::Sid).then_some(false), "2.x has one of its own");

    run(node, Way::Host, &runtime_config).ended("unchanged");
    let check = run(node, Way::Host, &["check", "--output", "json"]);
    assert!(!check.stdout.contains("cgroup"), "{check}");
    run(node, Way::Host, &UNINSTALL).ended("removed");
    assert_eq!(String::from_utf8(node.read(CONFIG)).unwrap(), text);
}

pub(crate) fn the_kubelet_s_driver_is_taken_where_it_is_its_own(node: &Node) {
    node.write("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\ncgroupDriver: systemd\n");
    node.write(PRIMARY, primary("primary", 88));
    let starts = node.starts();
    let auto = run(node, Way::Host, &install(&["--systemd-cgroup", "auto"]));
    auto.ended("ready");
    // From 2.0 on the kubelet may use cgroupfs from the runtime, and a change would make the two differ.
    let own = node.release != Release::Sid;
    assert_eq!(auto.has_finding("cgroup-driver-from-cri"), !own, "{auto}");
    assert!(cgroups(node).values().all(|flag| *flag == own), "{:?}", cgroups(node));
    assert_eq!(node.starts(), starts + usize::from(own));
}

pub(crate) fn a_disabled_cri_is_mended_only_if_that_is_allowed(node: &Node) {
    // Docker's package ships only this line; the plugins are in containerd's default directory.
    let docker = "# comment of a package\ndisabled_plugins = [\"cri\"] # and its end\n\n#root = \"/x\"\n";
    node.sh("mkdir -p /opt/cni && ln -s /usr/lib/cni /opt/cni/bin");
    node.write(CONFIG, docker);
    node.sh("systemctl reset-failed containerd; systemctl restart containerd");
    node.write(PRIMARY, primary("primary", 88));
    let starts = node.starts();

    let refused = run(node, Way::Host, &install(&[]));
    refused.failed("cri-disabled");
    assert!(refused.stderr.contains("--enable-cri"), "{refused}");
    assert_eq!((node.read(CONFIG), node.starts()), (docker.as_bytes().to_vec(), starts));
    assert!(!node.has(CHAIN));

    let report = run(node, Way::Host, &install(&["--enable-cri"])).ended("ready");
    assert_eq!(report["proof"]["matches"], true, "{report}");
    assert_eq!(node.starts(), starts + 1);
    let mended = String::from_utf8(node.read(CONFIG)).unwrap();
    assert_eq!(mended, docker.replace("[\"cri\"]", "[]"));

    let back = run(node, Way::Host, &UNINSTALL);
    back.ended("removed");
    assert!(back.has_finding("cri-disabled-again"), "{back}");
    assert_eq!(node.read(CONFIG), docker.as_bytes());
    assert!(!node.has(CHAIN) && node.cri().status().is_err());
}

/// As on k3s: the config is written again at each start. (This node's containerd is the distribution's own.)
pub(crate) fn a_generated_config_is_left_alone_and_a_drop_in_that_it_imports_is_written(node: &Node) {
    let dir = "/var/lib/rancher/k3s/agent/etc/containerd";
    let (config, drop_in) =
        (format!("{dir}/config.toml"), format!("{dir}/config-v3.toml.d/zz-cni-bootstrap.toml"));
    let bare = String::from_utf8(node.read(CONFIG)).unwrap();
    let start = format!("[Service]\nExecStart=\nExecStart=/usr/bin/containerd --config {config}\n");
    node.write(&config, &bare);
    node.write("/etc/systemd/system/containerd.service.d/config.conf", start);
    node.sh("systemctl daemon-reload");
    node.restart_containerd();
    node.write(PRIMARY, primary("primary", 88));
    let runtime_config = install(&["--systemd-cgroup", "true"]);
    let starts = node.starts();

    let refused = run(node, Way::Host, &runtime_config);
    refused.failed("config-not-patchable");
    assert!(refused.stderr.contains(&format!("cp {config} {dir}/config")), "{refused}");
    assert!(refused.stderr.contains("SystemdCgroup = true in ["), "{refused}");
    assert_eq!((node.read(&config), node.starts()), (bare.clone().into_bytes(), starts));
    assert!(!node.has(CHAIN));

    let importing = format!("imports = [\"{dir}/config-v3.toml.d/*.toml\"]\n{bare}");
    node.write(&config, &importing);
    node.restart_containerd();
    let starts = node.starts();
    let report = run(node, Way::Host, &runtime_config).ended("ready");
    assert_eq!(node.read(&config), importing.as_bytes(), "{report}");
    assert!(String::from_utf8(node.read(&drop_in)).unwrap().contains("SystemdCgroup = true"));
    assert!(cgroups(node).values().all(|flag| *flag), "{:?}", cgroups(node));
    assert_eq!(node.cri().status().unwrap().document("config")["cni"]["binDirs"][0], "/usr/lib/cni");
    assert_eq!(node.starts(), starts + 1);
    run(node, Way::Host, &runtime_config).ended("unchanged");

    run(node, Way::Host, &UNINSTALL).ended("removed");
    assert_eq!(node.read(&config), importing.as_bytes());
    assert!(!node.has(&drop_in) && cgroups(node).values().all(|flag| !flag));
}

pub(crate) fn a_template_with_a_mistake_is_refused_before_containerd_knows_of_it(node: &Node) {
    let (before, starts) = (node.read(CONFIG), node.starts());
    node.write(PRIMARY, primary("primary", 88));
    node.write("/etc/cni/pod.template", "{\n  \"subnet\": \"{{.PodCidr}}\"\n}\n");
    let runtime_config = install(&["--conf-template", "/etc/cni/pod.template"]);
    let refused = run(node, Way::Host, &runtime_config);
    refused.failed("conf-template-invalid");
    assert!(refused.stderr.contains("/etc/cni/pod.template:2:"), "{refused}");
    let absent = run(node, Way::Host, &install(&["--conf-template", "/etc/cni/none.template"]));
    absent.failed("conf-template-missing");
    assert_eq!((node.read(CONFIG), node.starts(), node.has(CHAIN)), (before, starts, false));

    node.write("/etc/cni/pod.template", "{\n  \"subnet\": \"{{.PodCIDR}}\"\n}\n");
    run(node, Way::Host, &runtime_config).ended("ready");
    let live = node.cri().status().unwrap().document("config");
    assert_eq!(live["cni"]["confTemplate"], "/etc/cni/pod.template");
    assert_eq!(node.starts(), starts + 1);
}
