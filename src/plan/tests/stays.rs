//! The limits of a run that stays.

use std::time::Duration;

use super::World;
use super::world::fails;
use crate::node::{Moment, RunNote as _, TALLY_FILE, Tally};
use crate::plan::{Change, Plan, Stays};
use crate::report::FailureCode;

fn restarts(plan: &Plan) -> bool {
    plan.changes().any(|change| matches!(change, Change::Restart { .. }))
}

/// Counts survive the process: they lie in `/run`.
#[test]
fn within_an_hour_of_its_last_restart_it_only_reports() {
    let mut tally = Tally::default();
    let began = World::new().now;
    tally.restarted(Moment::from_millis(began.millis() - 1_000));
    let file = String::from_utf8(tally.bytes()).unwrap();
    let mut world = World::new().says(0, "").with(TALLY_FILE, &file);
    assert!(restarts(&world.plan()), "a run that ends has its own limit");
    let mut world = world.with_settings(|settings| {
        settings.stays = Some(Stays { stale_after: Duration::from_secs(3600) });
    });
    let plan = world.plan();
    fails(&plan, FailureCode::SecondRestartNeeded);
    let mut later = world.later(3_600_000).says(0, "");
    assert!(restarts(&later.plan()));
}
