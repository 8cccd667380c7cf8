//! Between the runtime's report with the values and the chain, nothing is asked, observed or awaited.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::restart::asked_here;
use super::world::{at, status, words};
use super::{CONFIG, World};
use crate::node::{Observed, Phase, Question, ROLLBACK_SCRIPT, RUN_DIR, RestartMethod};
use crate::plan::{Change, Decision, Goal};

const CHAIN: &str = "publish 05-tuning.conflist";

/// The restart was requested, by this process or by one that was killed, with or without an armed rollback.
fn restarted(here: bool, armed: bool) -> World {
    let mut world = World::marked().incarnation(2);
    if let Some(asked) = &mut world.node.answers.service
        && let Observed::Present(service) = &mut asked.said
    {
        service.restart.get_or_insert_default().timers = vec![(RestartMethod::Dbus, Ok(()))];
    }
    if armed {
        world.dir(RUN_DIR).names.insert(at(ROLLBACK_SCRIPT).name().to_owned());
    }
    if here { asked_here(world, None) } else { world }
}

proptest! {
    /// Other facts may be unknown, or were asked of another start of the runtime.
    #[test]
    fn nothing_is_asked_between_the_runtime_s_word_and_the_chain(
        here: bool,
        armed: bool,
        knows_service: bool,
        service_of_this_start: bool,
        knows_dry_load: bool,
        loads_primary: bool,
    ) {
        let mut world = restarted(here, armed);
        if !knows_service {
            world.node.answers.service = None;
        } else if let (false, Some(asked)) = (service_of_this_start, &mut world.node.answers.service) {
            asked.incarnation = None;
        }
        if !knows_dry_load {
            world.node.answers.dry_loads.clear();
        }
        world.node.answers.runtime = None;
        prop_assert_eq!(world.next(), Decision::NeedsAnswers(vec![Question::Runtime]));
        let primary = if loads_primary { super::world::PRIMARY } else { "" };
        let world = world.says(1, primary);
        let Decision::Plan(plan) = world.next() else {
            return Err(TestCaseError::fail("it asks something else first"));
        };
        prop_assert_eq!(&words(&plan)[..2], ["mark settled", CHAIN]);
        let stops = plan.first_changes().position(|change| matches!(change, Change::Disarm { .. }));
        prop_assert!(stops.is_none_or(|at| at >= 2), "{:?}", plan.steps);
    }

    /// The chain follows the mark at once, or not at all: never before it, and never if the values are not live.
    #[test]
    fn the_chain_is_never_before_the_mark_or_the_value(armed: bool, live in -1..3_i64, uninstall: bool) {
        let mut world = asked_here(restarted(true, armed), None).says_status(status(live, ""));
        if uninstall {
            world.settings.goal = Goal::Uninstall;
        }
        let plan = world.plan();
        let words = words(&plan);
        let chain = words.iter().position(|word| word == CHAIN);
        prop_assert_eq!(chain, (live == 1 && !uninstall).then_some(1), "{:?}", words);
        prop_assert!(chain.is_none() || words[0] == "mark settled");
    }
}

/// After a kill between any two changes, the next run completes the rest, and the chain is the published one.
#[test]
fn a_run_that_is_killed_within_leaves_the_rest_to_the_next() {
    let world = || asked_here(restarted(true, true), None).says(1, "");
    let changes: Vec<Change> = world().plan().first_changes().cloned().collect();
    assert_eq!(changes.len(), 4, "{changes:?}");
    for made in 1..=changes.len() {
        let mut left = world();
        let recorded = left
            .node
            .recorded(&crate::plan::resolve(&left.settings, &left.node).unwrap().recording(), &changes);
        left.node = changes[..made].iter().fold(recorded, |node, change| node.after("tuning", change));
        let mut left =
            left.remember(|history, now| *history = crate::plan::History::new(now)).later(1).says(1, "");
        assert_eq!(left.attempt().phase, Phase::Settled);
        let kinds: BTreeSet<&str> = left.plan().changes().map(Change::word).collect();
        let desired: &[&str] =
            [&["disarm", "publish", "sweep"][..], &["disarm", "sweep"], &["sweep"], &[]][made - 1];
        assert_eq!(kinds, desired.iter().copied().collect(), "{made}");
        assert!(left.text(CONFIG).unwrap().contains("max_conf_num = 1"));
    }
}
