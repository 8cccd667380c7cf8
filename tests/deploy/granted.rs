//! What a manifest grants is exactly what the program needs: each DaemonSet's container runs as it is granted, on a
//! node whose containerd must be patched and restarted; then each grant is taken away in turn.

use serde_json::json;

use crate::manifest::{chart, daemon_set, overlay};
use crate::network::{CHAIN, PRIMARY, primary, set_max_conf_num};
use crate::node::{BIN_DIR, CONF_DIR, CONFIG, Node};
use crate::pod::Pod;
use crate::program::Run;
use crate::rig::{Release, on};
use crate::tools::tools;
use crate::translated::Translated;

/// The container of an overlay, with a report.
fn of(name: &str) -> Option<Translated> {
    let tools = tools()?;
    Some(
        Translated::of(&daemon_set(tools, &overlay(tools, name)))
            .env("CNI_BOOTSTRAP_OUTPUT", "json")
            .env("CNI_BOOTSTRAP_RESTART_QUIET", "0"),
    )
}

fn everywhere(title: &str, scenario: fn(&Node)) {
    for release in [Release::Bookworm, Release::Trixie, Release::Sid] {
        on(release, title, scenario);
    }
}

#[test]
fn the_node_bootstrapper_has_what_it_needs() {
    everywhere("the node bootstrapper as granted", |node| {
        let Some(container) = of("aks-node-pools") else { return };
        set_max_conf_num(node, 0);
        node.write(PRIMARY, primary("azure", 88));
        let starts = node.starts();
        let report = container.run(node).ended("ready");
        assert_eq!(report["runtime"]["method"], "dbus", "{report}");
        assert_eq!(node.starts(), starts + 1);
        assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "tuning"]]);
        assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
        let pod = Pod::run(node, "after").unwrap();
        assert_eq!(pod.sysctl("net.core.somaxconn"), "1024");
        pod.remove();
        // The pod's next start, after a reboot or an upgrade of the image.
        container.run(node).ended("unchanged");
        assert_eq!(node.starts(), starts + 1);
    });
}

#[test]
fn the_chart_has_what_it_needs() {
    on(Release::Sid, "the chart as granted", |node| {
        let Some(tools) = tools() else { return };
        let set = daemon_set(tools, &chart(tools, &[]));
        let container =
            Translated::of(&set).env("CNI_BOOTSTRAP_OUTPUT", "json").env("CNI_BOOTSTRAP_RESTART_QUIET", "0");
        set_max_conf_num(node, 0);
        node.write(PRIMARY, primary("primary", 88));
        container.run(node).ended("ready");
        assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "tuning"]]);
    });
}

#[test]
fn calico_s_has_what_it_needs() {
    on(Release::Trixie, "Calico's as granted", |node| {
        let Some(container) = of("calico") else { return };
        set_max_conf_num(node, 0);
        // Another package's leftover sorts before it; the primary is found by its network.
        node.write("/etc/cni/net.d/08-other.conflist", primary("other", 77));
        node.write("/etc/cni/net.d/10-calico.conflist", primary("k8s-pod-network", 88));
        let report = container.run(node).ended("ready");
        assert_eq!(report["primary"]["network"], "k8s-pod-network", "{report}");
        assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "tuning"]]);
    });
}

#[test]
fn antrea_s_on_aks_and_eks_has_what_it_needs() {
    everywhere("Antrea's in policy-only mode as granted", |node| {
        let Some(container) = of("antrea-aks") else { return };
        set_max_conf_num(node, 0);
        node.write("/etc/cni/net.d/10-azure.conflist", primary("azure", 88));
        // Without anything to set, tuning is a plugin that hands the result on: it stands in for Antrea's binary.
        stage_binary(node, "tuning");
        let report = container.run(node).ended("ready");
        assert_eq!(report["chain"]["types"], json!(["ptp", "antrea"]), "{report}");
        assert!(node.has(&format!("{BIN_DIR}/antrea")));
        assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "antrea"]]);
        let pod = Pod::run(node, "after").unwrap();
        assert!(pod.ip().starts_with("10.88."));
        pod.remove();
    });
}

