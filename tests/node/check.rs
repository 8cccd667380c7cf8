//! `check` on a node with a runtime, for findings that a directory tree cannot show.

use crate::network::{CHAIN, PRIMARY, primary, replace_conf_dir, set_max_conf_num, wait_for_networks};
use crate::node::{CONF_DIR, CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Way, install, run};
use crate::rig::Release;
use crate::stamps::Stamps;

const CHECK: [&str; 3] = ["check", "--output", "json"];

/// Runs `check`. Returns the codes of severity error, the diagnosis first.
fn errors(node: &Node) -> Vec<String> {
    let stamps = Stamps::of(node);
    let run = run(node, Way::Host, &CHECK);
    stamps.assert_same(&Stamps::of(node));
    let report = run.report();
    let findings = report["findings"].as_array().expect("findings");
    let errors = findings.iter().filter(|finding| finding["severity"] == "error");
    let errors: Vec<String> =
        errors.map(|finding| finding["code"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(run.code, if errors.is_empty() { 0 } else { 20 }, "{run}");
    errors
}

pub(crate) fn a_fresh_node_is_not_initialized(node: &Node) {
    // A package, or containerd itself, may have created the directory.
    node.sh(&format!("mkdir -p {CONF_DIR}"));
    assert_eq!(errors(node), ["conf-dir-empty"]);
    let text = run(node, Way::Host, &["check"]);
    let first = text.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("error    ") && first.contains("cni plugin not initialized"), "{text}");
}

pub(crate) fn a_chained_node_is_healthy(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let run = run(node, Way::Host, &CHECK);
    let report = run.ended("unchanged");
    assert_eq!(report["findings"], serde_json::json!([]), "{run}");
    assert_eq!(report["unseen"].as_array().map_or(0, Vec::len), 1, "only the kubelet is not there: {run}");
}

pub(crate) fn a_file_that_was_moved_in_is_not_loaded(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    node.write("/root/stage/05-other.conflist", primary("other", 89));
    node.sh(&format!("mv /root/stage/05-other.conflist {CONF_DIR}/"));
    assert_eq!(errors(node), ["conf-not-loaded"]);
    // The remedy as a person would paste it.
    node.sh(&format!("echo > {CONF_DIR}/.reload && rm {CONF_DIR}/.reload"));
    node.wait_for("the other network", || {
        let loaded = node.cri().status()?.loaded_bytes();
        if loaded.contains("other") { Ok(()) } else { Err(loaded) }
    });
    assert!(errors(node).is_empty());
}

pub(crate) fn an_empty_file_is_told_before_the_runtime_notices_it(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    node.sh(&format!("touch {CONF_DIR}/05-antrea.conflist"));
    assert_eq!(errors(node), ["conf-file-unnoticed"]);
    node.sh(&format!("echo > {CONF_DIR}/x; rm {CONF_DIR}/x"));
    node.wait_for("the failed load", || {
        let status = node.cri().status()?;
        if status.load_status() == "OK" { Err("still loaded".to_owned()) } else { Ok(()) }
    });
    assert_eq!(errors(node)[0], "conf-file-empty");
}

/// 2.1 and later end with the directory and are started again, so only older releases keep the dead watch.
pub(crate) fn a_replaced_conf_dir_is_told(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    replace_conf_dir(node);
    node.write(PRIMARY, primary("replaced", 89));
    assert_eq!(errors(node)[0], "conf-dir-replaced");
    node.restart_containerd();
    wait_for_networks(node, &[&["ptp"]]);
    assert!(errors(node).is_empty());
}

/// An overlay copies a directory of its lower layer up before the first file is written into it. The copy is younger than
/// containerd, and it is the same directory (kernel `fs/overlayfs/copy_up.c`). kind's nodes are such.
pub(crate) fn a_conf_dir_of_an_overlay_is_not_taken_for_a_replaced_one(node: &Node) {
    node.sh(&format!(
        "systemctl stop containerd
         mkdir -p {CONF_DIR} /run/overlay/upper /run/overlay/work
         mount -t overlay -o lowerdir=/etc/cni,upperdir=/run/overlay/upper,workdir=/run/overlay/work none /etc/cni
         systemctl start containerd"
    ));
    let born = || -> f64 { node.sh(&format!("stat -c %.W {CONF_DIR}")).trim().parse().unwrap() };
    let before = born();
    node.sh(&format!("echo '{}' > {CONF_DIR}/10-primary.conflist", primary("primary", 88)));
    wait_for_networks(node, &[&["ptp"]]);
    assert!(born() > before, "this kernel keeps the time of birth");
    assert!(errors(node).is_empty(), "{:?}", errors(node));
    run(node, Way::Host, &install(&["--restart", "never"])).ended("ready");
}

pub(crate) fn values_older_than_the_file_need_a_restart(node: &Node) {
    set_max_conf_num(node, 1);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let config = String::from_utf8_lossy(&node.read(CONFIG)).replace("max_conf_num = 1", "max_conf_num = 3");
    node.write(CONFIG, config);
    let run = run(node, Way::Host, &CHECK);
    assert!(run.has_finding("runtime-needs-restart"), "{run}");
    assert_eq!(run.code, 0, "{run}");
    node.restart_containerd();
    assert!(!crate::program::run(node, Way::Host, &CHECK).has_finding("runtime-needs-restart"));
}

pub(crate) fn a_stopped_runtime_and_a_broken_config_are_told(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    assert!(node.has(CHAIN));
    let config = node.read(CONFIG);
    node.write(CONFIG, "version = 2\n[plugins\n");
    node.try_sh("systemctl stop containerd");
    assert_eq!(errors(node), ["runtime-config-refused", "runtime-not-running"]);
    node.write(CONFIG, config);
    node.sh("systemctl start containerd");
}

/// As after a power cut. Before containerd 2.0 the pod does not end until the file is gone.
pub(crate) fn an_empty_result_is_told_where_its_pod_does_not_end(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let pod = Pod::run(node, "cut").unwrap();
    node.sh("for f in /var/lib/cni/results/primary-*; do : >$f; done");
    let report = run(node, Way::Host, &CHECK).report();
    let findings = report["findings"].as_array().unwrap();
    let told = findings.iter().find(|finding| finding["code"] == "cached-result-empty");
    match (pod.stop(), told) {
        (Ok(()), None) => assert_eq!(node.release, Release::Sid),
        (Err(error), Some(told)) => {
            assert!(
                error.contains("cached result") && error.contains("unexpected end of JSON input"),
                "{error}"
            );
            node.sh(told["remedy"].as_str().unwrap());
        }
        (stopped, told) => panic!("{stopped:?}, {told:?}"),
    }
    pod.remove();
    assert!(!run(node, Way::Host, &CHECK).has_finding("cached-result-empty"));
}
