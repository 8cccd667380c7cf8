//! The network of the chain: its name, and the directory with that name.

use std::time::Duration;

use super::SECOND;
use super::world::{World, at, chain_of, refuses, status, words};
use crate::node::{Dir, Observed, Release, Status};
use crate::plan::{Outcome, ReasonKind};
use crate::report::{FailureCode, Severity};

const PRIMARY: &str = "/etc/cni/net.d/10-azure.conflist";
const DIR: &str = "/etc/cni/net.d/azure";

fn newer(loaded: &str) -> Status {
    let release = Some(Release::new(2, 1, 4));
    Status { release, runtime_version: "2.1.4".to_owned(), ..status(1, loaded) }
}

/// A directory with the network's name and this file.
fn with_dir(mut world: World, name: &str, bytes: &str) -> World {
    world.dir("/etc/cni/net.d").names.insert("azure".to_owned());
    world.dir("/etc/cni/net.d").dirs.insert("azure".to_owned());
    world.node.dirs.insert(at(DIR), Observed::Present(Dir::default()));
    world.with(&format!("{DIR}/{name}"), bytes)
}

fn staged(world: World) -> World {
    let primary = world.text(PRIMARY).unwrap().to_owned();
    let mut world =
        world.without(PRIMARY).with_settings(|settings| settings.primary_dir = Some(at("/staging")));
    world.node.dirs.insert(at("/staging"), Observed::Present(Dir::default()));
    world.with("/staging/10-azure.conflist", &primary)
}

#[track_caller]
fn refused(mut world: World, code: FailureCode) -> String {
    refuses(&world.plan(), code).sentence.clone()
}

/// libcni loads a list with any name, and refuses each pod for some names. The judgement refuses the plan if the chain
/// brings such a name.
#[test]
fn a_name_that_fails_each_pod_is_told() {
    for name in ["a b", "", "../x", "-a", "a/b", "\u{e9}"] {
        let text = format!(r#"{{"cniVersion":"0.3.0","name":"{name}","plugins":[{{"type":"azure-vnet"}}]}}"#);
        let world = World::new().says(1, "").with(PRIMARY, &text);
        let plan = world.clone().plan();
        assert_eq!(words(&plan), ["publish 05-tuning.conflist", "look"], "{name:?}");
        let told = plan.findings.iter().find(|finding| finding.code == "network-name-invalid").unwrap();
        assert_eq!((told.severity, told.subject.as_str()), (Severity::Error, PRIMARY));
        assert!(told.message.contains(&format!("{name:?}")), "{}", told.message);
    }
    let good = World::new().says(1, "").plan();
    assert!(good.findings.is_empty(), "{:?}", good.findings);
}

#[test]
fn a_broken_file_beside_the_network_is_judged_before_publishing() {
    let broken = |bytes| with_dir(World::new().says_status(newer("")), "10.conf", bytes);
    for bytes in ["{", "", r#"{"name":"x"}"#, r#"{"name":"x","plugins":[{"type":"a"}]}"#] {
        let plan = broken(bytes).plan();
        assert!(
            matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.text.contains("azure/10.conf")),
            "{plan:?}"
        );
        let at_the_end =
            broken(bytes).with_settings(|settings| settings.primary_timeout = Some(Duration::ZERO));
        let sentence = refused(at_the_end, FailureCode::PrimaryInvalid);
        assert!(sentence.contains("azure/10.conf"), "{sentence}");
        let sentence = refused(staged(broken(bytes)), FailureCode::NetworkFileInvalid);
        assert!(sentence.contains("azure/10.conf"), "{sentence}");
    }
    let mut older = with_dir(World::new().says(1, ""), "10.conf", "{");
    assert_eq!(words(&older.plan()), ["publish 05-tuning.conflist", "look"], "1.7 reads no such directory");
    let mut inlined = broken("{").with(
        PRIMARY,
        r#"{"cniVersion":"0.3.0","name":"azure","loadOnlyInlinedPlugins":true,"plugins":[{"type":"azure-vnet"}]}"#,
    );
    assert_eq!(words(&inlined.plan()), ["publish 05-tuning.conflist", "look"]);
    let mut a_list = with_dir(World::new().says_status(newer("")), "10.conflist", "{");
    assert_eq!(words(&a_list.plan()), ["publish 05-tuning.conflist", "look"], "only .conf is read");
}

/// `os.ReadDir` fails on a file; only a missing directory is ignored.
#[test]
fn a_file_in_place_of_the_directory_fails_the_load() {
    let mut world = World::new().says_status(newer("")).with(DIR, "notes");
    world.node.dirs.insert(at(DIR), Observed::Absent);
    let sentence = refused(
        world.with_settings(|settings| settings.primary_timeout = Some(Duration::ZERO)),
        FailureCode::PrimaryInvalid,
    );
    assert!(sentence.contains("/etc/cni/net.d/azure is a file"), "{sentence}");
}

#[test]
fn a_chain_to_which_the_directory_adds_plugins_is_proven_as_loaded_with_them() {
    let sbr = |world| with_dir(world, "20.conf", r#"{"name":"azure","type":"sbr"}"#);
    let world = sbr(World::new().says_status(newer(""))).with("/opt/cni/bin/sbr", "a program").applied().0;
    let chain = chain_of(&world);
    let says = |types: &[&str]| {
        let mut says = newer(&chain);
        let loaded = &mut says.networks.as_mut().unwrap()[0].types;
        loaded.extend(types.iter().map(|name| (*name).to_owned()));
        world.clone().says_status(says)
    };
    assert_eq!(says(&["sbr"]).plan().outcome, Outcome::Done);
    let stale = says(&[]).waited(ReasonKind::Unverified, SECOND).plan();
    assert_eq!(words(&stale), ["nudge net.d", "look"], "what it added was read before the file came");
}

#[test]
fn a_plugin_that_the_directory_adds_already_is_5() {
    let world =
        with_dir(World::new().says_status(newer("")), "20.conf", r#"{"name":"azure","type":"tuning"}"#);
    let sentence = refused(world, FailureCode::PluginRunsTwice);
    assert!(sentence.contains("azure/20.conf"), "{sentence}");
}

/// A `.conf` has no such directory; the list that is made from it would have one.
#[test]
fn a_list_made_from_a_conf_keeps_what_the_conf_meant() {
    const CONF: &str = r#"{"cniVersion":"0.3.0","name":"azure","type":"azure-vnet"}"#;
    let with = |says: Status| {
        let world =
            World::new().says_status(says).without(PRIMARY).with("/etc/cni/net.d/10-azure.conf", CONF);
        let (world, done) = with_dir(world, "20.conf", "{").applied();
        assert_eq!(done, ["publish 05-tuning.conflist", "look"]);
        chain_of(&world)
    };
    assert!(
        with(newer(""))
            .starts_with(r#"{"cniVersion":"0.3.0","name":"azure","loadOnlyInlinedPlugins":true,"plugins":["#)
    );
    assert!(with(status(1, "")).starts_with(r#"{"cniVersion":"0.3.0","name":"azure","plugins":["#));
}
