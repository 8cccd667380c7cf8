//! The restart and its rollback: each row of the table.

use std::time::Duration;

use super::world::{at, fails, status, words};
use super::{CONFIG, SECOND, World, chain_of};
use crate::node::{Before, DryLoad, Moment, Observed, Phase, Question, RestartMethod};
use crate::plan::{
    Change, Decision, Outcome, Plan, Poll, ReasonKind, RequestedRestart, RestartMode, Setting,
};
use crate::report::FailureCode;

/// This process requested the restart.
pub(super) fn asked_here(world: World, trouble: Option<&str>) -> World {
    world.remember(|history, now| {
        let trouble = trouble.map(str::to_owned);
        history.restart =
            Some(RequestedRestart { by: RestartMethod::Dbus, asked: now, away: now, back: None, trouble });
    })
}

/// The plan that restores the config and restarts with it.
pub(super) const ROLLS_BACK: [&str; 5] =
    ["mark being rolled back", "publish config.toml", "reset-failed", "restart dbus", "look"];

pub(super) fn waits(plan: &Plan, kind: ReasonKind) -> Option<Moment> {
    assert_eq!(words(plan), [""; 0]);
    let Outcome::Wait(wait) = &plan.outcome else { panic!("{:?}", plan.outcome) };
    assert_eq!(wait.reason.kind, kind);
    wait.until
}

#[test]
fn live_values_that_differ_are_patched_marked_and_restarted_for_before_anything_is_published() {
    let mut world = World::new().says(0, "");
    let plan = world.plan();
    let first: Vec<_> = words(&plan).into_iter().take(4).collect();
    assert_eq!(first, ["mark asked for", "publish config.toml", "restart dbus", "look"]);
    assert!(plan.first_changes().filter_map(Change::path).all(|path| path.parent() == at("/etc/containerd")));
    let world = World::marked();
    assert!(world.text(CONFIG).unwrap().contains("max_conf_num = 1"));
    let record = world.node.records().remove("tuning").unwrap().unwrap();
    assert!(
        matches!(&record.paths[CONFIG].before, Before::Bytes(bytes) if bytes.ends_with(b"max_conf_num = 0\n"))
    );
    assert_eq!(record.live_before.unwrap().max_conf_num, Some(0));
}

#[test]
fn a_run_that_died_between_the_mark_and_the_restart_restarts() {
    // After any time: the time limit starts again.
    let mut world = World::marked().says(0, "").later(300 * SECOND).says(0, "");
    assert_eq!(words(&world.plan()), ["mark asked for", "restart dbus", "look"]);
    let again = asked_here(world.applied().0, None).later(1).incarnation(2).silent();
    waits(&again.clone().plan(), ReasonKind::RuntimeStarting);
}

/// Pods that start between the runtime's answer and the chain lack the chain.
#[test]
fn a_runtime_that_was_restarted_a_moment_ago_is_asked_often() {
    let world = asked_here(World::marked(), None).later(100).incarnation(2).silent();
    let asks = |world: World, millis| {
        let woke = world.later(millis).remember(|history, now| history.woke = Some(now));
        woke.next() == Decision::NeedsAnswers(vec![Question::Runtime])
    };
    let Outcome::Wait(wait) = world.clone().plan().outcome else { panic!("it does not wait") };
    assert_eq!(wait.poll, Poll::Every(Duration::from_millis(20)));
    assert!(!asks(world.clone(), 19) && asks(world.clone(), 20));
    let later = world.later(10 * SECOND).silent();
    let Outcome::Wait(wait) = later.clone().plan().outcome else { panic!("it does not wait") };
    assert_eq!(wait.poll, Poll::Every(Duration::from_millis(250)));
    assert!(!asks(later.clone(), 249) && asks(later, 250));
}

#[test]
fn a_run_that_died_between_the_mark_and_the_file_begins_anew() {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let mut world = World::marked().with(CONFIG, &before).says(0, "");
    assert_eq!(words(&world.plan())[..3], ["mark asked for", "publish config.toml", "restart dbus"]);
}

