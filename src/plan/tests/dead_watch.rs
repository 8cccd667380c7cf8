//! A conf dir that was replaced under the runtime, so that only a restart loads the chain.

use super::world::{fails, words};
use super::{CONFIG, SECOND, World, chain_of};
use crate::node::{Attempt, Digest, Phase, RestartMethod, RestartReason};
use crate::plan::{ReasonKind, RestartMode};
use crate::report::FailureCode;

const DIR: &str = "/etc/cni/net.d";
const ATTEMPT: &str = "/run/cni-bootstrap/attempt.json";
const PUBLISHES: [&str; 2] = ["publish 05-tuning.conflist", "look"];

/// The runtime runs with the right values, and the directory is as old as its socket.
fn dead() -> World {
    let mut world = World::new().says(1, "");
    let born = world.node.socket().unwrap().1.mtime + 1;
    world.dir(DIR).born = Some(born);
    world
}

/// Nothing was changed, and the failure names the directory.
#[track_caller]
fn refused(mut world: World, code: FailureCode, why: &str) {
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    let sentence = &fails(&plan, code).sentence;
    let names = [&format!("{DIR} was replaced"), "the chain was not published", why];
    assert!(names.iter().all(|name| sentence.contains(name)), "{names:?}: {sentence}");
}

#[test]
fn what_forbids_the_restart_is_told_before_the_chain_is_published() {
    refused(
        dead().with_settings(|settings| settings.restart = RestartMode::Never),
        FailureCode::RestartForbidden,
        "--restart never",
    );
    let broken = dead().with(CONFIG, "version = 2\n[plugins\n\n[a]\n").says(1, "");
    refused(broken, FailureCode::RuntimeConfigRefused, "config.toml:2");
    let methods =
        [(RestartMethod::Dbus, false), (RestartMethod::Nsenter, false), (RestartMethod::Signal, false)];
    refused(dead().service(&methods), FailureCode::NoRestartMethod, "dbus");
    let spent = dead().remember(|history, now| {
        history.note_restart(RestartMethod::Dbus, now, None);
        history.note_restart(RestartMethod::Dbus, now, None);
    });
    refused(spent, FailureCode::SecondRestartNeeded, "once more");
}

#[test]
fn a_runtime_that_was_restarted_for_the_chain_already_is_not_nudged_again() {
    let (published, _) = dead().applied();
    let chain = Digest::of(chain_of(&published).as_bytes());
    for phase in [Phase::Settled, Phase::Failed] {
        let reason = RestartReason::Chain { chain: chain.clone() };
        let mark = Attempt::new(reason, dead().node.incarnation(), phase).bytes();
        let world = dead().with(ATTEMPT, std::str::from_utf8(&mark).unwrap());
        refused(world, FailureCode::ChainNotConfirmed, "already restarted for this chain");
    }
}

/// What may be restarted is published, nudged and restarted as ever: the sign of a dead watch proves nothing.
#[test]
fn a_chain_is_published_if_the_runtime_may_be_restarted_for_it() {
    let (world, done) = dead().applied();
    assert_eq!(done, PUBLISHES);
    let nudged = world
        .says(1, "")
        .waited(ReasonKind::Unverified, 7 * SECOND)
        .remember(|history, now| history.nudged = Some(now))
        .later(6 * SECOND)
        .says(1, "");
    assert_eq!(words(&nudged.clone().plan()), ["mark asked for", "restart dbus", "look"]);
}

/// A restart that is planned anyway brings the watch back.
#[test]
fn a_restart_for_a_value_is_a_restart_for_the_chain() {
    let world = dead().says(0, "");
    let plan = world.clone().plan();
    assert!(words(&plan).iter().any(|word| word.starts_with("restart")), "{plan:?}");
}

/// Without a sign nothing is asked: the directory is older, or its time of birth is not known, or nothing is verified.
#[test]
fn without_a_sign_the_chain_is_published_as_ever() {
    let never = |world: World| world.with_settings(|settings| settings.restart = RestartMode::Never);
    let mut older = never(dead());
    older.dir(DIR).born = Some(older.node.socket().unwrap().1.mtime);
    let mut unknown = never(dead());
    unknown.dir(DIR).born = None;
    let unverified =
        never(dead()).with_settings(|settings| settings.verify_timeout = std::time::Duration::ZERO);
    for mut world in [older, unknown, unverified] {
        assert_eq!(words(&world.plan())[0], PUBLISHES[0]);
    }
    // A chain that stands stays, and the runtime may load it at its next start.
    let (mut stands, _) = dead().applied();
    stands = never(stands).says(1, "").waited(ReasonKind::Unverified, SECOND);
    assert_eq!(words(&stands.plan()), ["nudge net.d", "look"]);
}
