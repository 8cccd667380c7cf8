//! A manifest grants exactly what the program needs: each DaemonSet's container runs with these grants, on a node
//! whose containerd must be patched and restarted; then it runs again without each single grant.

use serde_json::json;

use crate::manifest::{chart, combined, copy, daemon_set, list, overlay, pod};
use crate::network::{CHAIN, PRIMARY, primary, replace_conf_dir, set_max_conf_num, wait_for_networks};
use crate::node::{BIN_DIR, CONF_DIR, CONFIG, Node};
use crate::pod::Pod;
use crate::program::{IMAGE, Run, Running, prepare_containers, run_container};
use crate::rig::{Release, on};
use crate::tools::tools;
use crate::translated::{Mount, Translated, mebibytes};

/// A plugin object, for the forms that chain nothing by themselves.
const TUNING: &str = r#"{"type":"tuning","sysctl":{"net.core.somaxconn":"1024"}}"#;

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
        assert_eq!(report["chain"]["layout"], "none", "{report}");
        assert_eq!(report["runtime"]["method"], "dbus", "{report}");
        assert_eq!(node.starts(), starts + 1);
        assert_eq!(node.cri().status().unwrap().networks(), [["ptp"]]);
        assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
        assert_eq!(node.sh("ls -A /etc/cni/net.d"), "10-primary.conflist\n", "nothing is published");
        Pod::run(node, "after").unwrap().remove();
        // The pod's next start, after a reboot or an upgrade of the image.
        container.run(node).ended("unchanged");
        assert_eq!(node.starts(), starts + 1);
        // The patch in docs/upgrade-and-uninstall.md.
        let uninstall = container.saying(&["uninstall", "--host-root=/host", "--owner=node"]);
        uninstall.run(node).ended("removed");
        assert_eq!(node.cri().status().unwrap().max_conf_num(), 0, "as it was found");
    });
}

/// The limit of the container that only stays is met by runc's own start, which counts in it: with 8 MiB one of eight
/// starts was killed.
#[test]
fn the_container_that_stays_starts_within_its_limit_each_time() {
    everywhere("starts within a limit", |node| {
        let Some(tools) = tools() else { return };
        let daemon_set = daemon_set(tools, &overlay(tools, "aks-node-pools"));
        let stays = &list(pod(&daemon_set), "containers")[0];
        assert_eq!(stays["name"], "stay");
        let bytes = mebibytes(&stays["resources"]["limits"]["memory"]) << 20;
        prepare_containers(node);
        let starts =
            if std::env::var("CNI_BOOTSTRAP_LONG").is_ok_and(|value| value == "1") { 100 } else { 20 };
        let killed = node.sh(&format!(
            "for n in $(seq {starts}); do
                ctr -n k8s.io run --rm --memory-limit {bytes} {IMAGE} stay-$n /cni-bootstrap --version >/dev/null ||
                    echo $n
            done 2>&1"
        ));
        assert_eq!(killed, "", "starts of {starts} with {bytes} bytes");
    });
}

/// The same grants are enough for a chain.
#[test]
fn the_node_bootstrapper_chains_a_plugin_that_it_is_given() {
    everywhere("the node bootstrapper with a plugin", |node| {
        let Some(container) = of("aks-node-pools") else { return };
        let container = container.env("CNI_BOOTSTRAP_PLUGIN", TUNING);
        set_max_conf_num(node, 0);
        node.write(PRIMARY, primary("azure", 88));
        let starts = node.starts();
        container.run(node).ended("ready");
        assert_eq!(node.starts(), starts + 1);
        assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "tuning"]]);
        let pod = Pod::run(node, "after").unwrap();
        assert_eq!(pod.sysctl("net.core.somaxconn"), "1024");
        pod.remove();
        container.run(node).ended("unchanged");
        container.saying(&["uninstall", "--host-root=/host", "--owner=tuning"]).run(node).ended("removed");
        assert!(!node.has(CHAIN));
        assert_eq!(node.cri().status().unwrap().max_conf_num(), 0, "as it was found");
    });
}

