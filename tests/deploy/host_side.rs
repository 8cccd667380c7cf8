//! Files for nodes without a cluster: user-data and the kops spec, generated from the units.

use crate::tools::{good, tools, top, yaml};

/// The example address and digest in the committed files.
const EXAMPLE: [&str; 2] = [
    "https://example.com/cni-bootstrap-linux-amd64",
    "0000000000000000000000000000000000000000000000000000000000000000",
];

#[test]
fn the_user_data_is_made_from_the_units_and_cloud_init_finds_nothing_in_it() {
    assert_made("deploy/cloud-init/render.sh", "deploy/cloud-init/user-data.yaml");
    let Some(tools) = tools() else { return };
    let said =
        good(tools.join("bin/cloud-init"), &["schema", "--config-file", "deploy/cloud-init/user-data.yaml"]);
    assert!(said.contains("Valid"), "{said}");
}

#[test]
fn the_kops_spec_is_made_from_the_units_and_has_them_whole() {
    assert_made("deploy/kops/render.sh", "deploy/kops/cluster.yaml");
    let Some(tools) = tools() else { return };
    let documents = yaml(tools, &read("deploy/kops/cluster.yaml"));
    let [cluster, group] = &documents[..] else { panic!("{documents:?}") };
    assert_eq!((cluster["kind"].as_str(), group["kind"].as_str()), (Some("Cluster"), Some("InstanceGroup")));
    let hooks = [
        ("cni-bootstrap-early.service", "deploy/systemd/cni-bootstrap-early.service"),
        ("cni-bootstrap-start.service", "deploy/kops/cni-bootstrap-start.service"),
    ];
    for (at, (name, file)) in hooks.into_iter().enumerate() {
        let hook = &cluster["spec"]["hooks"][at];
        assert_eq!(hook["name"], name);
        assert_eq!(hook["useRawManifest"], true);
        assert_eq!(hook["manifest"], read(file));
    }
    // nodeup waits for each hook that it starts, so the unit that comes after nodeup is not a hook.
    assert!(cluster["spec"]["hooks"][2].is_null(), "{cluster}");
    let unit = &cluster["spec"]["fileAssets"][1];
    assert_eq!(unit["path"], "/etc/systemd/system/cni-bootstrap.service");
    assert_eq!(unit["content"], read("deploy/systemd/cni-bootstrap.service"));
    let script = group["spec"]["additionalUserData"][0]["content"].as_str().unwrap();
    // kops' own part is called nodeup.sh, and cloud-init runs the parts in the order of their names.
    assert!(group["spec"]["additionalUserData"][0]["name"].as_str().unwrap() < "nodeup.sh");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    good("sh", &["-n", file.path().to_str().unwrap()]);
}

fn assert_made(script: &str, file: &str) {
    let made = good(top().join(script), &EXAMPLE);
    assert_eq!(made, read(file), "{file} is older than the units: {script} {} >{file}", EXAMPLE.join(" "));
}

fn read(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
