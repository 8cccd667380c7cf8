//! The time from the primary in the runtime to the chain in the runtime, on real nodes, and the pods of that time.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use crate::figures::Figures;
use crate::network::{CHAIN, EFFECT, PRIMARY, TUNING, primary, set_max_conf_num, wait_for_networks};
use crate::node::{CONFIG, Node};
use crate::phases::{self, Clock, Log, Phases};
use crate::pod::Pod;
use crate::program::{ON_HOST, Running, Way, start};
use crate::rig::{Release, on};

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
    /// A pod has its network, its primary is gone, the program waits for the next one, and containerd must be
    /// restarted.
    Comes,
}

impl Case {
    const ALL: [Self; 4] = [Self::Fresh, Self::Right, Self::Runs, Self::Comes];

    const fn title(self) -> &'static str {
        match self {
            Self::Fresh => "fresh node, restart before it",
            Self::Right => "no restart needed",
            Self::Runs => "restart on a running network",
            Self::Comes => "restart, the program waits",
        }
    }

    /// True if the restart lies within the gap.
    const fn restarts(self) -> bool {
        matches!(self, Self::Runs | Self::Comes)
    }
}

/// One trial: the gap, containerd's downtime, the number of pods in that time, and how many of them lack the chain.
struct Trial {
    gap: Duration,
    downtime: Duration,
    phases: Option<Phases>,
    pods: usize,
    without: usize,
}

/// Prints the figures, or the reason why this machine can have no node. `CNI_BOOTSTRAP_BENCH_RELEASE` has the
/// containerd releases (`1.6`, `1.7`, `2.1`), one after another; else it is 1.7.
pub(crate) fn measure(program: &Path) {
    PROGRAM.get_or_init(|| program.to_owned());
    let releases = std::env::var("CNI_BOOTSTRAP_BENCH_RELEASE").unwrap_or_else(|_| "1.7".to_owned());
    for release in releases.split_whitespace() {
        let root = match release {
            "1.6" => Release::Bookworm,
            "1.7" => Release::Trixie,
            "2.1" => Release::Sid,
            other => panic!("CNI_BOOTSTRAP_BENCH_RELEASE: {other:?} is not 1.6, 1.7 or 2.1"),
        };
        println!("  containerd {release}");
        on(root, "the gap between the primary and the chain", |node| {
            std::fs::copy(PROGRAM.get().unwrap(), node.path(ON_HOST)).unwrap();
            let config = node.read(CONFIG);
            for case in Case::ALL {
                let trials: Vec<Trial> =
                    (0..crate::trials(20)).map(|at| trial(node, &config, case, at)).collect();
                tell(case, &trials);
            }
        });
    }
}

fn tell(case: Case, trials: &[Trial]) {
    let gaps = Figures::of(trials.iter().map(|trial| trial.gap).collect());
    let limits = if case.restarts() {
        let downtimes = Figures::of(trials.iter().map(|trial| trial.downtime).collect());
        let limit = |percent| (downtimes.percentile(percent) + BESIDE_DOWNTIME).as_millis();
        format!("downtime + 200 ms: p50 {} ms, max {} ms", limit(50), limit(100))
    } else {
        "p50 100 ms, max 500 ms".to_owned()
    };
    let sum = |count: fn(&Trial) -> usize| trials.iter().map(count).sum::<usize>();
    println!(
        "  {:<30} p50 {:>5} ms  max {:>5} ms  (aim: {limits})",
        case.title(),
        gaps.percentile(50).as_millis(),
        gaps.percentile(100).as_millis()
    );
    println!("  {:<30} {} of {} pods made meanwhile lack the chain", "", sum(|t| t.without), sum(|t| t.pods));
    if case.restarts() {
        tell_phases(trials);
    }
}

/// Prints the gap beyond the downtime of each trial, because the downtime differs with the load of the machine.
fn tell_phases(trials: &[Trial]) {
    let beside = |trial: &Trial| trial.gap.saturating_sub(trial.downtime);
    let figures = Figures::of(trials.iter().map(beside).collect());
    let [p50, max] = [50, 100].map(|percent| figures.percentile(percent).as_millis());
    println!(
        "    {:<46} p50 {p50:>5} ms  max {max:>5} ms",
        "beside the downtime of the same trial (aim: 200)"
    );
    let phases: Vec<&Phases> = trials.iter().filter_map(|trial| trial.phases.as_ref()).collect();
    assert_eq!(phases.len(), trials.len(), "each run restarts the runtime and says so in its log");
    phases::tell(&phases);
    let each = |trial: &Trial| {
        format!("{}={}+{}", trial.gap.as_millis(), trial.downtime.as_millis(), beside(trial).as_millis())
    };
    let each: Vec<String> = trials.iter().map(each).collect();
    println!("    each gap in ms = downtime + the rest: {}", each.join("  "));
}

fn trial(node: &Node, config: &[u8], case: Case, at: usize) -> Trial {
    let standing = prepare(node, config, case, at);
    let args = ["install", "--plugin", TUNING, "--primary-timeout", "60s", "--output", "json"];
    let log = ["--log-level", "debug", "--log-format", "json"];
    let mut began = Clock::now();
    let mut running = start(node, Way::Host, &[&args[..], &log].concat());
    let Running::Host(program) = &mut running else { unreachable!("started on the host") };
    let mut log = Log::of(program.stderr.take().unwrap());
    if case != Case::Runs {
        log.wait_for_the_primary();
        node.write(PRIMARY, primary("primary", 88));
        began = Clock::now();
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
    let phases = Phases::of(log, gap, Clock::of_file(&node.path(CHAIN)), downtime);
    Trial { gap: gap.1.since(gap.0), downtime, phases, pods, without }
}

/// Removes the last trial's state, sets the value and starts the pods of the case.
fn prepare<'n>(node: &'n Node, config: &[u8], case: Case, at: usize) -> Pod<'n> {
    node.sh(&format!("rm -rf {PRIMARY} {CHAIN} /var/lib/cni-bootstrap /run/cni-bootstrap"));
    node.write(CONFIG, config);
    match case {
        Case::Right => node.restart_containerd(),
        Case::Fresh | Case::Runs | Case::Comes => drop(set_max_conf_num(node, 0)),
    }
    if !case.restarts() {
        return Pod::host_network(node, &format!("agent-{case:?}-{at}").to_lowercase());
    }
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    let pod = Pod::run(node, &format!("before-{case:?}-{at}").to_lowercase()).unwrap();
    if case == Case::Comes {
        node.sh(&format!("rm {PRIMARY}"));
        wait_for_networks(node, &[]);
    }
    pod
}

/// The first answer with the primary (the program's start, if it is loaded already), and the first with the chain.
fn gap(node: &Node, case: Case, began: Clock) -> (Clock, Clock) {
    let mut primary = (case == Case::Runs).then_some(began);
    loop {
        assert!(Clock::now().since(began) < Duration::from_secs(60), "the chain was never loaded");
        let networks = node.cri().status().map(|status| status.networks()).unwrap_or_default();
        match networks.first().map(Vec::len) {
            Some(1) => {
                primary.get_or_insert_with(Clock::now);
            }
            Some(2) => {
                let loaded = Clock::now();
                return (primary.unwrap_or(loaded), loaded);
            }
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
