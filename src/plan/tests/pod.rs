//! `--verify pod`: asked last and once, refused where the answer would prove nothing.

use super::world::{PRIMARY, at, fails, status, words};
use super::{World, chain_of};
use crate::node::{
    Asked, Dir, HostPath, LeftPods, Observed, PodAnswer, PodQuestion, Question, RUN_DIR, STARTED_POD,
    started_pod,
};
use crate::plan::{Decision, Outcome, Plan, VerifyLevel, cannot_note, pod_question};
use crate::report::{FailureCode, Severity};

fn verified_by_pod(world: World) -> World {
    world.with_settings(|settings| settings.verify = VerifyLevel::Pod { forced: false })
}

/// The chain is published and loaded, and nothing else is left to do.
fn published() -> World {
    let world = verified_by_pod(World::published());
    let chain = chain_of(&world);
    world.says(1, &chain)
}

/// A run directory with the note of a sandbox.
fn noted(mut world: World) -> World {
    world.node.dirs.insert(HostPath::known(RUN_DIR), Observed::Present(Dir::default()));
    world.dir(RUN_DIR).names.insert("pod-0123456789abcdef".to_owned());
    world
}

fn question(world: &World) -> PodQuestion {
    let Decision::NeedsAnswers(questions) = world.next() else { panic!("{:?}", world.next()) };
    match &questions[..] {
        [Question::Pod(question)] => question.clone(),
        other => panic!("{other:?}"),
    }
}

fn answered(mut world: World, answer: PodAnswer) -> World {
    let question = question(&world);
    let asked =
        Asked { at: world.now, incarnation: world.node.incarnation(), said: Observed::Present(answer) };
    world.node.answers.pod = Some((question.key, asked));
    world
}

#[test]
fn it_is_asked_when_nothing_else_is_left_and_once() {
    let world = published();
    assert_eq!(question(&world).cgroup_parent, "");
    let key = question(&world).key;
    let mut started = answered(world.clone(), PodAnswer::Started(vec!["10.0.0.2".to_owned()]));
    let plan = started.plan();
    assert_eq!((words(&plan), &plan.outcome, plan.findings.len()), (Vec::new(), &Outcome::Done, 0));
    // The next run finds what the pod started on.
    let mut next = world.clone().with(STARTED_POD, &started_pod(&key));
    assert_eq!(next.plan(), Plan::done());
    // After another start of the runtime it is not known any more.
    let chain = chain_of(&world);
    let restarted = world.with(STARTED_POD, &started_pod(&key)).incarnation(7).says(1, &chain);
    assert_ne!(question(&restarted).key, key);
}

#[test]
fn its_failure_is_the_answer_with_what_the_words_mean() {
    let said = "failed to setup network for sandbox \"6c0f\": failed to find plugin \"loopback\" in path [/opt/cni/bin]";
    let mut failed = answered(published(), PodAnswer::Failed(said.to_owned()));
    let plan = failed.plan();
    let failure = fails(&plan, FailureCode::PodDoesNotStart);
    assert!(
        failure.sentence.contains(said) && failure.sentence.contains("loopback plugin is missing"),
        "{failure}"
    );
    assert_eq!(words(&plan), [""; 0], "the chain stays");
}

#[test]
fn an_answer_that_is_none_is_a_warning() {
    let mut unknown = answered(published(), PodAnswer::NotKnown("it vanished".to_owned()));
    let plan = unknown.plan();
    assert_eq!((&plan.outcome, plan.findings[0].code), (&Outcome::Done, "pod-not-judged"));
    assert_eq!(plan.findings[0].severity, Severity::Warning);
}

#[test]
fn a_plugin_that_may_ask_the_api_is_refused_before_the_first_change_unless_it_is_forced() {
    let primary = r#"{"cniVersion":"0.3.0","name":"azure","plugins":[{"type":"calico"}]}"#;
    let world = World::new()
        .with("/etc/cni/net.d/10-azure.conflist", primary)
        .with("/opt/cni/bin/calico", "\x7fELF")
        .says(1, primary);
    let mut refused = verified_by_pod(world.clone());
    let plan = refused.plan();
    let failure = fails(&plan, FailureCode::PodNeedsApi);
    assert!(failure.sentence.contains("\"calico\""), "{failure}");
    assert_eq!(words(&plan), [""; 0]);
    let mut forced = world.with_settings(|settings| settings.verify = VerifyLevel::Pod { forced: true });
    assert!(!matches!(forced.plan().outcome, Outcome::Fail(_)));
}

#[test]
fn a_dry_run_starts_and_removes_nothing() {
    let mut dry = noted(published().with_settings(|settings| settings.dry_run = true));
    assert_eq!(dry.plan(), Plan::done());
}

#[test]
fn what_earlier_runs_left_is_removed_first_and_once() {
    let mut world = noted(published().with_settings(|settings| settings.verify = VerifyLevel::Loaded));
    assert_eq!(world.next(), Decision::NeedsAnswers(vec![Question::LeftPods]));
    let said = Observed::Present(LeftPods { left: vec!["a plugin cannot".to_owned()] });
    world.node.answers.left_pods = Some(Asked { at: world.now, incarnation: None, said });
    let plan = world.plan();
    assert_eq!((&plan.outcome, plan.findings[0].code), (&Outcome::Done, "pod-left-behind"));
}

#[test]
fn the_cgroup_parent_fits_the_driver_of_the_default_runtime() {
    let world = published();
    let mut said = status(1, "{}");
    for (default, drivers, parent) in [
        (Some("runc"), &[("runc", true), ("other", false)][..], "system.slice"),
        (Some("runc"), &[("runc", false), ("other", true)], ""),
        (Some("kata"), &[("runc", true)], ""),
        (None, &[("runc", true)], "system.slice"),
    ] {
        said.live.default_runtime = default.map(str::to_owned);
        said.live.systemd_cgroup = drivers.iter().map(|(name, flag)| ((*name).to_owned(), *flag)).collect();
        let question = pod_question(&world.node, &said, std::time::Duration::ZERO);
        assert_eq!(question.cgroup_parent, parent, "{default:?} {drivers:?}");
    }
}

#[test]
fn a_note_that_would_be_lost_is_refused_before_the_first_change() {
    let mut world = verified_by_pod(World::new());
    world.node.in_container = true;
    let own_root = |world: &mut World, path: &str| {
        if let Some(Observed::Present(dir)) = world.node.dirs.get_mut(&at(path)) {
            dir.mount.own_root = true;
        }
    };
    world = world.says(1, PRIMARY);
    world.node.dirs.insert(HostPath::known(RUN_DIR), Observed::Present(Dir::default()));
    own_root(&mut world, RUN_DIR);
    assert!(cannot_note(&world.node).is_some());
    let plan = world.plan();
    let failure = fails(&plan, FailureCode::MountMissing);
    assert!(failure.sentence.contains("/run/cni-bootstrap"), "{failure}");
    assert_eq!(words(&plan), [""; 0]);
    world.node.dirs.insert(HostPath::known(RUN_DIR), Observed::Absent);
    assert_eq!(cannot_note(&world.node), None, "it is made below /run");
}
