//! Another program writes the runtime's config during a restart of this program.

use super::world::{at, fails, status, words};
use super::{CONFIG, World};
use crate::node::{DryLoad, LiveConfig, Observed, Phase, Question, Status};
use crate::plan::{Change, Decision, Outcome, Plan, ReasonKind};
use crate::report::FailureCode;

const WHOLE: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 1\n";
const CUT: &str = "version = 2\n[plugins.\"io.contai";

/// A runtime with the desired value and this directory.
fn runs_with(bin_dir: &str) -> Status {
    let live = format!("{{\"cni\": {{\"binDir\": \"{bin_dir}\", \"maxConfNum\": 1}}}}");
    Status { config: LiveConfig::read(&live), ..status(1, "") }
}

/// The dump of the complete file.
fn whole() -> DryLoad {
    let cri = "[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = \"/usr/lib/cni\"\nmax_conf_num = 1\n";
    DryLoad::Dumped(format!("version = 2\n{cri}").into())
}

/// A file that another author wrote this many seconds ago, after the runtime had started.
fn written(world: World, bytes: &str, seconds: i128) -> World {
    let mut world = world.with(CONFIG, bytes);
    let changed = world.node.wall - seconds * 1_000_000_000;
    let Some(Observed::Present(file)) = world.node.files.get_mut(&at(CONFIG)) else { panic!("{CONFIG}") };
    file.stamp.ctime = changed;
    world
}

/// Settled while another author wrote the file.
fn settled(bytes: &str, seconds: i128, bin_dir: &str) -> World {
    let world = World::marked().incarnation(2).says_status(runs_with(bin_dir));
    let (mut world, done) = written(world, bytes, seconds).applied();
    assert_eq!(done, ["mark settled", "publish 05-tuning.conflist", "look"]);
    assert!(world.attempt().disturbed);
    // Before the restart, the answer had no dump.
    world.node.answers.dry_loads.clear();
    world
}

/// The plan after the chain, which waited for none of this.
fn planned(world: &mut World) -> Plan {
    world.plan_if(&whole())
}

fn restarts(plan: &Plan) -> bool {
    plan.changes().any(|change| matches!(change, Change::Restart { .. }))
}

#[test]
fn a_restart_that_nobody_disturbed_is_settled_for_good() {
    let (world, _) = World::marked().incarnation(2).says_status(runs_with("/opt/cni/bin")).applied();
    assert!(!world.attempt().disturbed);
    assert!(!String::from_utf8(world.attempt().bytes()).unwrap().contains("disturbed"));
}

#[test]
fn a_cut_file_is_waited_for_and_the_chain_is_not() {
    let mut world = settled(CUT, 1, "/opt/cni/bin");
    let plan = planned(&mut world);
    assert!(
        matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::ConfigAtWork),
        "{plan:?}"
    );
    assert_eq!(words(&plan), [""; 0]);
}

/// The file was cut off before the runtime created its socket, and still is: it is older than the start, and was
/// read.
#[test]
fn a_file_that_was_cut_before_the_start_is_waited_for_as_well() {
    let world = World::marked().incarnation(2).says_status(runs_with("/opt/cni/bin")).with(CONFIG, CUT);
    let (mut world, _) = world.applied();
    assert!(world.attempt().disturbed);
    world.node.wall = 1_000_000_000;
    let plan = planned(&mut world);
    assert!(
        matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::ConfigAtWork),
        "{plan:?}"
    );
}

#[test]
fn a_whole_file_that_runs_is_noted_as_read() {
    let mut world = settled(WHOLE, 1, "/usr/lib/cni");
    let plan = planned(&mut world);
    assert!(!restarts(&plan), "{plan:?}");
    let (world, done) = world.applied();
    assert_eq!(done, ["mark settled", "look"]);
    assert!(!world.attempt().disturbed && world.attempt().phase == Phase::Settled);
}

/// The next run notices it too: the process keeps no state for it.
#[test]
fn a_whole_file_that_does_not_run_takes_one_restart() {
    let mut world = settled(WHOLE, 1, "/opt/cni/bin");
    let plan = planned(&mut world);
    assert_eq!(words(&plan), ["mark asked for", "restart dbus", "look"], "{plan:?}");
    let (world, _) = world.applied();
    assert_eq!(world.attempt().retries, 1);
    let mut world = world.incarnation(3).says_status(runs_with("/usr/lib/cni"));
    let Some(Observed::Present(file)) = world.node.files.get_mut(&at(CONFIG)) else { panic!("{CONFIG}") };
    file.stamp.ctime = 0;
    let (world, done) = world.applied();
    assert_eq!(done, ["mark settled", "look"]);
    assert!(!world.attempt().disturbed);
}

#[test]
fn values_of_a_runtime_that_read_a_part_are_no_reason_to_roll_back() {
    let other = Status { config: runs_with("/opt/cni/bin").config, ..status(0, "") };
    let world = World::marked().incarnation(2).says_status(other);
    let (_, done) = written(world.clone(), WHOLE, 1).applied();
    assert_eq!(done, ["mark settled", "look"]);
    let (world, _) = world.applied();
    assert_eq!(world.attempt().phase, Phase::RollingBack, "nobody wrote it");
}

#[test]
fn who_writes_it_at_each_start_gets_no_restarts_without_end() {
    let world = settled(WHOLE, 1, "/opt/cni/bin");
    let plan = planned(&mut world.clone().remember(|history, _| history.restarts = 2));
    fails(&plan, FailureCode::SecondRestartNeeded);
    assert!(!restarts(&plan), "two in one run: {plan:?}");
    let mut world = world;
    for count in 3..6 {
        assert!(restarts(&planned(&mut world)), "{count}");
        world = world.applied().0.incarnation(count).says_status(runs_with("/opt/cni/bin"));
        world = written(world, WHOLE, 1).applied().0;
        assert!(world.attempt().disturbed, "{count}");
    }
    let plan = planned(&mut world);
    fails(&plan, FailureCode::RestartDisturbed);
    assert!(!restarts(&plan));
}

/// The run that asked for the restart was killed, and the next one does not know yet which files the runtime reads: it may
/// have read anything, so they are compared before the attempt counts as held.
#[test]
fn a_run_that_does_not_know_the_files_yet_does_not_take_them_as_read() {
    for bytes in [CUT, WHOLE] {
        let mut world =
            World::marked().incarnation(2).says_status(runs_with("/opt/cni/bin")).with(CONFIG, bytes);
        world.node.answers.service = None;
        let (world, done) = world.applied();
        assert_eq!(done[0], "mark settled");
        assert!(world.attempt().is_unread() && !world.attempt().has_held(), "{bytes}");
        let asks = world.next();
        assert_eq!(asks, Decision::NeedsAnswers(vec![Question::Service]), "{bytes}");
    }
}
