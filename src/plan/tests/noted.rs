//! The mark that the files were read is followed by an observation, and the rest is planned then.

use super::world::{at, digest, words};
use super::{CONFIG, World};
use crate::node::{Attempt, Before, Changed, Phase, RestartReason};
use crate::plan::Change;

/// An `uninstall` restarted the runtime with `max_conf_num = 0`, and its end could not be noted.
#[test]
fn no_chain_is_planned_on_values_that_a_restart_has_yet_to_change() {
    let old = World::new().text(CONFIG).unwrap().to_owned();
    let reason = RestartReason::Values { desired: "max_conf_num = 0".to_owned(), files: digest("x") };
    let before = Before::Bytes(old.replace("= 0", "= 1").into_bytes());
    let changed = vec![Changed { path: at(CONFIG), before, after: Some(digest(&old)) }];
    let first = World::new();
    let asked =
        Attempt { changed, timeout_ms: 1, ..Attempt::new(reason, first.node.incarnation(), Phase::Asked) };
    let mut world = first.incarnation(2).later(100_000).says(0, "x");
    world.node = world.node.after("", &Change::Mark(asked));
    let (mut world, done) = world.applied();
    assert_eq!(done, ["mark settled", "look"]);
    assert!(world.attempt().is_unread(), "the run that asked for it is gone");
    let plan = world.plan();
    assert_eq!(words(&plan), ["mark settled", "look"]);
    assert!(!plan.changes().any(|change| matches!(change, Change::Publish(_))), "{plan:?}");
    let (_, done) = world.applied().0.applied();
    assert_eq!(done[..3], ["mark asked for", "publish config.toml", "restart dbus"]);
}
