//! A pod's sandbox of the program's own: `check --pod` and `install --verify pod`. Whatever happens, nothing is left of
//! it: no sandbox, no network namespace, no address.

use serde_json::Value;

use crate::network::{PRIMARY, TUNING, primary, wait_for_networks};
use crate::node::{CONFIG, Node};
use crate::program::{ON_HOST, Run, UNINSTALL, Way, install, run, start};
use crate::rig::here;
use crate::stamps::Stamps;

const CHECK: [&str; 4] = ["check", "--pod", "--output", "json"];

/// What a sandbox would leave, as one text: containers, network namespaces, addresses, notes.
fn left(node: &Node) -> String {
    let containers = node.sh("ctr -n k8s.io containers ls -q");
    let namespaces = node.sh("ls /var/run/netns 2>/dev/null || true");
    let addresses = node.sh("ls /var/lib/cni/networks/* 2>/dev/null | grep -E '^[0-9.]+$' || true");
    let results = node.sh("ls /var/lib/cni/results 2>/dev/null || true");
    let notes = node.sh("ls /run/cni-bootstrap 2>/dev/null | grep ^pod- || true");
    [containers, namespaces, addresses, results, notes].concat()
}

#[track_caller]
fn nothing_left(node: &Node) {
    assert_eq!(left(node), "");
}

/// The number of sandboxes that containerd was asked to start.
fn asked(node: &Node) -> usize {
    let line = "journalctl --sync; journalctl -q -b -o cat -u containerd | grep -cE 'RunPodSandbox for .*,}\"' || true";
    node.sh(line).trim().parse().unwrap()
}

fn finding<'a>(report: &'a Value, code: &str) -> Option<&'a Value> {
    report["findings"].as_array()?.iter().find(|finding| finding["code"] == code)
}

fn networked(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
}

pub(crate) fn a_pod_starts_and_nothing_is_left_of_it(node: &Node) {
    networked(node);
    let run = run(node, Way::Host, &CHECK);
    let report = run.ended("healthy");
    assert_eq!(report["pod"]["started"], true, "{run}");
    assert!(report["pod"]["addresses"][0].as_str().unwrap().starts_with("10.88.0."), "{run}");
    assert!(report["message"].as_str().unwrap().contains("; a pod started and got 10.88.0."), "{run}");
    assert_eq!(report["findings"], serde_json::json!([]), "{run}");
    nothing_left(node);
}

pub(crate) fn with_the_systemd_driver_a_pod_starts(node: &Node) {
    let config = String::from_utf8(node.read(CONFIG)).unwrap();
    let table = "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc";
    node.write(
        CONFIG,
        format!("{config}\n{table}]\nruntime_type = \"io.containerd.runc.v2\"\n{table}.options]\nSystemdCgroup = true\n"),
    );
    node.restart_containerd();
    networked(node);
    let run = run(node, Way::Host, &CHECK);
    assert_eq!(run.report()["pod"]["started"], true, "{run}");
    nothing_left(node);
}

/// A defect that fails every pod although the network is loaded.
struct Defect {
    name: &'static str,
    /// Shell lines that make it, and that mend it.
    make: &'static str,
    mend: &'static str,
    /// A part of the runtime's words.
    words: &'static str,
    /// The finding that explains it.
    code: &'static str,
}

const fn defect(
    name: &'static str,
    make: &'static str,
    mend: &'static str,
    words: &'static str,
    code: &'static str,
) -> Defect {
    Defect { name, make, mend, words, code }
}

const BACK: &str = "cd /usr/lib/cni; for f in *.kept; do mv $f ${f%.kept}; done";

const DEFECTS: &[Defect] = &[
    defect(
        "no loopback",
        "cd /usr/lib/cni; mv loopback loopback.kept",
        BACK,
        "failed to find plugin \"loopback\" in path",
        "plugin-missing",
    ),
    defect(
        "no IPAM",
        "cd /usr/lib/cni; mv host-local host-local.kept",
        BACK,
        "failed to find plugin \"host-local\" in path",
        "plugin-missing",
    ),
    defect(
        "no x bit",
        "chmod 0644 /usr/lib/cni/ptp",
        "chmod 0755 /usr/lib/cni/ptp",
        "permission denied",
        "plugin-not-executable",
    ),
    defect(
        "an empty plugin",
        "cd /usr/lib/cni; mv ptp ptp.kept; touch ptp; chmod 0755 ptp",
        BACK,
        "exec format error",
        "plugin-damaged",
    ),
    defect(
        "no interpreter",
        "cd /usr/lib/cni; mv ptp ptp.kept; printf '#!/no/such/shell\\n' >ptp; chmod 0755 ptp",
        BACK,
        "no such file or directory",
        "plugin-interpreter-missing",
    ),
    defect(
        "no address left",
        "mkdir -p /var/lib/cni/networks/primary; cd /var/lib/cni/networks/primary; for i in $(seq 1 254); do printf 'gone\\neth0' >10.88.0.$i; done",
        "rm -r /var/lib/cni/networks/primary",
        "no IP addresses available in range set",
        "addresses-exhausted",
    ),
];

