//! The machine stopped during a restart: only the durable mark remains.

use super::restart::ROLLS_BACK;
use super::world::{at, fails, words};
use super::{CONFIG, SECOND, World, chain_of};
use crate::node::{ATTEMPT_FILE, Attempt, Digest, Kind, MARK_FILE, Observed, Phase, RUN_DIR};
use crate::plan::{Change, Goal, History, Outcome, ReasonKind, Settings};
use crate::report::FailureCode;

/// The machine is up again: `/run` is empty, and the runtime has no socket.
fn booted(mut world: World) -> World {
    world.node = world.node.after("", &Change::Sweep(at(ATTEMPT_FILE)));
    world.node.dirs.insert(at(RUN_DIR), Observed::Absent);
    for (_, socket) in &mut world.node.sockets {
        *socket = Observed::Absent;
    }
    world.node.runtime_age = None;
    world.remember(|history, now| *history = History::new(now)).later(60 * SECOND)
}

/// Sets if the runtime's unit failed.
fn unit(mut world: World, failed: bool) -> World {
    let asked = world.node.answers.service.as_mut().unwrap();
    asked.at = world.now;
    let Observed::Present(service) = &mut asked.said else { panic!() };
    service.failed = failed;
    world
}

fn uninstall(settings: &mut Settings) {
    settings.goal = Goal::Uninstall;
}

#[test]
fn the_mark_is_there_before_the_config_and_named_by_the_record() {
    let mut world = World::new().says(0, "");
    let plan = world.plan();
    let mut changes = plan.first_changes();
    let Some(Change::Mark(attempt)) = changes.next() else { panic!("{plan:?}") };
    let marked = world.node.after("tuning", &Change::Mark(attempt.clone()));
    let mark = marked.unverified().unwrap();
    assert_eq!((mark.owner.as_str(), &mark.attempt), ("tuning", attempt));
    let record = World::marked().node.records().remove("tuning").unwrap().unwrap();
    assert_eq!(record.of_kind(Kind::Mark).map(|(path, _)| path).collect::<Vec<_>>(), [at(MARK_FILE)]);
}

#[test]
fn it_goes_when_the_runtime_was_seen_to_come_up_or_was_given_its_bytes_back() {
    let (world, _) = World::marked().incarnation(2).says(1, "").applied();
    assert_eq!((world.attempt().phase, world.node.unverified()), (Phase::Settled, None));
    let rolled_back = super::restart::rolled_back();
    assert!(rolled_back.node.unverified().is_some(), "nobody has seen it up on them");
    let (world, _) = rolled_back.incarnation(3).says(0, "").applied();
    assert_eq!((world.attempt().phase, world.node.unverified()), (Phase::Failed, None));
}

#[test]
fn killed_between_the_last_mark_and_the_end_of_the_durable_one_the_next_run_ends_it() {
    let (world, _) = World::marked().incarnation(2).says(1, "").applied();
    let left = World::marked().text(MARK_FILE).unwrap().to_owned();
    let (world, done) = world.with(MARK_FILE, &left).applied();
    assert_eq!((done[0].as_str(), world.node.unverified()), ("mark settled", None));
}

#[test]
fn a_runtime_that_is_up_after_the_boot_has_come_up_with_it() {
    let (world, done) = booted(World::marked()).incarnation(9).says(1, "").applied();
    assert_eq!(done, ["mark settled", "publish 05-tuning.conflist", "look"]);
    assert_eq!(world.node.unverified(), None);
}

#[test]
fn a_runtime_that_is_down_after_the_boot_gets_its_bytes_back_and_its_unit_is_started() {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let (world, done) = unit(booted(World::marked()).silent(), true).applied();
    assert_eq!(done, ROLLS_BACK);
    assert_eq!(world.text(CONFIG), Some(before.as_str()));
    assert!(world.node.unverified().is_some());
    let mut world = world.incarnation(9).says(0, "");
    let plan = world.plan();
    assert_eq!(words(&plan), ["mark failed"]);
    let sentence = &fails(&plan, FailureCode::RestartRolledBack).sentence;
    assert!(sentence.contains("nobody has seen it come up"), "{sentence}");
    assert_eq!(world.applied().0.node.unverified(), None);
}

/// The power is cut again during the rollback.
#[test]
fn a_second_power_cut_changes_nothing_of_that() {
    let (world, _) = unit(booted(World::marked()).silent(), true).applied();
    // The old bytes are restored, so the boot itself came up with them.
    let (world, done) = booted(world).incarnation(9).says(0, "").applied();
    assert_eq!((done[0].as_str(), world.node.unverified()), ("mark left to others", None));
    let rolled_back = World::new().text(CONFIG).unwrap().to_owned();
    assert_eq!(world.text(CONFIG), Some(rolled_back.as_str()));
}

#[test]
fn a_runtime_that_is_starting_after_the_boot_is_waited_for_and_then_it_is_down() {
    let mut world = unit(booted(World::marked()).silent(), false);
    assert!(matches!(&world.plan().outcome, Outcome::Wait(wait) if wait.interruptible));
    waits_for_the_runtime(&mut world);
    let late = world.clone().later(180 * SECOND).waited(ReasonKind::RuntimeStarting, 180 * SECOND);
    assert_eq!(words(&unit(late.silent(), false).plan()), ROLLS_BACK);
    let hasty = world.with_settings(|settings| settings.no_wait = true).later(5 * SECOND);
    let mut hasty = unit(hasty.silent().waited(ReasonKind::RuntimeStarting, 5 * SECOND), false);
    let plan = hasty.plan();
    assert!(matches!(&plan.outcome, Outcome::SkippedNoWait(_)) && plan.steps.is_empty(), "{plan:?}");
}

