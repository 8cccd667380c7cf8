//! A planning pass reads the primary once and composes the chain once.

use super::World;
use crate::cni::counted;
use crate::plan::Decision;

#[track_caller]
fn once(world: &World) {
    counted::take();
    let Decision::Plan(_) = world.next() else { panic!("it asks") };
    let counted = counted::take();
    assert_eq!((counted.read.get("10-azure.conflist"), counted.composed), (Some(&1), 1), "{counted:?}");
}

#[test]
fn one_pass_reads_the_primary_once_and_composes_the_chain_once() {
    // Before the chain is published; while the runtime has not loaded it; and when nothing is left to do.
    let mut before = World::new().says(1, "");
    before.plan();
    once(&before);
    once(&World::published().says(1, r#"{"name":"other","plugins":[{"type":"bridge"}]}"#));
    let mut ready = World::published();
    let chain = ready.text("/etc/cni/net.d/05-tuning.conflist").unwrap().to_owned();
    ready = ready.says(1, &chain);
    ready.plan();
    once(&ready);
}
