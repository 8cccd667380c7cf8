//! Plugin directories as on k3s: one program behind the names of all plugins, in a directory of one release.

use crate::install::assert_chained;
use crate::network::{EFFECT, PRIMARY, primary, wait_for_networks};
use crate::node::{BIN_DIR, Node};
use crate::pod::Pod;
use crate::program::{UNINSTALL, Way, install, run};

const NAMES: &str = "ptp host-local loopback portmap tuning";

/// `cni` acts by its name; the bin dir in the runtime's config leads to `data/HASH/bin`.
pub(crate) fn one_program_behind_all_plugins_keeps_its_pods(node: &Node) {
    let data = format!("/var/lib/rancher/k3s/data/{}", "4ed2b3ab".repeat(8));
    node.sh(&format!(
        "mkdir -p {data} && mkdir /usr/lib/reference && cd {BIN_DIR} && for name in {NAMES}; do \
         cp -L $name /usr/lib/reference/ && ln -sfn cni $name || exit; done && cd / && mv {BIN_DIR} {data}/bin && \
         ln -s {data}/bin {BIN_DIR}"
    ));
    node.write(&format!("{data}/bin/cni"), "#!/bin/sh\nexec \"/usr/lib/reference/${0##*/}\" \"$@\"\n");
    node.sh(&format!("chmod 0755 {data}/bin/cni"));
    let program = node.read(&format!("{data}/bin/cni"));
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    Pod::run(node, "before").unwrap().remove();

    let run_it = run(node, Way::Host, &install(&["--install-bin", "tuning=/usr/lib/reference/tuning"]));
    let report = run_it.ended("ready");
    assert!(run_it.has_finding("bin-dir-versioned"), "{report}");
    assert_chained(node, &report);
    assert_eq!(node.read(&format!("{data}/bin/cni")), program, "the program behind all plugins");
    assert_eq!(node.sh(&format!("find {data}/bin -name tuning -type f | wc -l")).trim(), "1");
    let pod = Pod::run(node, "chained").unwrap();
    assert_eq!(pod.sysctl(EFFECT.0), EFFECT.1);
    pod.remove();

    run(node, Way::Host, &UNINSTALL).ended("removed");
    assert_eq!(node.sh(&format!("readlink {data}/bin/tuning")).trim(), "cni");
    assert_eq!(node.read(&format!("{data}/bin/cni")), program);
    Pod::run(node, "after").unwrap().remove();
}
