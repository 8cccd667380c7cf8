//! A round: the node as before, harm, at most one more run, and the node is up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::harm::{harm, harms};
use crate::network::{CHAIN, PRIMARY, primary, set_max_conf_num};
use crate::node::{CONF_DIR, CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Run, Way, install, run};
use crate::rig::say;

/// Short, so that what systemd would roll back is rolled back while the round still looks.
const OPTIONS: [&str; 2] = ["--restart-timeout", "30s"];

/// A sandbox that failed keeps its name reserved, so each pod has a name of its own.
static PODS: AtomicU32 = AtomicU32::new(0);

/// All rounds on one node. Each failure is told with its seed, and the rest goes on: the count is what is asked for.
pub(crate) fn rounds(node: &Node) {
    let mut dice = Dice::thrown();
    let total = crate::rounds(node.release);
    let harms = harms();
    let title = format!("{} chaos, seed {}", node.release.name(), dice.seed);
    say(&format!("{title} (CNI_BOOTSTRAP_NODE_SEED repeats it)"));
    let config = set_max_conf_num(node, 0);
    let install = install(&OPTIONS);
    node.write(PRIMARY, primary("primary", 88));
    let began = Instant::now();
    run(node, Way::Host, &install).ended("ready");
    let span = began.elapsed();
    let configs = [config, node.read(CONFIG)];
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut failures = Vec::new();
    for number in 1..=total {
        as_before(node, &configs[0]);
        let what = dice.one_of(&harms);
        say(&format!("{title}: round {number} of {total}: {what:?}"));
        harm(node, &mut dice, what, &install, span);
        let (up, all) = counts.entry(format!("{what:?}")).or_default();
        *all += 1;
        match is_up_after_one_more_run(node, &configs, &install) {
            Ok(()) => *up += 1,
            Err(why) => {
                failures.push(format!("round {number}, {what:?}: {why}"));
                say(&format!("{title}: {}", failures[failures.len() - 1]));
                // The next round begins on a node that runs.
                as_new(node, &configs[0]);
            }
        }
    }
    for (what, (up, all)) in &counts {
        say(&format!("{title}: {what}: {up} of {all}"));
    }
    say(&format!("{title}: the node was up after {} of {total} rounds", total - failures.len() as u64));
    assert!(failures.is_empty(), "seed {}:\n{}", dice.seed, failures.join("\n"));
}

/// The node as it was before the first run.
fn as_before(node: &Node, config: &[u8]) {
    node.sh("systemctl stop cni-bootstrap-roll-back.timer 2>/dev/null || true");
    as_new(node, config);
    node.wait_for("the primary to be loaded", || match node.cri().status()?.networks() {
        networks if networks == [["ptp"]] => Ok(()),
        networks => Err(format!("{networks:?}")),
    });
    // What was there before is on the disk, whatever happens now.
    node.sh("sync");
}

fn as_new(node: &Node, config: &[u8]) {
    node.sh(&format!("rm -rf {CHAIN} /var/lib/cni-bootstrap/* /run/cni-bootstrap/*"));
    node.write(CONFIG, config);
    node.write(PRIMARY, primary("primary", 88));
    // Starts by the test itself must not use up the unit's start limit.
    node.sh(
        "systemctl reset-failed containerd; systemctl restart containerd; systemctl reset-failed containerd",
    );
    node.wait_for("containerd to answer", || node.cri().status().map(drop));
}

/// CRI answers, the network is ready, a pod starts, on the old or the new config: now, or after one more run.
fn is_up_after_one_more_run(node: &Node, configs: &[Vec<u8>; 2], install: &[&str]) -> Result<(), String> {
    whole(node, configs)?;
    let now = up(node, Duration::ZERO);
    let last = run(node, Way::Host, install);
    up(node, Duration::from_secs(60))
        .and_then(|()| whole(node, configs))
        .and_then(|()| ended(node, install, &last))
        .map_err(|why| format!("{why}; before the last run: {now:?}\n{last}"))
}

/// The last run did what it was to do, or says why not; the next round does not begin on its leftovers.
fn ended(node: &Node, install: &[&str], last: &Run) -> Result<(), String> {
    let has_chain = node.has(CHAIN);
    match last.code {
        0 if has_chain => settled(node, install),
        // A restart that failed is not tried again before something changed; the node is as it was.
        7 if !has_chain => Ok(()),
        code => Err(format!(
            "the last run ended with {code}, and the chain is {}there",
            if has_chain { "" } else { "not " }
        )),
    }
}

/// Promises 2 and 12 of the contract: a second run changes nothing, and `check` finds nothing.
fn settled(node: &Node, install: &[&str]) -> Result<(), String> {
    let again = run(node, Way::Host, install);
    if again.code != 0 || again.report()["outcome"] != "unchanged" {
        return Err(format!("a second run is not unchanged: {again}"));
    }
    let check = run(node, Way::Host, &["check", "--output", "json"]);
    if check.code == 0 { Ok(()) } else { Err(format!("check is not content: {check}")) }
}

/// Promise 1 of the contract: whatever happened, no file that the runtime loads is partial, and its config is the old or
/// the new one. The other program's own writes are over by now.
fn whole(node: &Node, configs: &[Vec<u8>; 2]) -> Result<(), String> {
    let config = node.read(CONFIG);
    if !configs.contains(&config) {
        return Err(format!("neither the old nor the new config: {}", String::from_utf8_lossy(&config)));
    }
    for entry in std::fs::read_dir(node.path(CONF_DIR)).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if [".conf", ".conflist", ".json"].iter().any(|end| name.ends_with(end)) {
            let bytes = std::fs::read(entry.path()).unwrap();
            let list: Result<serde_json::Value, _> = serde_json::from_slice(&bytes);
            let is_list =
                list.is_ok_and(|list| list["plugins"].as_array().is_some_and(|all| !all.is_empty()));
            if !is_list {
                return Err(format!("{name} is partial: {}", String::from_utf8_lossy(&bytes)));
            }
        }
    }
    Ok(())
}

fn up(node: &Node, patience: Duration) -> Result<(), String> {
    let deadline = Instant::now() + patience;
    loop {
        match is_up(node) {
            Ok(()) => return Ok(()),
            Err(why) if Instant::now() >= deadline => return Err(why),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

fn is_up(node: &Node) -> Result<(), String> {
    let status = node.cri().status()?;
    if !status.network_ready {
        return Err(format!("the network is not ready: {}", status.network_message));
    }
    let networks = status.networks();
    if networks != [["ptp"].as_slice()] && networks != [["ptp", "tuning"].as_slice()] {
        return Err(format!("it has loaded {networks:?}"));
    }
    let pod = Pod::run(node, &format!("chaos-{}", PODS.fetch_add(1, Ordering::Relaxed)))?;
    pod.remove();
    Ok(())
}
