//! What keeps a chain from being published at all.

use super::World;
use super::world::words;
use crate::cni::Selector;
use crate::plan::Rest;
use crate::report::Exit;

fn refused(mut world: World) -> String {
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0], "nothing is changed for what is refused");
    let Rest::Fail(cause) = plan.rest else { panic!("{:?}", plan.rest) };
    assert_eq!(cause.exit, Exit::Refused);
    cause.sentence
}

/// Whose chain it is cannot be read, so it may be this node's.
#[test]
fn a_record_of_another_owner_that_cannot_be_used_is_5() {
    for record in ["{", r#"{"schema":"cni-bootstrap.record/9"}"#] {
        let world = World::new().says(1, "").with("/var/lib/cni-bootstrap/antrea.json", record);
        let sentence = refused(world);
        assert!(sentence.contains("/var/lib/cni-bootstrap/antrea.json"), "{sentence}");
    }
}

/// The runtime reads it first and fails on it.
#[test]
fn a_link_that_leads_nowhere_is_a_file_in_front() {
    let mut world = World::new().says(1, "").wish(|settings| {
        settings.primary = Some(Selector::File("10-azure.conflist".to_owned()));
    });
    world.dir("/etc/cni/net.d").names.insert("00-gone.conflist".to_owned());
    world.node.files.insert(super::world::at("/etc/cni/net.d/00-gone.conflist"), crate::node::Sight::Absent);
    let sentence = refused(world);
    assert!(sentence.contains("00-gone.conflist"), "{sentence}");
}
