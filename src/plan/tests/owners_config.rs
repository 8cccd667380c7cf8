//! The runtime's config of several owners: the values of all of them, taken back with the last.

use super::world::{at, refuses, status, words};
use super::{CONFIG, World, chain_of};
use crate::node::Record;
use crate::plan::{Goal, History, Outcome, PluginInput, Setting};
use crate::report::FailureCode;

const PRIMARY: &str = "/etc/cni/net.d/10-azure.conflist";
/// Without a value that an owner wants.
const BEFORE: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 0\n";

/// `tuning` is installed: it changed `max_conf_num`, and its chain is loaded.
fn one() -> World {
    let (world, _) = World::marked().incarnation(2).says(1, "").applied();
    let chain = chain_of(&world);
    let mut world = world.says(1, &chain);
    assert_eq!(world.plan().outcome, Outcome::Done);
    world
}

/// A run of another owner, whose plugin is `vrf`.
fn vrf(mut world: World) -> World {
    world.node.files.insert(at("/opt/cni/bin/vrf"), world.node.files[&at("/opt/cni/bin/tuning")].clone());
    let (mut question, answer) = world.node.answers.versions["tuning"].clone();
    question.plugin = "vrf".to_owned();
    question.binary = crate::node::Binary::Host(at("/opt/cni/bin/vrf"));
    world.node.answers.versions.insert("vrf".to_owned(), (question, answer));
    run_of(world, "vrf", Goal::Install)
}

