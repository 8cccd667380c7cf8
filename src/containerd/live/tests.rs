use crate::node::{Condition, LoadedNetwork, RawStatus, Runtime, Status};
use proptest::prelude::*;

/// The form of 1.6 and 1.7: one bin dir, a sandbox image.
const CONFIG_1: &str = r#"{"containerd":{"snapshotter":"overlayfs","defaultRuntimeName":"crun",
  "defaultRuntime":{"runtimeType":"","options":null},
  "runtimes":{"runc":{"runtimeType":"io.containerd.runc.v2","options":{"BinaryName":"","SystemdCgroup":true}},
              "crun":{"runtimeType":"io.containerd.runc.v2","options":null},
              "kata":{"runtimeType":"io.containerd.kata.v2","options":{"ConfigPath":"/etc/kata.toml"}}}},
  "cni":{"binDir":"/usr/lib/cni","confDir":"/etc/cni/net.d","maxConfNum":2,"confTemplate":"/etc/t.json"},
  "sandboxImage":"registry.example/pause:3.9","systemdCgroup":false}"#;

/// The form of 2.1 and later: several bin dirs, the old key empty, no sandbox image.
const CONFIG_2: &str = r#"{"containerd":{"defaultRuntimeName":"runc","runtimes":{"runc":{
    "runtimeType":"io.containerd.runc.v2","options":{"SystemdCgroup":false}}}},
  "cni":{"binDir":"","binDirs":["/opt/cni/bin","/usr/lib/cni"],"confDir":"/etc/cni/net.d","maxConfNum":1,
    "confTemplate":"","useInternalLoopback":false}}"#;

const CNI_CONFIG: &str = r#"{"PluginDirs":["/opt/cni/bin"],"PluginConfDir":"/etc/cni/net.d","PluginMaxConfNum":1,
  "Prefix":"eth","Networks":[
   {"Config":{"Name":"cni-loopback","CNIVersion":"0.3.1","Plugins":[{"Network":{"type":"loopback","ipam":{},"dns":{}},
     "Source":"{\"type\":\"loopback\"}"}],"Source":"{}"},"IFName":"lo"},
   {"Config":{"Name":"pods","CNIVersion":"1.0.0","Plugins":[{"Network":{"type":"ptp"},"Source":"{}"},
     {"Network":{"type":"tuning"},"Source":"{}"}],"Source":"{ \"name\": \"pods\" }\n"},"IFName":"eth0"}]}"#;

fn raw(version: &str, info: &[(&str, &str)]) -> RawStatus {
    RawStatus {
        runtime_name: "containerd".to_owned(),
        runtime_version: version.to_owned(),
        conditions: vec![
            Condition { kind: "RuntimeReady".to_owned(), status: true, ..Condition::default() },
            Condition {
                kind: "NetworkReady".to_owned(),
                status: false,
                reason: "NetworkPluginNotReady".to_owned(),
                message: "cni plugin not initialized".to_owned(),
            },
        ],
        info: info.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect(),
    }
}

fn read(raw: RawStatus) -> Status {
    match Runtime::read(raw) {
        Runtime::Containerd(status) => *status,
        Runtime::NotJudged(other) => panic!("{other}"),
    }
}

#[test]
fn release_1_says_one_bin_dir_a_sandbox_image_and_its_cgroups() {
    let live = read(raw("1.7.24", &[("config", CONFIG_1)])).live;
    assert_eq!(live.max_conf_num, Some(2));
    assert_eq!(live.conf_template.as_deref(), Some("/etc/t.json"));
    assert_eq!(live.sandbox_image.as_deref(), Some("registry.example/pause:3.9"));
    assert_eq!(live.default_runtime.as_deref(), Some("crun"));
    assert_eq!(live.bin_dirs, ["/usr/lib/cni"]);
    let cgroups: Vec<_> = live.systemd_cgroup.iter().map(|(name, on)| (name.as_str(), *on)).collect();
    assert_eq!(cgroups, [("crun", false), ("runc", true)], "kata has no such option");
}

