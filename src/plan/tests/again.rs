//! When a failed restart is retried, and which restarts of others are left alone.

use super::restart::{ROLLS_BACK, asked_here, rolled_back, waits};
use super::world::{at, fails, words};
use super::{CONFIG, SECOND, World};
use crate::node::{Observed, Phase, RUN_DIR};
use crate::plan::{Goal, History, Outcome, ReasonKind, RestartMode};
use crate::report::FailureCode;

const TRIES: [&str; 3] = ["mark asked for", "publish config.toml", "restart dbus"];

/// Another process takes over.
fn next_run(world: World) -> World {
    world.remember(|history, now| *history = History::new(now))
}

/// The restart failed, and the runtime is up with the old bytes: its third start.
fn failed() -> World {
    let (world, done) = rolled_back().incarnation(3).says(0, "").applied();
    assert_eq!(done, ["mark failed"]);
    next_run(world)
}

/// The restart is retried and fails again; the runtime is up with the old bytes at its `start`-th start.
fn fails_again(world: World, start: u64) -> World {
    let (world, done) = world.applied();
    assert_eq!(done[..3], TRIES);
    let (world, done) = asked_here(world, Some("its job failed")).incarnation(start - 1).silent().applied();
    assert_eq!(done, ROLLS_BACK);
    let (world, done) = world.incarnation(start).says(0, "").applied();
    assert_eq!(done, ["mark failed"]);
    next_run(world)
}

#[test]
fn it_is_tried_again_when_somebody_started_the_runtime_anew_and_only_then() {
    let mut world = failed();
    assert_eq!(world.attempt().incarnation, world.node.incarnation(), "the start after the rollback");
    let sentence = fails(&world.plan(), FailureCode::RestartRolledBack).sentence.clone();
    assert!(sentence.contains("once somebody restarts the runtime"), "{sentence}");
    let mut world = fails_again(world.incarnation(4).says(0, ""), 6);
    fails(&world.plan(), FailureCode::RestartRolledBack);
    assert_eq!(words(&world.plan()), [""; 0]);
}

#[test]
fn three_times_in_a_boot_and_then_not_whatever_changes() {
    let mut world = failed();
    for round in 0..3 {
        world = fails_again(world.incarnation(10 + 4 * round).says(0, ""), 13 + 4 * round);
        assert_eq!(u64::from(world.attempt().retries), round + 1);
    }
    let edited = world.text(CONFIG).unwrap().replace("version = 2\n", "version = 2\nroot = \"/data\"\n");
    for mut world in [world.clone().incarnation(30).says(0, ""), world.with(CONFIG, &edited)] {
        let plan = world.plan();
        assert_eq!(words(&plan), [""; 0]);
        let sentence = &fails(&plan, FailureCode::RestartsExhausted).sentence;
        assert!(sentence.contains("4 restarts failed"), "{sentence}");
        let allowed = World {
            node: world.node.after("", &crate::plan::Change::Sweep(at("/run/cni-bootstrap/attempt.json"))),
            ..world
        };
        assert_eq!(allowed.applied().1[..3], TRIES, "what the remedy says");
    }
}

#[test]
fn a_restart_that_held_ends_the_count() {
    let (world, _) = failed().incarnation(4).says(0, "").applied();
    let world = asked_here(world, None).incarnation(5).says(1, "");
    let (world, done) = world.applied();
    assert_eq!((done[0].as_str(), world.attempt().retries), ("mark settled", 1));
    let edited = world.text(CONFIG).unwrap().replace("max_conf_num = 1", "max_conf_num = 0");
    let (world, done) = next_run(world).with(CONFIG, &edited).incarnation(6).says(0, "").applied();
    assert_eq!((done[0].as_str(), world.attempt().retries), ("mark asked for", 0));
}

#[test]
fn a_run_restarts_the_runtime_twice_at_most() {
    let mut world = World::new().says(0, "").remember(|history, _| history.restarts = 1);
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    fails(&plan, FailureCode::SecondRestartNeeded);
    let mut world = asked_here(World::marked(), Some("its job failed")).incarnation(2).silent();
    world.history.restarts = 2;
    assert!(!words(&world.plan()).contains(&"restart dbus".to_owned()), "{:?}", words(&world.plan()));
}

/// Only the time limit of the run that requested it counts: `uninstall` beside an `install` that restarts, and
/// another owner's values.
#[test]
fn a_restart_in_hand_for_other_values_is_left_alone_until_its_deadline() {
    let runtime_config: [fn(World) -> World; 3] = [
        |world| world.with_settings(|settings| settings.owner = Some("another".to_owned())),
        |world| world.with_settings(|settings| settings.goal = Goal::Uninstall),
        |world| world.with_settings(|settings| settings.max_conf_num = Some(crate::plan::Setting::Set(2))),
    ];
    for change in runtime_config {
        let marked = || change(next_run(World::marked()).later(60 * SECOND));
        let down = marked().incarnation(2).silent();
        let back = marked().incarnation(2).says(1, "");
        for mut world in [marked().says(0, ""), down, back] {
            assert_eq!(waits(&world.plan(), ReasonKind::AnothersRestart), Some(world.attempt().deadline()));
            let mut hasty = world.clone().with_settings(|settings| settings.no_wait = true);
            assert!(matches!(hasty.plan().outcome, Outcome::SkippedNoWait(_)));
            // The run that requested the restart has not ended it in time.
            let late = world.later(121 * SECOND);
            let mut late = if late.node.incarnation() == World::marked().node.incarnation() {
                late.says(0, "")
            } else {
                late.incarnation(2).says(1, "")
            };
            assert!(
                !matches!(&late.plan().outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::AnothersRestart)
            );
        }
    }
}

/// The rollback timer has restored the config and left these traces.
fn fired(traces: &[&str]) -> World {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let mut world =
        next_run(World::marked()).later(200 * SECOND).with(CONFIG, &before).incarnation(3).says(0, "");
    world.dir(RUN_DIR).names.extend(traces.iter().map(|name| (*name).to_owned()));
    world
}

#[test]
fn a_rollback_that_fired_only_because_the_run_was_killed_is_no_failure() {
    let (world, done) = fired(&["rolled-back", "rolled-back-while-up"]).applied();
    assert_eq!(done[0], "mark left to others");
    assert!(world.node.unverified().is_none() && world.attempt().retries == 1);
    assert_eq!(world.says(0, "").applied().1[..3], TRIES);
    let mut failed = fired(&["rolled-back"]);
    fails(&failed.plan(), FailureCode::RestartRolledBack);
    // For a run with other desired values it is not a reason to fail.
    let other = |world: World| world.with_settings(|settings| settings.goal = Goal::Uninstall);
    let (world, done) = other(fired(&["rolled-back"])).applied();
    assert_eq!((done[0].as_str(), world.attempt().phase), ("mark failed", Phase::Failed));
    assert!(done.contains(&"look".to_owned()), "{done:?}");
}

/// The runtime did not come up with the config at another program's restart.
#[test]
fn a_config_that_somebody_s_restart_did_not_come_up_with_is_rolled_back() {
    let never = World::new().says(0, "").with_settings(|settings| settings.restart = RestartMode::Never);
    let (world, _) = never.applied();
    let mut world = next_run(world)
        .with_settings(|settings| settings.restart = RestartMode::Auto)
        .incarnation(2)
        .silent();
    waits(&world.plan(), ReasonKind::RuntimeStarting);
    if let Some(asked) = &mut world.node.answers.service
        && let Observed::Present(service) = &mut asked.said
    {
        service.failed = true;
    }
    assert_eq!(words(&world.plan()), ROLLS_BACK);
}
