//! The program is killed at any moment, and run again.

use std::thread::sleep;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::install::assert_chained;
use crate::network::{CHAIN, PRIMARY, TUNING, primary, set_max_conf_num};
use crate::node::{CONF_DIR, CONFIG, Node};
use crate::pod::Pod;
use crate::program::{Way, install, run, start};
use crate::rig::say;

/// The number of kills; more with `./test --long`. Each round has one to three before the program may finish.
fn kills() -> u64 {
    if std::env::var("CNI_BOOTSTRAP_LONG").is_ok_and(|value| value == "1") { 30 } else { 8 }
}

pub(crate) fn killed_at_random_moments_and_run_again_the_node_ends_ready(node: &Node) {
    let mut dice = Dice::thrown();
    let title = format!("{} killed at random moments, seed {}", node.release.name(), dice.seed);
    say(&format!("{title} (CNI_BOOTSTRAP_NODE_SEED repeats it)"));
    let config = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    let agent = Pod::host_network(node, "agent");

    // The duration of a run is measured, so that a moment can be anywhere in it.
    let began = Instant::now();
    run(node, Way::Host, &install(&[])).ended("ready");
    let span = began.elapsed();

    let kills = kills();
    let mut left = kills;
    while left > 0 {
        let reset = Instant::now();
        as_before(node, &config);
        let reset = reset.elapsed().as_secs_f32();
        for _ in 0..(1 + dice.below(3)).min(left) {
            left -= 1;
            let moment = span.mul_f64(f64::from(u32::try_from(dice.below(1000)).unwrap()) / 1000.0);
            let running = start(node, Way::Host, &install(&[]));
            sleep(moment);
            running.kill();
            let at = format!("seed {}, kill {} after {moment:?} of {span:?}", dice.seed, kills - left);
            assert_nothing_is_broken(node, &at);
        }
        let again = Instant::now();
        let last = run(node, Way::Host, &install(&[]));
        let took = again.elapsed().as_secs_f32();
        say(&format!("{title}: {left} kills left, reset {reset:.1} s, last run {took:.1} s"));
        if took > 30.0 {
            say(&format!("that is long; what it said: {last}"));
        }
        let report = last.report();
        assert_eq!(report["exitCode"], 0, "seed {}, {left} kills left: {report}", dice.seed);
        assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
        assert_chained(node, &report);
        assert_no_temporary_files(node);
        assert!(agent.survives());
    }
}

/// SIGTERM undoes nothing: at any moment, in a restart of containerd too, the runtime is up afterwards with the primary
/// or with the chain, and nothing is left in hand.
pub(crate) fn sigterm_at_random_moments_leaves_a_node_that_works(node: &Node) {
    let mut dice = Dice::thrown();
    let title = format!("{} SIGTERM at random moments, seed {}", node.release.name(), dice.seed);
    say(&format!("{title} (CNI_BOOTSTRAP_NODE_SEED repeats it)"));
    let config = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    let began = Instant::now();
    run(node, Way::Host, &install(&[])).ended("ready");
    let span = began.elapsed();
    let watch = ["watch", "--plugin", TUNING, "--restart-quiet", "0s", "--output", "json"];
    let mut restarted = 0;
    for round in 0..kills() {
        as_before(node, &config);
        let starts = node.starts();
        let moment = span.mul_f64(f64::from(u32::try_from(dice.below(1200)).unwrap()) / 1000.0);
        let running = start(node, Way::Host, &watch);
        // nsenter forks for it, and a signal to nobody would never be heeded.
        while running.processes().is_empty() {
            std::thread::yield_now();
        }
        sleep(moment);
        running.signal("-TERM");
        let run = running.wait();
        let at = format!("{title}, round {round} after {moment:?} of {span:?}");
        // -1: before it listened for signals, and so before it did anything.
        assert!([-1, 0, 143].contains(&run.code), "{at}: {run}");
        assert_nothing_is_broken(node, &at);
        // The run itself has finished or rolled back what it began.
        let status = node.cri().status().unwrap_or_else(|why| panic!("{at}: {why}\n{run}"));
        let is_chained = node.has(CHAIN);
        restarted += u64::from(node.starts() > starts);
        let expected: &[&str] = if is_chained { &["ptp", "tuning"] } else { &["ptp"] };
        crate::network::wait_for_networks(node, &[expected]);
        assert!(!is_chained || status.max_conf_num() == 1, "{at}: the config comes first: {run}");
        let timers = node.sh("systemctl list-units --plain --no-legend 'cni-bootstrap*.timer'");
        assert_eq!(timers, "", "{at}: no way back is armed any more");
    }
    say(&format!("{title}: {} rounds, {restarted} with a restart", kills()));
    let last = run(node, Way::Host, &install(&[]));
    assert_eq!(last.code, 0, "{last}");
    assert_eq!(node.cri().status().unwrap().networks(), [["ptp", "tuning"]]);
}

/// Restores the node to its state before the first run.
fn as_before(node: &Node, config: &[u8]) {
    node.sh(&format!("rm -rf {CHAIN} /var/lib/cni-bootstrap/* /run/cni-bootstrap/*"));
    node.write(CONFIG, config);
    node.restart_containerd();
    assert_eq!(node.cri().status().unwrap().networks(), [["ptp"]]);
    // Restarts by the test must not count for the unit's start limit.
    node.sh("systemctl reset-failed containerd");
}

/// Promise 1 of the contract, right after a kill.
fn assert_nothing_is_broken(node: &Node, at: &str) {
    for entry in std::fs::read_dir(node.path(CONF_DIR)).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if [".conf", ".conflist", ".json"].iter().any(|e| name.ends_with(e)) {
            let bytes = std::fs::read(entry.path()).unwrap();
            let list: Result<serde_json::Value, _> = serde_json::from_slice(&bytes);
            let whole = list.is_ok_and(|l| l["plugins"].as_array().is_some_and(|p| !p.is_empty()));
            assert!(whole, "{at}: {name}: {}", String::from_utf8_lossy(&bytes));
        }
    }
    node.sh("containerd config dump >/dev/null");
    // At no moment does the runtime have both networks.
    if let Ok(status) = node.cri().status() {
        assert!(status.networks().len() <= 1, "{at}: {:?}", status.networks());
    }
}

fn assert_no_temporary_files(node: &Node) {
    let left = node.sh(&format!("ls -A {CONF_DIR}; ls -A /etc/containerd; ls -A /var/lib/cni-bootstrap"));
    assert_eq!(left, "05-tuning.conflist\n10-primary.conflist\nconfig.toml\ntuning.json\n");
}

/// Random numbers that a seed repeats (xorshift64*).
struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    fn thrown() -> Self {
        let given = std::env::var("CNI_BOOTSTRAP_NODE_SEED").ok().map(|s| s.parse().expect("a number"));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seed = given.unwrap_or_else(|| u64::from(since.subsec_nanos()) << 8 | 1);
        Self { seed, state: seed }
    }

    fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % end
    }
}