/// A mount of the conf dir itself would show the removed directory for ever; its parent shows the new one.
#[test]
fn the_form_that_stays_keeps_the_chain_in_a_conf_dir_made_anew() {
    for release in [Release::Bookworm, Release::Sid] {
        on(release, "the form that stays as granted", |node| {
            let Some(tools) = tools() else { return };
            let rendered = combined(tools, copy().path(), "bases/node-bootstrapper", &["watch"]);
            let container = Translated::of(&daemon_set(tools, &rendered))
                .env("CNI_BOOTSTRAP_PLUGIN", TUNING)
                .env("CNI_BOOTSTRAP_OUTPUT", "json")
                .env("CNI_BOOTSTRAP_RESTART_QUIET", "0");
            let running = container.start(node);
            assert!(!says_yes(node, "/startupz"), "nothing is there yet");
            node.write(PRIMARY, primary("primary", 88));
            wait_for_networks(node, &[&["ptp", "tuning"]]);
            for path in ["/startupz", "/readyz", "/healthz"] {
                node.wait_for(path, || if says_yes(node, path) { Ok(()) } else { Err("no".to_owned()) });
            }
            replace_conf_dir(node);
            node.write(PRIMARY, primary("primary", 88));
            wait_for_networks(node, &[&["ptp", "tuning"]]);
            node.wait_for(
                "the probe",
                || if says_yes(node, "/readyz") { Ok(()) } else { Err("no".to_owned()) },
            );
            // The end of the pod undoes nothing.
            let Running::Container { id, .. } = &running else { panic!("a container") };
            node.sh(&format!("ctr -n k8s.io tasks kill -s SIGTERM {id}"));
            running.wait().ended("unchanged");
            assert!(node.has(CHAIN));
            assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "tuning"]]);
        });
    }
}

/// True if the probe at the manifest's address says yes.
pub(crate) fn says_yes(node: &Node, path: &str) -> bool {
    answer(node, path).lines().next().is_some_and(|line| line.contains(" 200 "))
}

/// What the manifest's address answers; empty if nobody listens.
pub(crate) fn answer(node: &Node, path: &str) -> String {
    let asks = format!(
        "exec 3<>/dev/tcp/127.0.0.1/10390 && printf 'GET {path} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3 \
         && cat <&3"
    );
    let out = node.command("bash").args(["-c", &asks]).output().unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
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
        assert_eq!(node.cri().status().unwrap().networks(), [["ptp"]]);
    });
}

#[test]
fn calico_s_has_what_it_needs() {
    on(Release::Trixie, "Calico's as granted", |node| {
        let Some(container) = of("calico") else { return };
        set_max_conf_num(node, 0);
        // Another package's old file sorts before it; the primary is found by its network's name.
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
        // Without settings, tuning only passes the result on: it replaces Antrea's binary here.
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
        // ptp replaces Antrea's binary. Its address range comes from the list, Antrea's from its agent.
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
            "only the verified file is there"
        );
    });
}

/// The state after Antrea's initContainer.
fn stage_binary(node: &Node, stand_in: &str) {
    let staging = "/run/pod/cni-bootstrap-staging";
    node.sh(&format!(
        "mkdir -p {staging}; cp {BIN_DIR}/{stand_in} {staging}/antrea-cni; \
         cp {BIN_DIR}/loopback {BIN_DIR}/portmap {BIN_DIR}/bandwidth {staging}/"
    ));
}

#[test]
fn each_grant_of_antrea_s_taken_away_is_named() {
    for release in [Release::Bookworm, Release::Sid] {
        on(release, "each grant of Antrea's taken away, one after another", |node| {
            taken_away_in_turn(node, "antrea-aks", || {
                node.write("/etc/cni/net.d/10-azure.conflist", primary("azure", 88));
                stage_binary(node, "tuning");
            });
        });
    }
}

#[test]
fn each_grant_of_antrea_s_on_gke_taken_away_is_named() {
    on(Release::Trixie, "each grant of Antrea's on GKE taken away, one after another", |node| {
        taken_away_in_turn(node, "antrea-gke", || {
            let list = primary("antrea", 88).replace("\"ptp\"", "\"antrea\"");
            node.write("/run/antrea/primary/10-antrea.conflist", list);
            stage_binary(node, "ptp");
        });
    });
}

#[test]
fn each_grant_of_calico_s_and_the_node_bootstrapper_s_taken_away_is_named() {
    on(Release::Trixie, "each grant of Calico's taken away, one after another", |node| {
        taken_away_in_turn(node, "calico", || {
            node.write("/etc/cni/net.d/10-calico.conflist", primary("k8s-pod-network", 88));
        });
    });
    on(Release::Trixie, "each grant of the node bootstrapper's taken away, one after another", |node| {
        taken_away_in_turn(node, "aks-node-pools", || node.write(PRIMARY, primary("azure", 88)));
    });
}

