//! Reasons why a chain is not published at all.

use super::World;
use super::world::{fails, refuses};
use crate::cni::Selector;
use crate::report::FailureCode;

#[track_caller]
fn refused(mut world: World, code: FailureCode) -> String {
    refuses(&world.plan(), code).sentence.clone()
}

/// The record cannot be read, so its owner may own this node's chain.
#[test]
fn a_record_of_another_owner_that_cannot_be_used_is_5() {
    for record in ["{", r#"{"schema":"cni-bootstrap.record/9"}"#] {
        let world = World::new().says(1, "").with("/var/lib/cni-bootstrap/antrea.json", record);
        let sentence = refused(world, FailureCode::OwnerUnknown);
        assert!(sentence.contains("/var/lib/cni-bootstrap/antrea.json"), "{sentence}");
    }
}

/// A file at the output path that can never be replaced is not a reason to wait for a primary.
#[test]
fn an_output_path_that_cannot_be_taken_is_5_with_and_without_a_primary() {
    const OUTPUT: &str = "/etc/cni/net.d/05-tuning.conflist";
    let other = r#"{"name":"other","plugins":[{"type":"bridge"}]}"#;
    for without in [false, true] {
        let world = || {
            let world = World::new().says(1, "");
            if without { world.without("/etc/cni/net.d/10-azure.conflist") } else { world }
        };
        let mut dangling = world();
        dangling.dir("/etc/cni/net.d").names.insert("05-tuning.conflist".to_owned());
        let mut directory = dangling.clone();
        directory.dir("/etc/cni/net.d").dirs.insert("05-tuning.conflist".to_owned());
        for (world, what) in [
            (dangling, "a dangling symbolic link"),
            (directory, "a directory"),
            (world().with(OUTPUT, other), "somebody else's network"),
        ] {
            let sentence = refused(world, FailureCode::OutputPathOccupied);
            assert!(sentence.contains(OUTPUT) && sentence.contains(what), "{sentence}");
        }
    }
}

#[test]
fn the_name_of_the_only_other_file_is_no_output_path() {
    let world = World::new().says(1, "");
    let sentence = refused(
        world.with_settings(|settings| settings.output_file = Some("10-azure.conflist".to_owned())),
        FailureCode::OutputPathOccupied,
    );
    assert!(sentence.contains("/etc/cni/net.d/10-azure.conflist is somebody else's network"), "{sentence}");
}

#[test]
fn names_that_no_file_system_takes_are_told_before_anything_is_written() {
    let world = World::new().says(1, "").without("/etc/cni/net.d/10-azure.conflist");
    let long = format!("{}.conflist", "x".repeat(250));
    refused(
        world.with_settings(|settings| settings.output_file = Some(long)),
        FailureCode::OutputFileInvalid,
    );
    for (length, good) in [(243, true), (244, false)] {
        let world = World::new().with_settings(|settings| settings.owner = Some("o".repeat(length)));
        let desired = crate::plan::resolve(&world.settings, &world.node);
        assert_eq!(desired.is_ok(), good, "{length}");
        assert!(good || desired.unwrap_err().code == FailureCode::OwnerInvalid);
    }
}

/// The listing shows the name with a replacement character.
#[test]
fn a_name_that_is_not_utf_8_is_told_as_such() {
    let mut world = World::new().says(1, "");
    world.dir("/etc/cni/net.d").names.insert("00-\u{fffd}.conflist".to_owned());
    let path = super::world::at("/etc/cni/net.d/00-\u{fffd}.conflist");
    world.node.files.insert(path, crate::node::Observed::Absent);
    let mut world =
        world.with_settings(|settings| settings.primary_timeout = Some(std::time::Duration::ZERO));
    let plan = world.plan();
    let failure = fails(&plan, FailureCode::PrimaryInvalid);
    assert!(failure.sentence.contains("its name is not UTF-8"), "{}", failure.sentence);
}

/// The runtime reads it first and fails on it.
#[test]
fn a_link_that_leads_nowhere_is_a_file_in_front() {
    let mut world = World::new().says(1, "").with_settings(|settings| {
        settings.primary = Some(Selector::File("10-azure.conflist".to_owned()));
    });
    world.dir("/etc/cni/net.d").names.insert("00-gone.conflist".to_owned());
    world
        .node
        .files
        .insert(super::world::at("/etc/cni/net.d/00-gone.conflist"), crate::node::Observed::Absent);
    let sentence = refused(world, FailureCode::OutputFileInvalid);
    assert!(sentence.contains("00-gone.conflist"), "{sentence}");
}