fn waits_for_the_runtime(world: &mut World) {
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    let Outcome::Wait(wait) = &plan.outcome else { panic!("{plan:?}") };
    assert_eq!(wait.reason.kind, ReasonKind::RuntimeStarting);
}

#[test]
fn no_wait_finishes_what_is_durably_in_hand() {
    let mut world =
        unit(booted(World::marked()).silent(), true).with_settings(|settings| settings.no_wait = true);
    assert_eq!(words(&world.plan()), ROLLS_BACK);
}

/// Uninstall rolls it back and continues.
#[test]
fn uninstall_after_the_boot_gives_the_bytes_back_and_takes_the_rest() {
    let (world, done) = unit(booted(World::marked()).silent(), true).with_settings(uninstall).applied();
    assert_eq!(done, ROLLS_BACK);
    let (world, done) = world.incarnation(9).says(0, "").applied();
    assert_eq!(done, ["mark failed", "look"]);
    let primary = world.text("/etc/cni/net.d/10-azure.conflist").unwrap().to_owned();
    assert_eq!(world.says(0, &primary).applied().1, ["forget", "look"]);
}

/// There is no mark: the config came up once, and something else keeps the runtime down now.
#[test]
fn uninstall_with_the_runtime_down_restores_the_config_and_starts_the_unit() {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let (world, _) = World::marked().incarnation(2).says(1, "").applied();
    let (world, _) = world.applied();
    let chain = chain_of(&world);
    let down = unit(booted(world.says(1, &chain)).silent(), true).with_settings(uninstall);
    let (world, done) = down.applied();
    assert_eq!(done[..2], ["remove 05-tuning.conflist", "look"]);
    let (world, done) = unit(world.silent(), true).applied();
    assert_eq!(done[..2], ["mark asked for", "publish config.toml"]);
    assert_eq!(done[2..], ["reset-failed", "restart dbus", "look"]);
    assert_eq!(world.text(CONFIG), Some(before.as_str()));
    assert!(world.node.unverified().is_some());
}

/// `/run` was emptied by hand without a restart: the written values were never tried.
#[test]
fn what_nobody_has_tried_is_known_though_run_was_emptied() {
    let mut world = World::marked().remember(|history, now| *history = History::new(now));
    world.node = world.node.after("", &Change::Sweep(at(ATTEMPT_FILE)));
    let (mut world, done) = world.says(0, "").applied();
    assert_eq!(done, ["mark left to others", "look"]);
    assert_eq!(words(&world.plan()), ["mark asked for", "restart dbus", "look"]);
    let before = World::new().text(CONFIG).unwrap().as_bytes().to_vec();
    let changed = world.applied().0.attempt().changed;
    assert_eq!(changed[0].before, crate::node::Before::Bytes(before));
}

#[test]
fn what_somebody_else_has_written_since_is_theirs() {
    let theirs =
        World::new().text(CONFIG).unwrap().replace("version = 2\n", "version = 2\nroot = \"/data\"\n");
    let (world, done) = unit(booted(World::marked()).with(CONFIG, &theirs).silent(), true).applied();
    assert_eq!((done[0].as_str(), world.node.unverified()), ("mark left to others", None));
    assert_eq!(world.text(CONFIG), Some(theirs.as_str()));
}

/// An author who writes it in pieces may be writing the bytes that were never seen to come up.
#[test]
fn what_somebody_is_writing_is_nobody_s_yet() {
    let whole = World::marked().text(CONFIG).unwrap().to_owned();
    // After a power cut, and where the runtime does not come back in time.
    let late = World::marked().incarnation(2).later(600 * SECOND);
    for world in [unit(booted(World::marked()), true).silent(), late.silent()] {
        for cut in [0, 3, whole.len() / 2, whole.len() - 1] {
            let mut at_work = world.clone().with(CONFIG, &whole[..cut]);
            let wall = at_work.node.wall;
            let Some(Observed::Present(file)) = at_work.node.files.get_mut(&at(CONFIG)) else { panic!() };
            file.stamp.ctime = wall - 1_000_000_000;
            let plan = at_work.plan();
            let Outcome::Wait(wait) = &plan.outcome else { panic!("{cut}: {plan:?}") };
            assert_eq!(
                (wait.reason.kind, words(&plan).len()),
                (ReasonKind::ConfigAtWork, 0),
                "{cut}: {plan:?}"
            );
        }
        let (world, done) = world.applied();
        assert_eq!(done, ROLLS_BACK);
        assert_ne!(world.text(CONFIG), Some(whole.as_str()));
    }
}

#[test]
fn what_waits_is_asked_for_again() {
    let waited = unit(booted(World::marked()).silent(), false).later(3 * SECOND);
    let world = waited.remember(|history, now| history.woke = Some(now)).silent();
    assert!(
        matches!(world.next(), crate::plan::Decision::NeedsAnswers(_)),
        "whether the unit has failed since"
    );
}

/// Failed restarts count for one boot: the durable mark has the count of the boot before.
#[test]
fn the_tries_of_the_boot_before_do_not_count() {
    let tried = |world: World| {
        let attempt = Attempt { retries: 3, restarted_on: Some(Digest::of(b"").into()), ..world.attempt() };
        World { node: world.node.after("tuning", &Change::Mark(attempt)), ..world }
    };
    assert_eq!(tried(World::marked()).node.unverified().unwrap().attempt.retries, 3);
    let up = booted(tried(World::marked())).incarnation(9).says(1, "");
    let down = unit(booted(tried(World::marked())).silent(), true);
    for (world, phase) in [(up, Phase::Settled), (down, Phase::RollingBack)] {
        let (world, _) = world.applied();
        let attempt = world.attempt();
        assert_eq!((attempt.phase, attempt.retries, attempt.restarted_on), (phase, 0, None));
    }
}