#[test]
fn antrea_s_on_gke_has_what_it_needs() {
    everywhere("Antrea's as the primary as granted", |node| {
        let Some(container) = of("antrea-gke") else { return };
        set_max_conf_num(node, 0);
        // ptp stands in for Antrea's binary; its address range comes from Antrea's agent there, from the list here.
        let list = primary("antrea", 88).replace("\"ptp\"", "\"antrea\"");
        node.write("/run/antrea/primary/10-antrea.conflist", &list);
        stage_binary(node, "ptp");
        let run = container.run(node);
        let report = run.ended("ready");
        assert_eq!(report["chain"]["types"], json!(["antrea"]), "{report}");
        assert!(run.has_finding("replaces-primary-plugin"), "{report}");
        assert_eq!(node.cri().status().unwrap().networks(), [["antrea"]]);
        assert_eq!(
            node.sh(&format!("ls {CONF_DIR}")),
            "05-antrea.conflist\n",
            "only the proven file is there"
        );
    });
}

/// As Antrea's initContainer leaves it.
fn stage_binary(node: &Node, stand_in: &str) {
    let staging = "/run/pod/cni-bootstrap-staging";
    node.sh(&format!("mkdir -p {staging}; cp {BIN_DIR}/{stand_in} {staging}/antrea-cni"));
}

#[test]
fn each_grant_taken_away_is_named() {
    for release in [Release::Bookworm, Release::Sid] {
        on(release, "each grant taken away in turn", |node| {
            let Some(container) = of("antrea-aks") else { return };
            // A manifest mounts the plugin directory that its nodes' runtime names; Debian's is another one, which the
            // program cannot know while the runtime's socket is what is taken away.
            let container =
                container.env("CNI_BOOTSTRAP_RESTART_TIMEOUT", "2s").env("CNI_BOOTSTRAP_BIN_DIR", BIN_DIR);
            set_max_conf_num(node, 0);
            node.write("/etc/cni/net.d/10-azure.conflist", primary("azure", 88));
            stage_binary(node, "tuning");
            let (config, starts) = (node.read(CONFIG), node.starts());
            let refused = |run: &Run, grant: &str| {
                let last = run.stderr.lines().last().unwrap_or_default();
                assert_eq!(run.code, 10, "without {grant}: {run}");
                assert!(last.contains(grant), "without {grant} it says: {last}");
                assert_eq!(node.read(CONFIG), config, "without {grant}");
                assert_eq!(node.starts(), starts, "without {grant}");
                assert_eq!(node.sh(&format!("ls {CONF_DIR}")), "10-azure.conflist\n", "without {grant}");
                assert!(!node.has(&format!("{BIN_DIR}/antrea")), "without {grant}");
            };
            let needed: Vec<_> = container.mounts.iter().map(|mount| mount.host.clone()).collect();
            for directory in needed.iter().filter(|directory| !directory.starts_with("/run/pod/")) {
                refused(&container.clone().without(directory).run(node), directory);
            }
            for directory in
                [CONF_DIR, BIN_DIR, "/etc/containerd", "/var/lib/cni-bootstrap", "/run/cni-bootstrap"]
            {
                let mut sealed = container.clone();
                let mount = sealed.mounts.iter_mut().find(|mount| mount.host == directory).unwrap();
                assert!(!mount.read_only, "{directory} is granted read-only");
                mount.read_only = true;
                refused(&sealed.run(node), directory);
            }
            // The ctr of containerd 1.6 cannot run as another user.
            if node.release != Release::Bookworm {
                let mut nobody = container.clone();
                nobody.user = "65534:65534".to_owned();
                refused(&nobody.run(node), "root");
            }
            // All of them together again.
            container.run(node).ended("ready");
        });
    }
}

#[test]
fn where_no_restart_is_needed_its_grants_are_not_missed() {
    everywhere("no restart, no grant for it", |node| {
        let Some(container) = of("aks-node-pools") else { return };
        node.write(PRIMARY, primary("azure", 88));
        let starts = node.starts();
        container.without("/run/systemd").without("/etc/containerd").run(node).ended("ready");
        assert_eq!(node.starts(), starts);
        assert!(node.has(CHAIN));
    });
}
