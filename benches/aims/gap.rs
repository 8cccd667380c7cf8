//! The time from the primary in the runtime to the chain in the runtime, on a real node, and the pods of that time.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::figures::Figures;
use crate::network::{CHAIN, EFFECT, PRIMARY, TUNING, primary, set_max_conf_num, wait_for_networks};
use crate::node::{CONFIG, Node};
use crate::pod::Pod;
use crate::program::{ON_HOST, Way, start};
use crate::rig::{Release, on};

const TRIALS: usize = 20;
/// The interval between two questions to the runtime, which is the precision of these figures.
const GRAIN: Duration = Duration::from_millis(2);
/// The limit beyond the runtime's downtime, if a restart is needed.
const BESIDE_DOWNTIME: Duration = Duration::from_millis(200);

static PROGRAM: OnceLock<std::path::PathBuf> = OnceLock::new();

/// The state of the node when the primary arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// Its pods never had a network, and containerd must be restarted.
    Fresh,
    /// containerd has the value already.
    Right,
    /// The primary is loaded, a pod has its network, and containerd must be restarted.
    Runs,
}

/// One trial: the gap, containerd's downtime, the number of pods in that time, and how many of them lack the chain.
struct Trial {
    gap: Duration,
    downtime: Duration,
    pods: usize,
    without: usize,
}

/// Prints the three figures, or the reason why this machine can have no node.
pub(crate) fn measure(program: &Path) {
    PROGRAM.get_or_init(|| program.to_owned());
    on(Release::Trixie, "the gap between the primary and the chain", |node| {
        std::fs::copy(PROGRAM.get().unwrap(), node.path(ON_HOST)).unwrap();
        let config = node.read(CONFIG);
        for case in [Case::Fresh, Case::Right, Case::Runs] {
            let trials: Vec<Trial> = (0..TRIALS).map(|at| trial(node, &config, case, at)).collect();
            tell(case, &trials);
        }
    });
}

fn tell(case: Case, trials: &[Trial]) {
    let gaps = Figures::of(trials.iter().map(|trial| trial.gap).collect());
    let limits = match case {
        Case::Fresh | Case::Right => "p50 100 ms, max 500 ms".to_owned(),
        Case::Runs => {
            let downtimes = Figures::of(trials.iter().map(|trial| trial.downtime).collect());
            let limit = |percent| (downtimes.percentile(percent) + BESIDE_DOWNTIME).as_millis();
            format!("downtime + 200 ms: p50 {} ms, max {} ms", limit(50), limit(100))
        }
    };
    let sum = |count: fn(&Trial) -> usize| trials.iter().map(count).sum::<usize>();
    println!(
        "  {:<30} p50 {:>5} ms  max {:>5} ms  (aim: {limits})",
        match case {
            Case::Fresh => "fresh node, restart before it",
            Case::Right => "no restart needed",
            Case::Runs => "restart on a running network",
        },
        gaps.percentile(50).as_millis(),
        gaps.percentile(100).as_millis()
    );
    println!("  {:<30} {} of {} pods made meanwhile lack the chain", "", sum(|t| t.without), sum(|t| t.pods));
}

fn trial(node: &Node, config: &[u8], case: Case, at: usize) -> Trial {
    let standing = prepare(node, config, case, at);
    let args = ["install", "--plugin", TUNING, "--primary-timeout", "60s", "--output", "json"];
    let mut began = Instant::now();
    let running = start(node, Way::Host, &args);
    if case != Case::Runs {
        awaits_the_primary(node);
        node.write(PRIMARY, primary("primary", 88));
        began = Instant::now();
    }
    let done = AtomicBool::new(false);
    let (gap, made) = std::thread::scope(|scope| {
        let maker = scope.spawn(|| make_pods(node, at, &done));
        let gap = gap(node, case, began);
        done.store(true, Ordering::Relaxed);
        (gap, maker.join().unwrap())
    });
    let report = running.wait().ended("ready");
    let lacks = |pod: &Pod| pod.sysctl(EFFECT.0) != EFFECT.1;
    let (pods, without) = (made.len(), made.iter().filter(|pod| lacks(pod)).count());
    made.into_iter().chain([standing]).for_each(Pod::remove);
    let downtime = Duration::from_millis(report["runtime"]["downtimeMs"].as_u64().unwrap_or(0));
    Trial { gap, downtime, pods, without }
}

/// Removes the last trial's state, sets the value and starts the pods of the case.
fn prepare<'n>(node: &'n Node, config: &[u8], case: Case, at: usize) -> Pod<'n> {
    node.sh(&format!("rm -rf {PRIMARY} {CHAIN} /var/lib/cni-bootstrap /run/cni-bootstrap"));
    node.write(CONFIG, config);
    match case {
        Case::Right => node.restart_containerd(),
        Case::Fresh | Case::Runs => drop(set_max_conf_num(node, 0)),
    }
    if case != Case::Runs {
        return Pod::host_network(node, &format!("agent-{case:?}-{at}").to_lowercase());
    }
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    Pod::run(node, &format!("before-{at}")).unwrap()
}

/// The program waits only for the primary: the value is live, and its restart is settled.
fn awaits_the_primary(node: &Node) {
    node.wait_for("the value to be live", || match node.cri().status()?.max_conf_num() {
        1 => Ok(()),
        other => Err(format!("max_conf_num = {other}")),
    });
    sleep(Duration::from_millis(500));
}

/// The time from the first answer with the primary (from the program's start, if a network runs already) to the first
/// answer with the chain.
fn gap(node: &Node, case: Case, began: Instant) -> Duration {
    let mut primary = (case == Case::Runs).then_some(began);
    loop {
        assert!(began.elapsed() < Duration::from_secs(60), "the chain was never loaded");
        let networks = node.cri().status().map(|status| status.networks()).unwrap_or_default();
        match networks.first().map(Vec::len) {
            Some(1) => {
                primary.get_or_insert_with(Instant::now);
            }
            Some(2) => return primary.map_or(Duration::ZERO, |since| since.elapsed()),
            _ => {}
        }
        sleep(GRAIN);
    }
}

/// Starts one pod after another while the runtime has a network.
fn make_pods<'n>(node: &'n Node, at: usize, done: &AtomicBool) -> Vec<Pod<'n>> {
    let mut made = Vec::new();
    while !done.load(Ordering::Relaxed) {
        match Pod::run(node, &format!("meanwhile-{at}-{}", made.len())) {
            Ok(pod) => made.push(pod),
            Err(_) => sleep(GRAIN),
        }
    }
    made
}