/// Pods fail, the words are the runtime's, and the finding that explains them is named. Mended, they start again.
pub(crate) fn each_defect_is_explained_and_nothing_is_left_of_its_pod(node: &Node) {
    networked(node);
    let mut wrong = Vec::new();
    for Defect { name, make, mend, words, code } in DEFECTS {
        node.sh(make);
        let checked = run(node, Way::Host, &CHECK);
        let report = checked.report();
        let told = finding(&report, "pod-does-not-start");
        let message = told.and_then(|told| told["message"].as_str()).unwrap_or_default();
        let explained = format!("Explained by {code}.");
        if checked.code != 20 || !message.contains(words) || !message.contains(&explained) {
            wrong.push(format!("{name}: {checked}"));
        }
        if report["findings"][0]["code"] != *code {
            wrong.push(format!("{name}: {code} is not the diagnosis: {checked}"));
        }
        if report["pod"]["started"] != false {
            wrong.push(format!("{name}: {checked}"));
        }
        node.sh(mend);
        let mended = run(node, Way::Host, &CHECK).report();
        if mended["pod"]["started"] != true {
            wrong.push(format!("{name}, mended: {mended}"));
        }
        if !left(node).is_empty() {
            wrong.push(format!("{name}: left {}", left(node)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

pub(crate) fn install_proves_the_chain_with_a_pod_once(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    let report = run(node, Way::Host, &install(&["--verify", "pod"])).ended("ready");
    assert_eq!(report["proof"]["pod"], "started", "{report}");
    nothing_left(node);
    let (stamps, before) = (Stamps::of(node), asked(node));
    assert!(before > 0);
    let again = run(node, Way::Host, &install(&["--verify", "pod"])).ended("unchanged");
    stamps.assert_same(&Stamps::of(node));
    assert_eq!(asked(node), before, "no second pod");
    assert_eq!(again["proof"]["pod"], "started", "{again}");
    let dry = run(node, Way::Host, &install(&["--verify", "pod", "--dry-run"])).ended("planned");
    assert_eq!((asked(node), &dry["message"]), (before, &"nothing would be changed".into()));
    // After a restart of the runtime by somebody else it is not known any more.
    node.restart_containerd();
    run(node, Way::Host, &install(&["--verify", "pod"])).ended("unchanged");
    assert_eq!(asked(node), before + 1);
    run(node, Way::Host, &UNINSTALL).ended("removed");
    nothing_left(node);
}

pub(crate) fn in_a_container_a_pod_proves_the_chain(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    let containers = node.sh("ctr -n k8s.io containers ls -q");
    let report = run(node, Way::Container, &install(&["--verify", "pod"])).ended("ready");
    assert_eq!(report["proof"]["pod"], "started", "{report}");
    assert_eq!(node.sh("ctr -n k8s.io containers ls -q"), containers);
}

/// A chain with which pods fail: the runtime has loaded it, and NetworkReady is true.
pub(crate) fn an_install_whose_pods_fail_is_8(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    let bad = r#"{"type":"tuning","sysctl":{"net.core.no_such_thing":"1"}}"#;
    let options =
        ["install", "--plugin", bad, "--primary-timeout", "60s", "--output", "json", "--verify", "pod"];
    let failed = run(node, Way::Host, &options);
    let report = failed.report();
    assert_eq!((failed.code, &report["code"]), (8, &"pod-does-not-start".into()), "{failed}");
    assert!(report["message"].as_str().unwrap().contains("no_such_thing"), "{failed}");
    nothing_left(node);
    // Mended, it is asked again.
    let good =
        ["install", "--plugin", TUNING, "--primary-timeout", "60s", "--output", "json", "--verify", "pod"];
    assert_eq!(run(node, Way::Host, &good).ended("ready")["proof"]["pod"], "started");
    nothing_left(node);
}

/// What may ask the API for a pod that the cluster does not know is not asked.
pub(crate) fn a_plugin_that_may_ask_the_api_is_not_run(node: &Node) {
    node.sh("cd /usr/lib/cni; cp ptp example");
    node.write(PRIMARY, primary("primary", 88).replace("\"type\": \"ptp\"", "\"type\": \"example\""));
    wait_for_networks(node, &[&["example"]]);
    let before = asked(node);
    let checked = run(node, Way::Host, &CHECK);
    let report = checked.ended("unchanged");
    assert_eq!(report["pod"], Value::Null, "{checked}");
    let unseen = report["unseen"].as_array().unwrap();
    assert!(
        unseen.iter().any(|line| line.to_string().contains("a pod: none was started, because the plugin"))
    );
    let refused = run(node, Way::Host, &install(&["--verify", "pod"]));
    assert_eq!((refused.code, &refused.report()["code"]), (5, &"pod-needs-api".into()), "{refused}");
    assert!(!node.has("/etc/cni/net.d/05-tuning.conflist") && !node.has("/var/lib/cni-bootstrap"));
    assert_eq!(asked(node), before);
    let forced = run(node, Way::Host, &["check", "--pod=force", "--output", "json"]);
    assert_eq!(forced.report()["pod"]["started"], true, "{forced}");
    let installed = run(node, Way::Host, &install(&["--verify", "pod!"])).ended("ready");
    assert_eq!(installed["proof"]["pod"], "started", "{installed}");
    nothing_left(node);
}

/// Lets the primary's plugin wait, so that there is time to end the program.
fn slow(node: &Node, seconds: u32) {
    node.sh("cd /usr/lib/cni; [ -e ptp.kept ] || mv ptp ptp.kept");
    let script =
        format!("#!/bin/sh\n[ $CNI_COMMAND != ADD ] || sleep {seconds}\nexec /usr/lib/cni/ptp.kept\n");
    node.write("/usr/lib/cni/ptp", script);
    node.sh("chmod 0755 /usr/lib/cni/ptp");
}

/// The processes of the node that have this text in their command lines.
fn processes(node: &Node, text: &str) -> String {
    let line = format!(
        "for p in /proc/[0-9]*; do grep -q {text} $p/cmdline && echo ${{p#/proc/}}; done 2>/dev/null; true"
    );
    node.sh(&line)
}

/// Waits until the plugin runs.
fn wait_for_the_plugin(node: &Node) {
    node.wait_for("the plugin", || {
        if processes(node, "/usr/lib/cni/pt[p]").is_empty() {
            Err("it does not run".to_owned())
        } else {
            Ok(())
        }
    });
}

fn signal(node: &Node, name: &str) {
    let kill = format!(
        "for p in /proc/[0-9]*; do [ \"$(readlink $p/exe)\" != {ON_HOST} ] || kill -{name} ${{p#/proc/}}; done"
    );
    node.sh(&kill);
}

pub(crate) fn killed_while_a_pod_starts_the_next_run_removes_it(node: &Node) {
    networked(node);
    for next in [&CHECK[..], &UNINSTALL[..], &install(&[])[..]] {
        slow(node, 3);
        let running = start(node, Way::Host, &CHECK);
        wait_for_the_plugin(node);
        signal(node, "KILL");
        let _ = running.wait();
        assert!(node.sh("ls /run/cni-bootstrap").starts_with("pod-"), "it was noted");
        slow(node, 0);
        let cleaned = run(node, Way::Host, next);
        assert_eq!(cleaned.code, 0, "{cleaned}");
        nothing_left(node);
    }
}

/// What shows how far the start of a sandbox is, in the order in which it comes.
const SIGNS: [&str; 3] =
    ["ls /run/cni-bootstrap/pod-*", "ctr -n k8s.io containers ls -q | grep -q .", "ls /var/run/netns/*"];

pub(crate) fn killed_at_any_moment_the_next_run_removes_the_pod(node: &Node) {
    networked(node);
    for sign in SIGNS {
        // While the plugin waits, nothing that came before is taken away.
        slow(node, 3);
        let running = start(node, Way::Host, &CHECK);
        node.wait_for(sign, || {
            let seen = node.try_sh(sign);
            if seen.status.success() { Ok(()) } else { Err(format!("{seen:?}")) }
        });
        running.kill();
        slow(node, 0);
        let cleaned = run(node, Way::Host, &CHECK);
        assert_eq!(cleaned.report()["pod"]["started"], true, "{sign}: {cleaned}");
        assert_eq!(left(node), "", "{sign}");
    }
}

pub(crate) fn a_signal_removes_the_pod(node: &Node) {
    networked(node);
    slow(node, 5);
    for options in [&CHECK[..], &install(&["--verify", "pod"])[..]] {
        let running = start(node, Way::Host, options);
        wait_for_the_plugin(node);
        signal(node, "TERM");
        let ended: Run = running.wait();
        assert_eq!(ended.code, 143, "{ended}");
        nothing_left(node);
    }
}

/// The process of the sandbox ends at once, as it does under a kubelet that does not know the pod.
pub(crate) fn a_pod_that_vanishes_gives_no_verdict(node: &Node) {
    let image = node.path("/root/short.tar");
    let made = std::process::Command::new(here().join("image.sh"))
        .args([
            "node.test/short:1".as_ref(),
            image.as_os_str(),
            r#"["/busybox","true"]"#.as_ref(),
            "/bin/busybox".as_ref(),
        ])
        .status();
    assert!(made.unwrap().success());
    node.sh("ctr -n k8s.io images import /root/short.tar");
    let config = String::from_utf8(node.read(CONFIG)).unwrap();
    node.write(CONFIG, config.replace("node.test/pause:1", "node.test/short:1"));
    node.restart_containerd();
    networked(node);
    let before = asked(node);
    let checked = run(node, Way::Host, &CHECK);
    let report = checked.ended("unchanged");
    assert_eq!(report["pod"], Value::Null, "{checked}");
    assert!(report["unseen"].to_string().contains("was gone at once"), "{checked}");
    assert_eq!(asked(node), before + 3, "twice anew");
    let installed = run(node, Way::Host, &install(&["--verify", "pod"]));
    installed.ended("ready");
    assert!(installed.has_finding("pod-not-judged"), "{installed}");
    nothing_left(node);
}