/// The run that requested the restart has set its time limit for all runs.
#[test]
fn another_instance_with_less_patience_does_not_roll_back() {
    let hasty = |settings: &mut crate::plan::Settings| settings.restart_timeout = Duration::from_secs(1);
    let mut world = World::marked().later(10 * SECOND).incarnation(2).silent().with_settings(hasty);
    waits(&world.plan(), ReasonKind::RuntimeStarting);
}

/// The rolled back bytes are in the record of the owner that changed them, and in no other.
#[test]
fn another_owner_who_rolls_back_records_nothing() {
    let mut world = asked_here(World::marked(), None).later(181 * SECOND).incarnation(2).silent();
    let plan = world.plan();
    assert_eq!(words(&plan), ROLLS_BACK);
    assert_eq!(world.node.intended(&crate::plan::Recording::default(), plan.changes()), []);
}

/// The file was never loaded, and it may have more than the desired values.
#[test]
fn a_file_that_is_right_and_was_never_loaded_is_read_by_containerd_first() {
    let right = World::new().text(CONFIG).unwrap().replace("max_conf_num = 0", "max_conf_num = 1");
    let world = || World::new().with(CONFIG, &right).says(0, "");
    let refused = world().plan_if(&DryLoad::Refused("invalid plugin config".to_owned()));
    assert_eq!(words(&refused), [""; 0]);
    assert!(
        fails(&refused, FailureCode::RuntimeConfigRefused)
            .sentence
            .contains("as it is: invalid plugin config")
    );
    assert_eq!(words(&world().plan()), ["mark asked for", "restart dbus", "look"]);
}

#[test]
fn the_runtime_is_waited_for_while_it_starts_and_no_signal_ends_that() {
    let mut same = asked_here(World::marked(), None).later(10 * SECOND);
    let mut new = asked_here(World::marked(), None).incarnation(2).silent();
    for world in [&mut same, &mut new] {
        let plan = world.plan();
        waits(&plan, ReasonKind::RuntimeStarting);
        assert!(matches!(&plan.outcome, Outcome::Wait(wait) if !wait.interruptible));
    }
    let unasked = asked_here(World::marked(), None).incarnation(2);
    assert!(matches!(unasked.next(), Decision::NeedsAnswers(_)), "what the former one said counts no more");
}

#[test]
fn a_runtime_that_is_back_with_the_values_gets_the_chain_at_once() {
    let world = asked_here(World::marked(), None).incarnation(2).says(1, "");
    let (world, done) = world.applied();
    assert_eq!(done, ["mark settled", "publish 05-tuning.conflist", "look"]);
    assert_eq!(world.attempt().phase, Phase::Settled);
    assert_eq!(world.attempt().incarnation, world.node.incarnation());
}

/// For any outcome: the exit of its own container must not be lost.
#[test]
fn a_program_that_saw_the_runtime_come_back_does_not_end_for_two_seconds() {
    let answer = |world: &World| world.node.answers.runtime.clone().unwrap();
    let (old, gone) = (World::new().says(1, ""), World::new().silent());
    let new = World::new().incarnation(2).says(1, "");
    let until = |before: Option<&World>, after: &World| {
        let mut history = crate::plan::History::new(after.now);
        history.note_answer(before.map(answer).as_ref(), &answer(after), after.now);
        history.settles_until()
    };
    let settles = Some(new.now.after(Duration::from_secs(2)));
    assert_eq!(until(Some(&old), &new), settles, "another start");
    assert_eq!(until(Some(&gone), &old), settles, "it was away");
    assert_eq!(until(Some(&old), &old), None);
    assert_eq!(until(None, &new), None, "it was up before the program");
    assert_eq!(until(Some(&old), &gone), None, "it is not back");
}

