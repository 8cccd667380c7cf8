//! One round: the node as before, harm, at most one more run, and checks that the node is up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::harm::{DROP_IN, Harm, To, harm, harms};
use crate::network::{CHAIN, PRIMARY, primary, set_max_conf_num};
use crate::node::{CONF_DIR, CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Run, Way, run};
use crate::rig::say;

/// A sandbox that failed keeps its name reserved, so each pod has a new name.
static PODS: AtomicU32 = AtomicU32::new(0);

/// Facts about the node from before the first round.
struct Known {
    /// containerd's config before and after `install`.
    old: Vec<u8>,
    new: Vec<u8>,
    /// The duration of an undisturbed run.
    spans: BTreeMap<To, Duration>,
}

impl Known {
    fn by(node: &Node) -> Self {
        let old = set_max_conf_num(node, 0);
        let mut known = Self { old, new: Vec::new(), spans: BTreeMap::new() };
        for to in To::ALL {
            as_before(node, &known);
            known.spans.insert(to, to.undisturbed(node));
            if to == To::Install {
                known.new = node.read(CONFIG);
            }
        }
        known
    }
}

/// All rounds on one node. A failure is reported with its seed, and the other rounds go on, so that failures are
/// counted.
pub(crate) fn rounds(node: &Node) {
    let mut dice = Dice::thrown();
    let total = crate::rounds(node.release);
    let harms = harms();
    let title = format!("{} chaos, seed {}", node.release.name(), dice.seed);
    say(&format!("{title} (CNI_BOOTSTRAP_NODE_SEED repeats it)"));
    let known = Known::by(node);
    let mut counts: BTreeMap<Harm, (u64, u64)> = BTreeMap::new();
    let mut failures = Vec::new();
    for number in 1..=total {
        let what = dice.one_of(&harms);
        let last = dice.one_of(&[To::Install, To::Uninstall]);
        say(&format!("{title}: round {number} of {total}: {what}, then {last:?}"));
        as_before(node, &known);
        let (up, all) = counts.entry(what).or_default();
        *all += 1;
        let done = harm(node, &mut dice, what, known.spans[&what.to]);
        let up_again = done.and_then(|harmed| {
            is_up_after_one_more_run(node, &known, what.to, last).map_err(|why| {
                harmed.map_or_else(|| why.clone(), |run| format!("{why}\nthe run that was harmed: {run}"))
            })
        });
        match up_again {
            Ok(()) => *up += 1,
            Err(why) => {
                failures.push(format!("round {number}, {what}, then {last:?}: {why}"));
                say(&format!("{title}: {}", failures[failures.len() - 1]));
            }
        }
    }
    for (what, (up, all)) in &counts {
        say(&format!("{title}: {what}: {up} of {all}"));
    }
    say(&format!("{title}: the node was up after {} of {total} rounds", total - failures.len() as u64));
    assert!(failures.is_empty(), "seed {}:\n{}", dice.seed, failures.join("\n"));
}

/// Restores the node to its state before the first run.
fn as_before(node: &Node, known: &Known) {
    node.sh(&format!(
        "systemctl stop cni-bootstrap-roll-back.timer cni-bootstrap-roll-back.service 2>/dev/null
         rm -rf {CHAIN} {DROP_IN} /var/lib/cni-bootstrap/* /run/cni-bootstrap/*
         systemctl daemon-reload"
    ));
    node.write(CONFIG, &known.old);
    node.write(PRIMARY, primary("primary", 88));
    // Starts by the test must not count for the unit's start limit.
    node.sh(
        "systemctl reset-failed containerd; systemctl restart containerd; systemctl reset-failed containerd",
    );
    node.wait_for("the primary to be loaded", || match node.cri().status()?.networks() {
        networks if networks == [["ptp"]] => Ok(()),
        networks => Err(format!("{networks:?}")),
    });
    // The old state is synced before the harm.
    node.sync();
}

/// CRI answers, the network is ready and a pod starts, on the old or the new config, after at most one more run. A
/// node that is up before that run stays up.
fn is_up_after_one_more_run(node: &Node, known: &Known, of: To, last: To) -> Result<(), String> {
    whole(node, known)?;
    let now = up(node, Duration::ZERO);
    let ran = run(node, Way::Host, &last.args());
    up(node, Duration::from_secs(60))
        .and_then(|()| whole(node, known))
        .and_then(|()| ended(node, known, of, last, &ran))
        .map_err(|why| format!("{why}; before the last run: {now:?}\n{ran}"))
}

/// The last run succeeded, or reports why not; the next run changes nothing.
fn ended(node: &Node, known: &Known, of: To, last: To, ran: &Run) -> Result<(), String> {
    let (code, outcome, config) = match (last, of) {
        (To::Uninstall, _) => (0, "unchanged", &known.old),
        // A restart that failed is not repeated before something has changed. The node is as it was.
        (_, To::Refused) => (7, "failed", &known.old),
        _ => (0, "unchanged", &known.new),
    };
    let is_chained = config == &known.new;
    let again = run(node, Way::Host, &last.args());
    let check = run(node, Way::Host, &["check", "--output", "json"]);
    if ran.code != code {
        Err(format!("the last run did not end with {code}"))
    } else if node.has(CHAIN) != is_chained || node.read(CONFIG) != *config {
        Err(format!("the chain or the config is not as it should be: {}", node.has(CHAIN)))
    } else if again.code != code || again.report()["outcome"] != outcome {
        Err(format!("the same run again is not {outcome}: {again}"))
    } else if code == 0 && check.code != 0 {
        Err(format!("check is not content: {check}"))
    } else if last == To::Uninstall && node.has("/var/lib/cni-bootstrap/tuning.json") {
        Err("a record is left".to_owned())
    } else {
        Ok(())
    }
}

/// Promise 1 of the contract: no file that the runtime loads is partial, and its config is the old or the new one.
/// The other program's writes are finished by now.
fn whole(node: &Node, known: &Known) -> Result<(), String> {
    let config = node.read(CONFIG);
    if config != known.old && config != known.new {
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