/// Runs the container of an overlay without each of its mounts, with each writable mount read-only, and as another
/// user; at last unchanged. Each message names the missing grant, and nothing is changed.
fn taken_away_in_turn(node: &Node, overlay: &str, prepare: impl Fn()) {
    let Some(container) = of(overlay) else { return };
    // A manifest mounts the plugin directory of its nodes' runtime; Debian's is another one, which the program cannot
    // know while the runtime's socket is missing.
    let container =
        container.env("CNI_BOOTSTRAP_RESTART_TIMEOUT", "2s").env("CNI_BOOTSTRAP_BIN_DIR", BIN_DIR);
    set_max_conf_num(node, 0);
    prepare();
    let state = || (node.read(CONFIG), node.starts(), node.sh(&format!("ls {CONF_DIR} {BIN_DIR}")));
    let before = state();
    let refused = |run: &Run, grant: &str| {
        let last = run.stderr.lines().last().unwrap_or_default();
        assert_eq!(run.code, 10, "{overlay} without {grant}: {run}");
        assert!(last.contains(grant), "{overlay} without {grant} says: {last}");
        assert!(state() == before, "{overlay} without {grant} changes the node");
    };
    let of_the_host: Vec<_> = container.mounts.iter().filter(|m| !m.host.starts_with("/run/pod/")).collect();
    for mount in &of_the_host {
        refused(&container.clone().without(&mount.host).run(node), &mount.host);
    }
    // A socket works on a read-only mount too.
    // Without a chain nothing is published: the conf dir is written to only for a nudge.
    let chains = overlay != "aks-node-pools";
    let is_written =
        |m: &Mount| !m.read_only && m.host != "/run/containerd" && (chains || m.host != CONF_DIR);
    for mount in of_the_host.iter().filter(|m| is_written(m)) {
        let mut sealed = container.clone();
        sealed.mounts.iter_mut().filter(|m| m.host == mount.host).for_each(|m| m.read_only = true);
        refused(&sealed.run(node), &mount.host);
    }
    // The ctr of containerd 1.6 cannot run as another user.
    if node.release != Release::Bookworm {
        let mut nobody = container.clone();
        "65534:65534".clone_into(&mut nobody.user);
        refused(&nobody.run(node), "root");
    }
    // All grants together again.
    container.run(node).ended("ready");
}

#[test]
fn a_debug_pod_sees_the_whole_node() {
    everywhere("check from a pod", |node| {
        prepare_containers(node);
        node.write(PRIMARY, primary("primary", 88));
        // The environment of `kubectl debug node/NODE`: the host's root at /host, the host's namespaces.
        let mounts = ["--mount", "type=bind,src=/,dst=/host,options=rbind:rw"].map(str::to_owned);
        let flags = ["--net-host", "--with-ns", "pid:/proc/1/ns/pid"];
        let check = ["/cni-bootstrap", "check", "--host-root", "/host"];
        let run = run_container(node, &flags, &mounts, IMAGE, &check).wait();
        assert_eq!(run.code, 0, "{run}");
        // This node has no kubelet, and so no process of one.
        let unseen: Vec<_> = run.stdout.lines().filter(|line| line.starts_with("not seen")).collect();
        assert!(unseen.iter().all(|line| line.starts_with("not seen: the kubelet")), "{run}");
        // It also shows the runtime's report.
        set_max_conf_num(node, 0);
        node.write("/etc/cni/net.d/20-other.conflist", primary("other", 77));
        wait_for_networks(node, &[&["ptp"], &["ptp"]]);
        let run = run_container(node, &flags, &mounts, IMAGE, &check).wait();
        assert_eq!(run.code, 20, "{run}");
    });
}

#[test]
fn where_no_restart_is_needed_its_grants_are_not_missed() {
    everywhere("no restart, no grant for it", |node| {
        let Some(container) = of("aks-node-pools") else { return };
        let container = container.env("CNI_BOOTSTRAP_PLUGIN", TUNING);
        node.write(PRIMARY, primary("azure", 88));
        let starts = node.starts();
        container.without("/run/systemd").without("/etc/containerd").run(node).ended("ready");
        assert_eq!(node.starts(), starts);
        assert!(node.has(CHAIN));
    });
}
