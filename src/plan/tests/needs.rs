//! The binaries that the chain runs.

use std::time::Duration;

use super::SECOND;
use super::world::{World, at, refuses, status, with_binary, words};
use crate::node::{File, LoadedNetwork, Observed, Program, Release, Stamp, Status};
use crate::plan::{Outcome, PluginInput, ReasonKind};
use crate::report::{FailureCode, Severity};

const PUBLISHED: [&str; 2] = ["publish 05-tuning.conflist", "look"];
const PRIMARY: &str = "/etc/cni/net.d/10-azure.conflist";

/// Adds an observed binary with these bytes.
fn with_program(mut world: World, name: &str, bytes: &[u8], mode: u32) -> World {
    let path = at("/opt/cni/bin").join(name);
    let file = File::of(bytes, mode);
    let program = Program { stamp: file.stamp, head: bytes.to_vec(), label: None };
    if let Some((asked, _)) = world.node.answers.versions.get_mut(name) {
        asked.stamp = file.stamp;
    }
    world.node.files.insert(path.clone(), Observed::Present(file));
    world.node.observations.programs.insert(path, Observed::Present(program));
    world
}

fn reason(mut world: World) -> (ReasonKind, String) {
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    let Outcome::Wait(wait) = plan.outcome else { panic!("{:?}", plan.outcome) };
    (wait.reason.kind, wait.reason.text)
}

#[track_caller]
fn refused(world: World, code: FailureCode) -> String {
    let mut world = world.with_settings(|settings| settings.primary_timeout = Some(Duration::ZERO));
    refuses(&world.plan(), code).sentence.clone()
}

#[test]
fn a_binary_of_ours_that_cannot_be_executed_is_waited_for_and_then_5() {
    for (bytes, mode, word, code) in [
        (&b""[..], 0o755, "0 bytes", FailureCode::PluginDamaged),
        (b"#!/bin/sh", 0o644, "mode 0644", FailureCode::PluginNotExecutable),
        (b"usage: tuning", 0o755, "neither an ELF program nor a script", FailureCode::PluginDamaged),
        (b"\x7fELF\x02\x01\x01", 0o755, "cut short or is still being written", FailureCode::PluginDamaged),
    ] {
        let world = || with_program(World::new().says(1, ""), "tuning", bytes, mode);
        let (kind, text) = reason(world());
        assert!(kind == ReasonKind::Primary && text.contains(word), "{text}");
        let sentence = refused(world(), code);
        assert!(sentence.contains("/opt/cni/bin/tuning") && sentence.contains(word), "{sentence}");
    }
    let mut changing = with_program(World::new().says(1, ""), "tuning", b"#!/bin/sh", 0o755);
    let Some(Observed::Present(program)) =
        changing.node.observations.programs.get_mut(&at("/opt/cni/bin/tuning"))
    else {
        panic!("no program")
    };
    program.stamp.size = 3;
    assert!(reason(changing).1.contains("still being written"));
}

#[test]
fn so_is_an_input_whatever_its_mode() {
    let with = |bytes: &[u8]| {
        let mut world = with_binary(World::new().says(1, ""));
        let stamp = Stamp { size: bytes.len() as u64, mode: 0o600, ..Stamp::default() };
        let program = Program { stamp, head: bytes.to_vec(), label: None };
        world.node.observations.inputs.insert("/in/helper".to_owned(), Observed::Present(program));
        world
    };
    assert!(refused(with(b""), FailureCode::PluginDamaged).contains("/in/helper (0 bytes)"));
    assert_eq!(words(&with(b"#!/bin/sh").plan())[..1], ["publish helper"]);
}

/// Loaders and interpreters count if they are visible.
#[test]
fn an_interpreter_that_is_not_there_is_waited_for_and_one_that_is_not_seen_is_not() {
    let with = |seen: Observed<Stamp>| {
        let mut world = with_program(World::new().says(1, ""), "tuning", b"#!/usr/bin/python2\n", 0o755);
        world.node.observations.interpreters.insert(at("/usr/bin/python2"), seen);
        world
    };
    assert!(
        refused(with(Observed::Absent), FailureCode::PluginInterpreter)
            .contains("/usr/bin/python2, which does not exist")
    );
    let mut hidden = with(Observed::Unknown("not mounted from the host".to_owned()));
    assert_eq!(words(&hidden.plan()), PUBLISHED);
    let mut noexec = with(Observed::Present(Stamp { mode: 0o755, ..Stamp::default() }));
    assert_eq!(words(&noexec.plan()), PUBLISHED);
    noexec.dir("/opt/cni/bin").mount.noexec = true;
    assert!(refused(noexec.clone(), FailureCode::PluginNoExec).contains("noexec"));
    noexec.node.in_container = true;
    noexec.dir("/opt/cni/bin").mount.own_root = true;
    assert_eq!(words(&noexec.plan()), PUBLISHED, "the container's own mount says nothing of the host's");
}

