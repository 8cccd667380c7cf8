//! The verdict about the runtime's next start, for a config that `install` does not change (`judgement.rs` tells it).

use super::CONFIG;
use super::world::{World, at, chain_of, words};
use crate::containerd::Judgement;
use crate::node::{DryLoad, Observed, Question};
use crate::plan::{Decision, NextStart, Outcome, RestartMode};

const GOOD: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 1\n";
const BAD: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  stream_idle_timeout = \"soon\"\n";

/// The runtime runs the chain, and this is its config.
fn chained(config: &str) -> World {
    let world = World::published();
    let chain = chain_of(&world);
    world.says(1, &chain).with(CONFIG, config)
}

fn done(world: &mut World) -> Outcome {
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    plan.outcome
}

#[test]
fn no_question_delays_the_chain_and_none_is_asked_for_a_verdict() {
    let mut world = chained(BAD);
    world.node.answers.service = None;
    assert_eq!(done(&mut world), Outcome::Done);
    let mut world = World::new().says(1, "").with(CONFIG, BAD);
    world.node.answers.service = None;
    assert_eq!(words(&world.plan_if(&DryLoad::Accepted)), ["publish 05-tuning.conflist", "look"]);
}

/// To ask for the methods of a restart starts programs on the host: a plan that restarts nothing does not ask for them.
#[test]
fn only_a_plan_that_restarts_asks_how_the_runtime_can_be_restarted() {
    for config in [GOOD, BAD] {
        assert_eq!(done(&mut chained(config).without_methods()), Outcome::Done);
    }
    let mut missing = World::new().says(1, "").with(CONFIG, GOOD).without_methods();
    assert_eq!(words(&missing.plan_if(&DryLoad::Accepted)), ["publish 05-tuning.conflist", "look"]);
    // A config that is refused after both were asked is not restarted on.
    let refused = DryLoad::Refused("invalid plugin config".to_owned());
    let plan = World::new().says(0, "").plan_if(&refused);
    assert!(matches!(plan.outcome, Outcome::Fail(_)) && plan.steps.is_empty(), "{plan:?}");
    let mut world = World::new().says(0, "");
    assert!(words(&world.plan()).contains(&"restart dbus".to_owned()));
    let all = Question::RestartMethods { unusable: [].into() };
    assert_eq!(world.without_methods().next(), Decision::NeedsAnswers(vec![all]));
}

/// Pods that start meanwhile lack the chain, so the host's containerd and the service manager are asked at once.
#[test]
fn the_last_judge_and_the_restart_methods_are_asked_in_one_round() {
    let asked = |world: &World| match world.next() {
        Decision::NeedsAnswers(questions) => {
            questions.iter().map(|question| question.word().to_owned()).collect()
        }
        Decision::Plan(plan) => words(&plan),
    };
    let world = World::new().says(0, "").without_methods();
    assert_eq!(asked(&world), ["dry-load", "restart-methods"]);
    let never = world.clone().with_settings(|settings| settings.restart = RestartMode::Never);
    assert_eq!(asked(&never), ["dry-load"]);
    // The config must be read next, so its place is asked for together with the plugins' versions.
    let mut unknown = world;
    unknown.node.answers.service = None;
    unknown.node.answers.versions.clear();
    assert_eq!(asked(&unknown), ["version", "service"]);
    assert_eq!(asked(&unknown.says(1, "")), ["version"]);
}

/// A container's own files say nothing about the host.
#[test]
fn what_is_not_mounted_from_the_host_is_not_judged_and_named() {
    let mut world = chained(BAD);
    world.node.in_container = true;
    let release = world.node.containerd_release();
    let start = NextStart::of(&world.node, &at(CONFIG), release);
    assert_eq!(start.refusals().len(), 1);
    world.dir("/").mount.own_root = true;
    world.dir("/var/lib").mount.own_root = true;
    world.node.dirs.insert(at("/var/lib/containerd"), Observed::Absent);
    world.node.files.insert(at("/var/lib/containerd"), Observed::Absent);
    let start = NextStart::of(&world.node, &at(CONFIG), release);
    let why = "not on a mount of the host".to_owned();
    assert!(start.unseen.contains(&(at("/var/lib/containerd"), why)), "{start:?}");
    assert_eq!(start.refusals().len(), 1, "its config is the host's");
    world.dir("/etc/containerd").mount.own_root = true;
    let start = NextStart::of(&world.node, &at(CONFIG), release);
    let Judgement::NotJudged(why) = &start.judgement else { panic!("{start:?}") };
    assert_eq!(why, "/etc/containerd/config.toml is not on a mount of the host");
}
