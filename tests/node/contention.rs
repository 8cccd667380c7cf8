//! Programs that undo the chain, and other runs of this one, beside `watch`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::network::{CHAIN, PRIMARY, TUNING, primary, wait_for_networks};
use crate::node::{CONF_DIR, Node};
use crate::program::{ON_HOST, Running, Way, install, run, start};
use crate::rig::say;
use crate::watch::{probe, wait_for_chain, wait_for_probe, watch, watched};

/// A plugin of containernetworking that needs no configuration, so pods start with it.
const SBR: &str = r#"{"type":"sbr"}"#;

/// The value of a counter over all its labels.
fn count(metrics: &str, name: &str) -> u64 {
    let lines = metrics.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// The sentence of contention in `/readyz`.
fn contended(node: &Node) -> Result<String, String> {
    match probe(node, "/readyz")? {
        (503, why) if why.contains("change-undone") => Ok(why),
        other => Err(format!("{other:?}")),
    }
}

/// cilium renames the chain as soon as it sees it, and never stops. The counts survive the process.
pub(crate) fn who_undoes_the_chain_is_named_and_not_fought(node: &Node) {
    let running = watched(node, &[]);
    let hostile = format!(
        "while [ ! -e /run/enough ]; do [ -e {CHAIN} ] && mv {CHAIN} {CHAIN}.cilium_bak; sleep 0.03; done"
    );
    let began = Instant::now();
    let mut rival = node.command("/bin/sh").args(["-c", &hostile]).spawn().unwrap();
    let why = node.wait_for("the contention", || contended(node));
    let is_named = why.contains("renamed to 05-tuning.conflist.cilium_bak") && why.contains("cni-exclusive");
    assert!(is_named, "{why}");
    // The rival goes on for a minute, and is not answered.
    std::thread::sleep(Duration::from_secs(60).saturating_sub(began.elapsed()));
    assert_eq!(probe(node, "/healthz").unwrap().0, 200);
    let metrics = wait_for_probe(node, "/metrics", 200);
    assert_eq!(count(&metrics, "cni_bootstrap_contention_total"), 1, "{metrics}");
    let published = count(&metrics, "cni_bootstrap_recompositions_total");
    say(&format!("{}: {published} publications against a rival of 60 s", node.release.name()));
    assert!(published <= 6, "{metrics}");
    running.kill();
    node.write("/run/enough", "");
    assert!(rival.wait().unwrap().success());
    assert!(!node.has(CHAIN));
    let running = start(node, Way::Host, &watch(&[]));
    node.wait_for("the counts of the process before", || contended(node));
    assert!(!node.has(CHAIN), "it does not begin anew");
    running.kill();
    node.sh(&format!("rm -f /run/enough {CHAIN}.cilium_bak"));
}

/// One owner stays on the host and one in a container, and an `install` of each comes by. The primary changes all the
/// time; the end is the same chain, and each process that ends leaves it.
pub(crate) fn two_watches_and_an_install_beside_them_keep_one_chain(node: &Node) {
    let both = format!("{CONF_DIR}/05-sbr.conflist");
    let running = watched(node, &[]);
    let other = ["watch", "--plugin", SBR, "--restart-quiet", "0s", "--output", "json"];
    let other = start(node, Way::Container, &other);
    wait_for_networks(node, &[&["ptp", "sbr", "tuning"]]);
    for round in 0..5 {
        node.write(PRIMARY, primary(&format!("n{round}"), 88));
        if round % 2 == 0 {
            run(node, Way::Host, &install(&[]));
            let words = ["install", "--plugin", SBR, "--restart-quiet", "0s", "--output", "json"];
            run(node, Way::Host, &words);
        }
    }
    let is_last = |what: &str| {
        node.wait_for(what, || {
            let status = node.cri().status()?;
            let bytes = std::fs::read(node.path(&both)).map_err(|error| error.to_string())?;
            let is_right = String::from_utf8_lossy(&bytes).contains("\"n4\"");
            let is_loaded =
                status.networks() == [["ptp", "sbr", "tuning"]] && status.loaded_bytes().as_bytes() == bytes;
            if is_right && is_loaded { Ok(()) } else { Err(format!("{:?}", status.networks())) }
        });
    };
    is_last("the last primary in the chain of both");
    wait_for_probe(node, "/readyz", 200);
    assert!(!node.has(CHAIN), "the file has the name of the owner first in byte order");
    // One repairs for both, and neither takes the other for a rival.
    node.sh(&format!("rm {both}"));
    is_last("the repair");
    // It may still wait for the runtime's word on the repair.
    let may_wait = [0, 143];
    running.signal("-TERM");
    let ended = running.wait();
    assert!(may_wait.contains(&ended.code), "{ended}");
    node.sh(&format!("rm {both}"));
    is_last("the other one repairs alone");
    let Running::Container { id, .. } = &other else { panic!("a container") };
    node.sh(&format!("ctr -n k8s.io tasks kill -s SIGTERM {id}"));
    let ended = other.wait();
    assert!(may_wait.contains(&ended.code), "{ended}");
    is_last("the chain stays");
    for owner in ["tuning", "sbr"] {
        let words = ["uninstall", "--owner", owner, "--restart-quiet", "0s", "--output", "json"];
        run(node, Way::Host, &words).ended("removed");
    }
    wait_for_networks(node, &[&["ptp"]]);
}

/// Two `DaemonSets`: each owner stays in a container of its own.
pub(crate) fn two_owners_stay_in_two_containers(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    let stays = |plugin| {
        let words = ["watch", "--plugin", plugin, "--restart-quiet", "0s", "--output", "json"];
        start(node, Way::Container, &words)
    };
    let both = [stays(TUNING), stays(SBR)];
    wait_for_networks(node, &[&["ptp", "sbr", "tuning"]]);
    node.sh(&format!("rm {CONF_DIR}/05-sbr.conflist"));
    node.write(PRIMARY, primary("other", 88));
    node.wait_for("the other primary in the chain of both", || {
        let status = node.cri().status()?;
        let loaded = status.loaded_bytes();
        let is_right = loaded.contains("\"other\"") && status.networks() == [["ptp", "sbr", "tuning"]];
        if is_right { Ok(()) } else { Err(format!("{:?} {loaded}", status.networks())) }
    });
    for running in both {
        let Running::Container { id, .. } = &running else { panic!("a container") };
        node.sh(&format!("ctr -n k8s.io tasks kill -s SIGTERM {id}"));
        let ended = running.wait();
        assert!([0, 143].contains(&ended.code), "{ended}");
    }
    wait_for_networks(node, &[&["ptp", "sbr", "tuning"]]);
}

/// The machine's inotify instances are used up: a user namespace has a limit of its own.
pub(crate) fn without_file_events_the_damage_is_found_by_polling(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    crate::program::bring_program(node);
    let script = r#"echo 0 >/proc/sys/user/max_inotify_instances && exec "$@""#;
    let words = [&[ON_HOST][..], &watch(&["--backoff-max", "200ms"])].concat();
    let mut command = node.command("unshare");
    command.args(["-Ur", "sh", "-ec", script, "sh"]).args(words);
    let running = Running::Host(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    wait_for_networks(node, &[&["ptp", "tuning"]]);
    let why = wait_for_probe(node, "/readyz", 200);
    assert!(why.contains("no file events") && why.contains("only polls"), "{why}");
    node.sh(&format!("rm {CHAIN}"));
    wait_for_chain(node, "the repair", "primary", CHAIN);
    running.kill();
}
