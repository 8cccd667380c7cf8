//! The verdict of `install` about the runtime's next start, for a config that it does not change.

use super::CONFIG;
use super::world::{World, at, chain_of, words};
use crate::containerd::Judgement;
use crate::node::{Content, DryLoad, File, Observed, Question};
use crate::plan::{Decision, Goal, NextStart, Outcome, RestartMode, RuntimeKind};
use crate::report::codes::check::WILL_NOT_COME_UP;

const GOOD: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 1\n";
const BAD: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  stream_idle_timeout = \"soon\"\n";

/// The runtime runs the chain, and this is its config.
fn chained(config: &str) -> World {
    let world = World::published();
    let chain = chain_of(&world);
    world.says(1, &chain).with(CONFIG, config)
}

fn told(world: &mut World) -> Vec<String> {
    let plan = world.plan();
    assert_eq!((words(&plan), &plan.outcome), (Vec::new(), &Outcome::Done));
    let told = plan.findings.into_iter().filter(|finding| finding.code == WILL_NOT_COME_UP.name);
    told.map(|finding| format!("{}: {}", finding.subject, finding.message)).collect()
}

#[test]
fn a_config_that_the_next_start_fails_on_is_told_and_changes_nothing() {
    let told = told(&mut chained(BAD));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("/etc/containerd/config.toml:3:25: ") && told[0].contains("stream_idle_timeout")
    );
    for good in [GOOD, "", "root = \"/data\"\n"] {
        assert_eq!(super::next_start::told(&mut chained(good)), [""; 0], "{good}");
    }
}

#[test]
fn it_is_judged_by_the_judgement_of_check() {
    for config in [BAD, GOOD, "version = 9\n", "version = \n"] {
        let mut world = chained(config);
        let release = world.node.containerd_release();
        let start = NextStart::of(&world.node, &at(CONFIG), release);
        assert_eq!(start.refusals().len(), told(&mut world).len(), "{config}: {start:?}");
    }
}

#[test]
fn who_runs_the_runtime_is_asked_when_all_else_is_done() {
    let mut world = chained(BAD);
    world.node.answers.service = None;
    assert_eq!(world.next(), Decision::NeedsAnswers(vec![Question::Service]));
    // The chain is published without waiting for the answer.
    let mut world = World::new().says(1, "").with(CONFIG, BAD);
    world.node.answers.service = None;
    assert_eq!(words(&world.plan_if(&DryLoad::Accepted)), ["publish 05-tuning.conflist", "look"]);
}

#[test]
fn what_cannot_be_seen_is_no_reason_to_refuse() {
    let unread = File { content: Content::Unread("permission denied".to_owned()), ..File::of(b"", 0o600) };
    let mut world = chained(GOOD);
    world.node.files.insert(at(CONFIG), Observed::Present(unread));
    assert_eq!(told(&mut world), [""; 0]);
    let mut world = chained(BAD).with_settings(|settings| settings.runtime = RuntimeKind::None);
    assert_eq!(told(&mut world), [""; 0]);
    let world = chained(BAD).with_settings(|settings| settings.goal = Goal::Uninstall);
    let Decision::Plan(plan) = world.next() else { panic!("{:?}", world.next()) };
    assert!(plan.findings.iter().all(|finding| finding.code != WILL_NOT_COME_UP.name));
}

/// To ask for the methods of a restart starts programs on the host: a plan that restarts nothing does not ask for them.
#[test]
fn only_a_plan_that_restarts_asks_how_the_runtime_can_be_restarted() {
    for config in [GOOD, BAD] {
        assert!(told(&mut chained(config).without_methods()).len() < 2);
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
    assert_eq!(told(&mut world), [""; 0]);
}
