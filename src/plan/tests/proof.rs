//! A published chain that the runtime does not confirm: nudge, restart, exit 8.

use std::time::Duration;

use super::world::{fails, status, words};
use super::{SECOND, World, chain_of};
use crate::node::{Moment, Phase, Status};
use crate::plan::{Outcome, ReasonKind, RestartMode};
use crate::report::FailureCode;

const OTHER: &str = r#"{"name":"other","plugins":[{"type":"bridge"}]}"#;

/// The chain was published this many milliseconds ago, and the runtime has loaded another file.
fn unverified(millis: u64) -> World {
    World::published().says(1, OTHER).waited(ReasonKind::Unverified, millis)
}

fn nudged(world: World, millis: u64) -> World {
    world.remember(|history, now| history.nudged = Some(Moment::from_millis(now.millis() - millis)))
}

fn until(world: &mut World) -> Duration {
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    let Outcome::Wait(wait) = &plan.outcome else { panic!("{:?}", plan.outcome) };
    assert_eq!(wait.reason.kind, ReasonKind::Unverified);
    wait.until.unwrap().since(world.now)
}

#[test]
fn the_runtime_has_a_second_then_it_is_nudged_and_has_five_more() {
    assert_eq!(until(&mut unverified(0)), Duration::from_secs(1));
    assert_eq!(words(&unverified(SECOND).plan()), ["nudge net.d", "look"]);
    assert_eq!(until(&mut nudged(unverified(2 * SECOND), SECOND)), Duration::from_secs(4));
}

#[test]
fn a_watch_that_is_dead_takes_one_restart_and_no_second() {
    let mut world = nudged(unverified(7 * SECOND), 5 * SECOND);
    assert_eq!(words(&world.plan()), ["mark asked for", "restart dbus", "look"]);
    let (world, _) = world.applied();
    let world = world.incarnation(2).says(1, OTHER);
    let (world, done) = world.applied();
    assert_eq!(done, ["mark settled", "look"]);
    assert_eq!(world.attempt().phase, Phase::Settled);
    let mut world =
        world.remember(|history, _| history.since.clear()).waited(ReasonKind::Unverified, 20 * SECOND);
    assert_eq!(until(&mut world), Duration::from_secs(40), "it was restarted for this chain already");
    let mut never = nudged(unverified(7 * SECOND), 5 * SECOND)
        .with_settings(|settings| settings.restart = RestartMode::Never);
    assert_eq!(until(&mut never), Duration::from_secs(53));
}

#[track_caller]
fn ends(mut world: World, code: FailureCode) -> (Vec<String>, String) {
    let plan = world.plan();
    (words(&plan), fails(&plan, code).sentence.clone())
}

#[test]
fn at_the_deadline_it_is_8_and_the_chain_stays() {
    let (done, sentence) = ends(unverified(60 * SECOND), FailureCode::ChainNotConfirmed);
    assert_eq!(done, [""; 0]);
    assert!(sentence.contains("\"azure\" (bridge)"), "{sentence}");
}

#[test]
fn a_chain_that_the_runtime_s_load_error_names_is_removed() {
    let error = |name: &str| Status {
        load_status: Some(format!("cni config load failed: failed to load CNI config list file {name}")),
        ..status(1, "")
    };
    let at_the_end =
        |status: Status| World::published().says_status(status).waited(ReasonKind::Unverified, 60 * SECOND);
    let (done, sentence) =
        ends(at_the_end(error("/etc/cni/net.d/05-tuning.conflist")), FailureCode::ChainNotConfirmed);
    assert_eq!(done, ["remove 05-tuning.conflist"]);
    assert!(sentence.contains("removed"), "{sentence}");
    let (done, _) =
        ends(at_the_end(error("/etc/cni/net.d/02-other.conflist")), FailureCode::ChainNotConfirmed);
    assert_eq!(done, [""; 0]);
}

#[test]
fn an_answer_from_before_the_change_proves_nothing() {
    let world = World::published();
    let chain = chain_of(&world);
    let world = world.says(1, &chain).later(1).remember(|history, now| history.changed = Some(now));
    assert!(matches!(world.next(), crate::plan::Decision::NeedsAnswers(_)));
}

#[test]
fn without_a_proof_asked_for_published_is_enough() {
    let mut world = unverified(0).with_settings(|settings| settings.verify_timeout = Duration::ZERO);
    assert_eq!(world.plan().outcome, Outcome::Done);
}

#[test]
fn a_plugin_s_own_no_is_success_with_a_finding() {
    let world = World::published();
    let said = Status {
        network_ready: false,
        network_message: "Network plugin returns error: plugin status: code 50: not available".to_owned(),
        release: Some(crate::node::Release::new(2, 1, 0)),
        runtime_version: "2.1.0".to_owned(),
        ..status(1, &chain_of(&world))
    };
    // A report whose parts are of different moments corrects itself; a plugin's own answer stays.
    let mut world = world.says_status(said);
    assert!(matches!(world.plan().outcome, Outcome::Wait(_)));
    let plan = world.waited(ReasonKind::Unverified, 2_000).plan();
    assert_eq!(plan.outcome, Outcome::Done);
    assert_eq!(plan.findings[0].code, "plugin-status-not-ready");
}

/// A directory with the network's name appends its plugins to the list (libcni 1.3): a restart would not help.
#[test]
fn plugins_that_a_directory_adds_are_named_and_nothing_is_restarted() {
    let world = |millis| {
        let world = World::published();
        let chain = chain_of(&world);
        let mut says = status(1, &chain);
        says.networks.as_mut().unwrap()[0].types.push("sbr".to_owned());
        says.release = Some(crate::node::Release::new(2, 1, 4));
        nudged(world.says_status(says).waited(ReasonKind::Unverified, millis), 5 * SECOND)
    };
    assert_eq!(until(&mut world(7 * SECOND)), Duration::from_secs(53));
    let (steps, sentence) = ends(world(60 * SECOND), FailureCode::ChainNotConfirmed);
    assert_eq!(steps, [""; 0]);
    assert!(sentence.contains("/etc/cni/net.d/azure") && sentence.contains("sbr"), "{sentence}");
}