#[test]
fn a_runtime_that_is_late_gone_or_back_with_other_values_gets_its_config_back() {
    let late = 181 * SECOND;
    for (mut world, why) in [
        (asked_here(World::marked(), None).later(late), "never came back"),
        (asked_here(World::marked(), Some("its job failed")), "systemd said so"),
        (asked_here(World::marked(), Some("its job failed")).incarnation(2).silent(), "came and went"),
        (asked_here(World::marked(), None).later(late).incarnation(2).silent(), "does not answer"),
        (asked_here(World::marked(), None).incarnation(2).says(0, ""), "another file overrides us"),
    ] {
        let before = World::new().text(CONFIG).unwrap().to_owned();
        assert_eq!(words(&world.plan()), ROLLS_BACK, "{why}");
        let (world, _) = world.applied();
        assert_eq!(world.text(CONFIG), Some(before.as_str()), "{why}");
        assert_eq!(world.attempt().phase, Phase::RollingBack);
    }
}

/// The config was rolled back and the runtime was restarted with it.
pub(super) fn rolled_back() -> World {
    let (world, done) = asked_here(World::marked(), Some("its job failed")).incarnation(2).silent().applied();
    assert_eq!(done, ROLLS_BACK);
    world
}

#[test]
fn a_runtime_that_is_up_on_its_former_config_is_marked_as_failed_and_that_is_7() {
    let mut world = rolled_back().incarnation(3).says(0, "");
    let plan = world.plan();
    assert_eq!(words(&plan), ["mark failed"]);
    assert!(fails(&plan, FailureCode::RestartRolledBack).sentence.contains("max_conf_num = 1"));
    assert!(world.text("/etc/cni/net.d/05-tuning.conflist").is_none());
}

#[test]
fn a_runtime_that_is_down_on_its_former_config_is_waited_for_and_then_it_is_7() {
    let mut world = rolled_back().incarnation(3).silent();
    waits(&world.plan(), ReasonKind::RuntimeStarting);
    let mut world = world.later(181 * SECOND).silent();
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    fails(&plan, FailureCode::RollbackFailed);
}

#[test]
fn a_run_that_died_while_it_rolled_back_restarts_once_more() {
    let mut world = rolled_back().remember(|history, _| history.restart = None).silent();
    assert_eq!(words(&world.plan()), ["reset-failed", "mark being rolled back", "restart dbus", "look"]);
}

/// A second desired value on top of a first that holds: the rollback restores what the runtime ran with, not the
/// config before the first change.
#[test]
fn the_restart_that_rolls_back_is_tried_by_the_next_method_too() {
    let world =
        rolled_back().silent().service(&[(RestartMethod::Dbus, true), (RestartMethod::Nsenter, true)]);
    // The mark is younger than the failed restart; the rollback's restart was not requested yet.
    let mut world = world.remember(|history, now| {
        history.unusable.insert(RestartMethod::Dbus);
        let restart = history.restart.as_mut().unwrap();
        restart.asked = Moment::from_millis(now.millis() - SECOND);
    });
    assert_eq!(words(&world.plan()), ["reset-failed", "mark being rolled back", "restart nsenter", "look"]);
}

#[test]
fn what_is_rolled_back_are_the_bytes_that_the_runtime_came_up_with() {
    let (world, done) = World::marked().incarnation(2).says(1, "").applied();
    assert_eq!(done, ["mark settled", "publish 05-tuning.conflist", "look"]);
    let first = world.text(CONFIG).unwrap().to_owned();
    let mut says = status(1, &chain_of(&world));
    says.live.sandbox_image = Some("pause:1".to_owned());
    let world = world.says_status(says);
    let (world, done) =
        world.with_settings(|settings| settings.sandbox_image = Setting::Set("pause:9".to_owned())).applied();
    assert_eq!(done[..2], ["mark asked for", "publish config.toml"]);
    let (world, done) = asked_here(world, Some("its job failed")).incarnation(3).silent().applied();
    assert_eq!(done, ROLLS_BACK);
    assert_eq!(world.text(CONFIG), Some(first.as_str()));
}

