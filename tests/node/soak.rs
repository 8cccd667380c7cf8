//! A soak of `watch`: damage after damage for a minute, in `./test --long` for ten, and what it costs.
//!
//! What is printed is compared with the aims by a reader: a test has no opinion on how fast a machine is. What is
//! asserted are counts, which no load of the machine changes.

use std::time::{Duration, Instant};

use crate::network::{CHAIN, PRIMARY, primary};
use crate::node::{CONF_DIR, Node};
use crate::program::{Running, given};
use crate::rig::say;
use crate::watch::{probe, wait_for_chain, wait_for_probe, watched};

/// The most memory of a run that stays, in KiB: of the program that ships all that is resident. A program that is built
/// for the tests has no optimisation, so its file is large; of that one, what is not of the file.
const MOST_KIB: u64 = 8 * 1024;

/// What a process has used since its start.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    /// CPU time in ticks of 10 ms.
    ticks: u64,
    /// The number of times that a thread of it slept and was woken.
    wakeups: u64,
    /// The resident memory in KiB, the program's file included.
    resident: u64,
    /// The resident memory that is not of a file, in KiB.
    own: u64,
}

impl Used {
    fn of(running: &Running<'_>) -> Self {
        let pid = running.processes().pop().expect("it runs");
        let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
        let stat = read(format!("/proc/{pid}/stat"));
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks =
            |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
        let value = |text: &str, name: &str| -> u64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let wakeups = threads
            .map(|thread| {
                let status = read(thread.path().join("status").display().to_string());
                value(&status, "voluntary_ctxt_switches:")
            })
            .sum();
        let status = read(format!("/proc/{pid}/status"));
        let (resident, own) = (value(&status, "VmRSS:"), value(&status, "RssAnon:"));
        Self { ticks: ticks(11) + ticks(12), wakeups, resident, own }
    }

    fn since(self, before: Self) -> String {
        let ticks = self.ticks.saturating_sub(before.ticks);
        let wakeups = self.wakeups.saturating_sub(before.wakeups);
        format!(
            "CPU {}.{:02} s, {wakeups} wakeups, RSS {} KiB, {} of them its own",
            ticks / 100,
            ticks % 100,
            self.resident,
            self.own
        )
    }
}

/// How long it damages; ten minutes with `./test --long`.
fn length() -> Duration {
    let long = std::env::var("CNI_BOOTSTRAP_LONG").is_ok_and(|value| value == "1");
    Duration::from_secs(if long { 600 } else { 60 })
}

fn percentile(sorted: &[Duration], percent: usize) -> u128 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default().as_millis()
}

pub(crate) fn damage_after_damage_is_repaired_and_it_costs_little(node: &Node) {
    let running = watched(node, &["--log-level", "error"]);
    let release = node.release.name();
    let (before, began) = (Used::of(&running), Instant::now());
    let damages = [
        format!("rm {CHAIN}"),
        format!("mv {CHAIN} {CHAIN}.gone; rm {CHAIN}.gone"),
        format!(": >{CHAIN}"),
        format!("cp {PRIMARY} {CHAIN}"),
    ];
    let mut repairs = Vec::new();
    while began.elapsed() < length() {
        let round = repairs.len();
        // Another primary each time: a chain that is undone again and again is contention.
        let network = format!("n{round}");
        node.write(PRIMARY, primary(&network, 88));
        wait_for_chain(node, "the primary is followed", &network, CHAIN);
        node.sh(&damages[round % damages.len()]);
        let begins = Instant::now();
        wait_for_chain(node, &damages[round % damages.len()], &network, CHAIN);
        repairs.push(begins.elapsed());
    }
    let busy = Used::of(&running);
    wait_for_probe(node, "/readyz", 200);
    // Nothing happens for one rescan and a bit: only that wakes it.
    let at_rest = Used::of(&running);
    std::thread::sleep(Duration::from_secs(60));
    let rested = Used::of(&running);
    repairs.sort();
    say(&format!(
        "{release}: soak of {} s: {} repairs, from damage to proof p50 {} ms, p99 {} ms (with the test's own look each \
         20 ms); {}; then 60 s at rest: {}",
        length().as_secs(),
        repairs.len(),
        percentile(&repairs, 50),
        percentile(&repairs, 99),
        busy.since(before),
        rested.since(at_rest),
    ));
    assert!(!repairs.is_empty());
    let counted = if given().is_some() { rested.resident } else { rested.own };
    assert!(counted < MOST_KIB, "{counted} KiB: {rested:?}");
    // Two rescans at most, and each of their answers wakes a few threads.
    let wakeups = rested.wakeups - at_rest.wakeups;
    assert!(wakeups < 300, "{wakeups} wakeups in 60 s, in which nothing happened");
    running.kill();
}

/// Files that come, change and go all the time, in the directory that it watches.
pub(crate) fn a_storm_of_events_costs_bounded_time_and_log(node: &Node) {
    let running = watched(node, &[]);
    let before = Used::of(&running);
    let (conf, mut writes) = (node.path(CONF_DIR), 0_u64);
    let (began, seconds) = (Instant::now(), 10);
    while began.elapsed() < Duration::from_secs(seconds) {
        for at in 0..50_u8 {
            let _ = std::fs::write(conf.join(format!("noise-{at}")), [at]);
            writes += 1;
        }
        // At most 10,000 a second.
        let due = Duration::from_micros(writes * 100);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    let stormed = Used::of(&running);
    // It still repairs.
    node.sh(&format!("rm {CHAIN}"));
    wait_for_chain(node, "a repair after the storm", "primary", CHAIN);
    assert_eq!(probe(node, "/healthz").unwrap().0, 200);
    running.signal("-TERM");
    let run = running.wait();
    let lines = run.stderr.lines().count();
    say(&format!(
        "{}: storm of {seconds} s, {} writes a second: {}, {lines} lines of log",
        node.release.name(),
        writes / seconds,
        stormed.since(before),
    ));
    assert!(lines < 60, "{lines} lines: {run}");
    // It may still wait for the runtime's word on the repair.
    assert!([0, 143].contains(&run.code), "{run}");
}