fn run_of(world: World, owner: &str, goal: Goal) -> World {
    world
        .with_settings(|settings| {
            settings.owner = Some(owner.to_owned());
            settings.plugins = vec![PluginInput::Json(format!(r#"{{"type":"{owner}"}}"#))];
            settings.goal = goal;
        })
        .remember(|history, now| *history = History::new(now))
        .later(1)
}

/// The runtime answers with what is on the disk: it has loaded the first file, and was started with the config.
fn answers(world: World) -> World {
    let chain =
        world.text("/etc/cni/net.d/05-tuning.conflist").or(world.text("/etc/cni/net.d/05-vrf.conflist"));
    let loaded = chain.or(world.text(PRIMARY)).unwrap().to_owned();
    let config = world.text(CONFIG).unwrap();
    let mut status = status(i64::from(config.contains("max_conf_num = 1")), &loaded);
    let image = config.split("sandbox_image = \"").nth(1).and_then(|rest| rest.split('"').next());
    status.live.sandbox_image = Some(image.unwrap_or("pause:0").to_owned());
    world.later(1).says_status(status)
}

/// Runs to the end; each restart is the next start of the runtime. Returns the changes in words.
fn to_the_end(mut world: World) -> (World, Vec<String>) {
    let mut all = Vec::new();
    let mut starts = 2;
    for _ in 0..20 {
        let plan = world.plan();
        if plan.first_changes().next().is_none() {
            assert_eq!(plan.outcome, Outcome::Done, "{plan:?}");
            assert_eq!(plan.findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [""; 0]);
            return (world, all);
        }
        let done = words(&plan);
        world = world.applied().0;
        if done.iter().any(|word| word.starts_with("restart")) {
            starts += 1;
            world = world.incarnation(starts);
        }
        world = answers(world);
        all.extend(done);
    }
    panic!("it does not end");
}

fn record(world: &World, owner: &str) -> Record {
    world.node.records().remove(owner).unwrap().unwrap()
}

#[test]
fn a_value_that_several_owners_want_goes_with_the_last_whoever_changed_it() {
    for first in ["tuning", "vrf"] {
        let (world, done) = to_the_end(answers(vrf(one())));
        assert_eq!(done, ["publish 05-tuning.conflist", "look"], "the value is right already");
        assert_eq!(record(&world, "vrf").live_before, record(&world, "tuning").live_before);
        let last = if first == "vrf" { "tuning" } else { "vrf" };
        let (world, done) = to_the_end(answers(run_of(world, first, Goal::Uninstall)));
        assert!(!done.iter().any(|word| word.starts_with("restart")), "{done:?}");
        assert!(world.text(CONFIG).unwrap().contains("max_conf_num = 1"));
        let chain = world.text(&format!("/etc/cni/net.d/05-{last}.conflist")).unwrap();
        assert!(chain.contains(last) && !chain.contains(first), "{chain}");
        let (world, done) = to_the_end(answers(run_of(world, last, Goal::Uninstall)));
        assert!(done.contains(&"restart dbus".to_owned()), "{done:?}");
        assert_eq!(world.text(CONFIG), Some(BEFORE));
        assert!(world.node.records().is_empty());
    }
}

/// An owner that keeps the number of files still has a chain that must be the only network.
#[test]
fn a_chain_that_stays_keeps_max_conf_num_also_if_its_owner_wants_no_value() {
    let keeps = |world: World| world.with_settings(|settings| settings.max_conf_num = Some(Setting::Keep));
    let (world, _) = to_the_end(answers(keeps(vrf(one()))));
    let wants = |world: World| world.with_settings(|settings| settings.max_conf_num = None);
    let (world, done) = to_the_end(answers(run_of(wants(world), "tuning", Goal::Uninstall)));
    assert_eq!(done[..2], ["publish 05-vrf.conflist", "remove 05-tuning.conflist"]);
    assert!(world.text(CONFIG).unwrap().contains("max_conf_num = 1"));
    let (world, _) = to_the_end(answers(run_of(world, "vrf", Goal::Uninstall)));
    assert_eq!(world.text(CONFIG), Some(BEFORE));
}

/// One owner's value goes, that of the other stays: the file is composed anew from what was there before both.
#[test]
fn a_value_that_only_one_owner_wants_goes_with_it() {
    let image = |image: &str| Setting::Set(image.to_owned());
    let world = vrf(one()).with_settings(|settings| settings.sandbox_image = image("pause:9"));
    let (world, done) = to_the_end(answers(world));
    assert!(done.contains(&"restart dbus".to_owned()), "{done:?}");
    assert!(world.text(CONFIG).unwrap().contains("pause:9"));
    for owner in ["tuning", "vrf"] {
        let (path, written) = record(&world, owner)
            .of_kind(crate::node::Kind::Config)
            .map(|(p, w)| (p, w.clone()))
            .next()
            .unwrap();
        assert_eq!(path.as_str(), CONFIG);
        assert_eq!(written.before, crate::node::Before::Bytes(BEFORE.as_bytes().to_vec()), "{owner}");
    }
    let world = world.with_settings(|settings| settings.sandbox_image = Setting::Keep);
    let (world, _) = to_the_end(answers(run_of(world, "vrf", Goal::Uninstall)));
    let text = world.text(CONFIG).unwrap();
    assert!(text.contains("max_conf_num = 1") && !text.contains("pause:9"), "{text}");
    let (world, _) = to_the_end(answers(run_of(world, "tuning", Goal::Uninstall)));
    assert_eq!(world.text(CONFIG), Some(BEFORE));
}

#[test]
fn values_that_contradict_each_other_are_5_before_the_first_change() {
    let image = |world: World, image: &str| {
        world.with_settings(|settings| settings.sandbox_image = Setting::Set(image.to_owned()))
    };
    let (world, _) = to_the_end(answers(image(World::new(), "pause:1")));
    let mut second = answers(image(vrf(world), "pause:2"));
    let sentence = refuses(&second.plan(), FailureCode::OwnersDisagree).sentence.clone();
    for word in ["\"tuning\"", "\"vrf\"", "pause:1", "pause:2"] {
        assert!(sentence.contains(word), "{sentence}");
    }
    // The first owner's value is kept by whoever names none.
    let second = second.with_settings(|settings| settings.sandbox_image = Setting::Keep);
    let (world, done) = to_the_end(answers(second));
    assert_eq!(done, ["publish 05-tuning.conflist", "look"]);
    assert!(world.text(CONFIG).unwrap().contains("pause:1"));
}