#[test]
fn the_same_values_and_files_are_not_tried_twice_on_the_same_start() {
    let (world, done) = rolled_back().incarnation(3).says(0, "").applied();
    assert_eq!(done, ["mark failed"]);
    let mut again = world.remember(|history, now| *history = crate::plan::History::new(now));
    let plan = again.plan();
    assert_eq!(words(&plan), [""; 0]);
    fails(&plan, FailureCode::RestartRolledBack);
    // The config was corrected, which is a new reason.
    let mended = again.text(CONFIG).unwrap().replace("version = 2\n", "version = 2\nroot = \"/data\"\n");
    let mut mended = again.with(CONFIG, &mended);
    assert_eq!(words(&mended.plan())[..3], ["mark asked for", "publish config.toml", "restart dbus"]);
}

#[test]
fn the_guard_names_the_file_when_the_values_do_not_come_though_it_was_restarted() {
    let world = asked_here(World::marked(), None).incarnation(2).says(1, "");
    let (world, _) = world.applied();
    let mut world = world.says(0, "");
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    assert!(fails(&plan, FailureCode::ConfigOverridden).sentence.contains(CONFIG));
}

#[test]
fn the_next_means_is_tried_only_if_the_one_before_asked_nothing_of_the_host() {
    let both = [(RestartMethod::Dbus, true), (RestartMethod::Nsenter, true)];
    let mut world = World::marked().service(&both).says(0, "");
    world.history.unusable.insert(RestartMethod::Dbus);
    assert_eq!(words(&world.plan()), ["mark asked for", "restart nsenter", "look"]);
    // The methods after the first that works were not tried yet.
    let mut world = World::marked().says(0, "");
    world.history.unusable.insert(RestartMethod::Dbus);
    let others = Question::RestartMethods { unusable: [RestartMethod::Dbus].into() };
    assert_eq!(world.next(), Decision::NeedsAnswers(vec![others]));
    let mut world =
        World::new().service(&[(RestartMethod::Dbus, false), (RestartMethod::Signal, false)]).says(0, "");
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0], "nothing is changed if there is no method");
    assert!(fails(&plan, FailureCode::NoRestartMethod).sentence.contains("dbus: no such file or directory"));
}

#[test]
fn who_forbids_restarts_gets_the_file_and_8_and_no_chain() {
    let mut world = World::new().says(0, "").with_settings(|settings| settings.restart = RestartMode::Never);
    let plan = world.plan();
    assert_eq!(words(&plan), ["mark left to others", "publish config.toml"]);
    assert!(fails(&plan, FailureCode::RestartForbidden).sentence.contains("--restart never"));
    let (mut world, _) = world.applied();
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0], "a second run writes nothing");
    fails(&plan, FailureCode::RestartForbidden);
    // A later run may restart, and knows what to roll back.
    let mut allowed = world.clone().with_settings(|settings| settings.restart = RestartMode::Auto);
    assert_eq!(words(&allowed.plan()), ["mark asked for", "restart dbus", "look"]);
    let before = World::new().text(CONFIG).unwrap().as_bytes().to_vec();
    assert_eq!(allowed.applied().0.attempt().changed[0].before, Before::Bytes(before));
    // Another program restarted it.
    assert_eq!(
        world.incarnation(2).says(1, "").applied().1,
        ["mark settled", "publish 05-tuning.conflist", "look"]
    );
}

/// The chain is published and loaded, and then another value is desired: no pod goes without anything meanwhile.
fn chained_with_another_value() -> World {
    let world = World::published();
    let mut says = status(1, &chain_of(&world));
    says.live.sandbox_image = Some("pause:1".to_owned());
    world
        .says_status(says)
        .with_settings(|settings| settings.sandbox_image = Setting::Set("pause:9".to_owned()))
}