/// Options are reported in the file's spelling; `fold` knows which one counts.
#[test]
fn the_cgroup_driver_is_read_in_the_file_s_spelling() {
    for (options, one, two) in [
        (r#"{"systemdCgroup":true}"#, true, true),
        (r#"{"SYSTEMDCGROUP":true}"#, true, true),
        (r#"{"SystemDcgroup":true}"#, false, true),
        (r#"{"SystemdCgroup":false,"systemdCgroup":true}"#, false, true),
        (r#"{"SYSTEMDCGROUP":true,"SystemdCgroup":false}"#, false, false),
    ] {
        let config = format!(
            r#"{{"containerd":{{"runtimes":{{"runc":{{"runtimeType":"io.containerd.runc.v2","options":{options}}}}}}}}}"#
        );
        let live = |version| read(raw(version, &[("config", &config)])).live.systemd_cgroup["runc"];
        assert_eq!((live("1.7.24"), live("2.1.9")), (one, two), "{options}");
    }
}

#[test]
fn release_2_says_several_bin_dirs_and_no_sandbox_image() {
    let live = read(raw("v2.2.0", &[("config", CONFIG_2)])).live;
    assert_eq!(live.bin_dirs, ["/opt/cni/bin", "/usr/lib/cni"]);
    assert_eq!(live.sandbox_image, None);
    assert_eq!(live.conf_template.as_deref(), Some(""), "said to be empty, which differs from not said");
    assert_eq!(live.systemd_cgroup.get("runc"), Some(&false));
}

#[test]
fn the_loader_tells_what_is_loaded_byte_for_byte() {
    let status = read(raw("2.1.9", &[("config", CONFIG_2), ("cniconfig", CNI_CONFIG)]));
    assert_eq!(status.networks.as_ref().map(Vec::len), Some(2));
    let pods: Vec<_> = status.pod_networks().collect();
    assert_eq!(
        pods,
        [&LoadedNetwork {
            ifname: "eth0".to_owned(),
            name: "pods".to_owned(),
            cni_version: "1.0.0".to_owned(),
            types: vec!["ptp".to_owned(), "tuning".to_owned()],
            source: Some("{ \"name\": \"pods\" }\n".to_owned()),
        }]
    );
    assert_eq!(status.bin_dirs, ["/opt/cni/bin"], "the loader's own answer wins over the config's");
    assert_eq!(status.conf_dir.as_deref(), Some("/etc/cni/net.d"));
}

#[test]
fn nothing_loaded_differs_from_not_told() {
    let empty = r#"{"PluginDirs":["/opt/cni/bin"],"PluginConfDir":"/etc/cni/net.d","Networks":null}"#;
    assert_eq!(read(raw("1.6.20", &[("cniconfig", empty)])).networks, Some(vec![]));
    assert_eq!(read(raw("1.6.20", &[])).networks, None);
}

#[test]
fn the_network_condition_and_the_load_status_are_taken_over() {
    let status = read(raw("1.6.20~ds1", &[("lastCNILoadStatus", "no network config found")]));
    assert!(!status.network_ready);
    assert_eq!(status.network_reason, "NetworkPluginNotReady");
    assert_eq!(status.network_message, "cni plugin not initialized");
    assert_eq!(status.load_status.as_deref(), Some("no network config found"));
    assert_eq!(status.release.map(|r| r.to_string()).as_deref(), Some("1.6.20"));
}

/// Only the name decides, and only here: a report in containerd's form from another runtime is not read.
#[test]
fn another_runtime_is_not_judged() {
    for (name, title) in
        [("cri-o", "CRI-O 1.31.2"), ("docker", "docker 1.31.2"), ("Containerd", "Containerd 1.31.2")]
    {
        let mut other = raw("1.31.2", &[("config", CONFIG_2), ("lastCNILoadStatus", "OK")]);
        other.runtime_name = name.to_owned();
        let runtime = Runtime::read(other);
        assert_eq!((runtime.containerd(), runtime.name().to_string()), (None, name.to_owned()));
        let Runtime::NotJudged(other) = runtime else { panic!("{name} is judged") };
        assert_eq!((other.to_string(), other.network_ready), (title.to_owned(), Some(false)));
        assert_eq!(other.network_message, "cni plugin not initialized");
    }
}

proptest! {
    #[test]
    fn no_answer_panics(config in ".*", cniconfig in ".*") {
        let _ = read(raw("2.0.0", &[("config", &config), ("cniconfig", &cniconfig)]));
    }
}