#[test]
fn the_ipam_of_ours_is_ours_where_it_is_known_to_be_a_binary() {
    let with = |plugin: &str| {
        let world =
            World::new().says(1, "").with("/opt/cni/bin/macvlan", "x").with("/opt/cni/bin/antrea", "x");
        let mut world = world.with_settings(|settings| {
            settings.plugins = vec![PluginInput::Json(plugin.to_owned())];
            settings.owner = Some("tuning".to_owned());
        });
        let question = world.node.answers.versions["tuning"].clone();
        for name in ["macvlan", "antrea"] {
            let (mut asked, answer) = question.clone();
            asked.plugin = name.to_owned();
            asked.binary = crate::node::Binary::Host(at("/opt/cni/bin").join(name));
            asked.stamp = world.node.file(&at("/opt/cni/bin").join(name)).present().unwrap().stamp;
            world.node.answers.versions.insert(name.to_owned(), (asked, answer));
        }
        world
    };
    let (kind, text) = reason(with(r#"{"type":"macvlan","ipam":{"type":"dhcp"}}"#));
    assert!(kind == ReasonKind::Primary && text.contains("\"dhcp\""), "{text}");
    assert_eq!(words(&with(r#"{"type":"antrea","ipam":{"type":"antrea-ipam"}}"#).plan()), PUBLISHED);
}

/// The report of a runtime that has loaded the chain of [`with_bridge`].
fn loaded(world: &World) -> Status {
    let mut says = status(1, &super::world::chain_of(world));
    says.networks.as_mut().unwrap()[0].types = vec!["bridge".to_owned(), "tuning".to_owned()];
    says
}

fn with_bridge() -> World {
    let list =
        r#"{"cniVersion":"0.3.0","name":"azure","plugins":[{"type":"bridge","ipam":{"type":"host-local"}}]}"#;
    World::new().says(1, "").with(PRIMARY, list).with("/opt/cni/bin/bridge", "x")
}

#[test]
fn what_the_primary_lacks_is_awaited_for_the_grace_and_told() {
    let (kind, text) = reason(with_bridge());
    assert!(kind == ReasonKind::Binary && text.contains("host-local"), "{text}");
    let later = |millis| with_bridge().waited(ReasonKind::Binary, millis);
    assert_eq!(reason(later(30 * SECOND - 1)).0, ReasonKind::Binary);
    let mut over = later(30 * SECOND);
    let plan = over.plan();
    assert_eq!(words(&plan), PUBLISHED);
    let told = &plan.findings[0];
    assert_eq!(
        (told.code, told.severity, told.subject.as_str()),
        ("plugin-missing", Severity::Error, PRIMARY)
    );
    let mut at_once = with_bridge().with_settings(|settings| settings.no_wait = true);
    assert!(matches!(at_once.plan().outcome, Outcome::SkippedNoWait(_)));
    let mut there = with_bridge().with("/opt/cni/bin/host-local", "x");
    assert!(there.plan().findings.is_empty());
    // Other waits in between do not restart the grace, and a published chain does not wait.
    let mut stands = later(30 * SECOND).applied().0.remember(|history, _| history.since.clear());
    let says = loaded(&stands);
    stands = stands.says_status(says);
    let plan = stands.plan();
    assert_eq!((plan.outcome, plan.findings[0].code), (Outcome::Done, "plugin-missing"));
}

#[test]
fn the_grace_is_not_begun_anew_by_other_waits() {
    let mut history = with_bridge().history;
    let (start, later) = (at_second(1), at_second(40));
    let reason = |kind| crate::plan::Reason { kind, text: String::new() };
    history.note_reason(&reason(ReasonKind::Binary), start);
    history.note_reason(&reason(ReasonKind::Unverified), later);
    history.note_change(&super::world::bare("/a", "a"), later);
    assert_eq!(history.since(ReasonKind::Binary, later), start);
}

fn at_second(second: u64) -> crate::node::Moment {
    crate::node::Moment::from_millis(second * SECOND)
}

#[test]
fn the_runtime_s_own_loopback_is_awaited_too_unless_it_is_built_in() {
    let lo = LoadedNetwork {
        ifname: "lo".to_owned(),
        name: "cni-loopback".to_owned(),
        cni_version: "0.3.1".to_owned(),
        types: vec!["loopback".to_owned()],
        source: None,
    };
    let says = Status { networks: Some(vec![lo]), ..status(1, "") };
    let (kind, text) = reason(World::new().says_status(says.clone()));
    assert!(kind == ReasonKind::Binary && text.contains("\"loopback\""), "{text}");
    let not_executable = with_program(World::new().says_status(says), "loopback", b"#!/bin/sh\n", 0o644);
    assert!(reason(not_executable).1.contains("mode 0644"));
    assert_eq!(words(&World::new().says(1, "").plan()), PUBLISHED);
}

/// From 2.0 on the network is not ready while a plugin of a new list is missing, with or without the chain.
#[test]
fn a_network_that_is_not_ready_for_what_the_primary_lacks_is_no_failure_of_the_chain() {
    let world = with_bridge().waited(ReasonKind::Binary, 30 * SECOND).applied().0;
    let says = Status {
        network_ready: false,
        network_message: "failed to find plugin \"host-local\" in path [/opt/cni/bin]".to_owned(),
        release: Some(Release::new(2, 0, 4)),
        runtime_version: "2.0.4".to_owned(),
        ..loaded(&world)
    };
    let plan = world.says_status(says).plan();
    assert_eq!((plan.outcome, plan.findings[0].code), (Outcome::Done, "plugin-missing"));
}