#[test]
fn a_restart_keeps_away_from_the_last_one_and_waits_its_turn() {
    let mut young = chained_with_another_value();
    young.node.runtime_age = Some(Duration::from_secs(10));
    assert_eq!(waits(&young.plan(), ReasonKind::RestartHeld), Some(young.now.after(Duration::from_secs(20))));
    // After a change of the wall clock it looks young for hours; the program's own clock ends that.
    let mut set_back = young.waited(ReasonKind::RestartHeld, 30 * SECOND);
    set_back.node.runtime_age = Some(Duration::ZERO);
    assert_eq!(words(&set_back.plan())[..2], ["mark asked for", "publish config.toml"]);
    let mut jitter =
        chained_with_another_value().remember(|history, _| history.jitter = Duration::from_secs(7));
    assert_eq!(
        waits(&jitter.plan(), ReasonKind::RestartHeld),
        Some(jitter.now.after(Duration::from_secs(7)))
    );
    let mut old = chained_with_another_value();
    old.node.runtime_age = Some(Duration::from_secs(31));
    assert_eq!(words(&old.plan())[2], "restart dbus");
}

#[test]
fn the_first_start_of_the_boot_is_no_restart_by_anybody() {
    let young = |incarnation| {
        let mut world = chained_with_another_value();
        world.node.runtime_age = Some(Duration::from_secs(1));
        let asked = world.node.answers.service.as_mut().unwrap();
        let Observed::Present(service) = &mut asked.said else { panic!("{asked:?}") };
        service.first_start = true;
        let mut says = world.node.answers.runtime.clone().unwrap();
        world = world.incarnation(incarnation);
        says.incarnation = world.node.incarnation();
        world.node.answers.runtime = Some(says);
        world
    };
    assert_eq!(words(&young(1).plan())[2], "restart dbus");
    // Restarted after systemd was asked.
    waits(&young(2).plan(), ReasonKind::RestartHeld);
}

/// Only a wrong number of files gives a pod two networks; all other values can wait until the chain is published.
#[test]
fn where_the_runtime_loads_one_file_already_the_chain_comes_before_the_restart() {
    let with_value = |world: World| {
        let mut says = status(1, "");
        says.live.sandbox_image = Some("pause:1".to_owned());
        world
            .says_status(says)
            .with_settings(|settings| settings.sandbox_image = Setting::Set("pause:9".to_owned()))
    };
    let (world, done) = with_value(World::new()).applied();
    assert_eq!(done, ["publish 05-tuning.conflist", "look"]);
    let mut says = status(1, &chain_of(&world));
    says.live.sandbox_image = Some("pause:1".to_owned());
    let mut verified = world.says_status(says);
    assert_eq!(words(&verified.plan())[..3], ["mark asked for", "publish config.toml", "restart dbus"]);
    // A config that is refused is refused before the chain.
    let mut refused = with_value(World::new().with(CONFIG, "version = 2\n[plugins\n"));
    let plan = refused.plan();
    assert_eq!(words(&plan), [""; 0]);
    fails(&plan, FailureCode::ConfigNotPatchable);
}

/// Every pod that starts meanwhile would lack the chain.
#[test]
fn neither_a_fresh_node_nor_a_valid_primary_is_held_back_and_nor_is_who_waits_for_nothing() {
    let restarts = |mut world: World| {
        world.node.runtime_age = Some(Duration::ZERO);
        world.history.jitter = Duration::from_secs(7);
        words(&world.plan()).into_iter().nth(2)
    };
    let restart = Some("restart dbus".to_owned());
    assert_eq!(restarts(World::new().says(0, "")), restart);
    assert_eq!(restarts(super::fresh::fresh()), restart);
    assert_eq!(restarts(chained_with_another_value()), None);
    assert_eq!(
        restarts(chained_with_another_value().with_settings(|settings| settings.no_wait = true)),
        restart
    );
}

#[test]
fn a_chain_that_is_proven_ends_it() {
    let world = World::published();
    let chain = chain_of(&world);
    let mut world = world.says(1, &chain);
    assert_eq!(world.plan(), Plan::done());
    assert!(
        world.node.attempt().is_none()
            && world.node.bytes(&at(CONFIG)).is_some_and(|b| b.ends_with(b"= 0\n"))
    );
}
