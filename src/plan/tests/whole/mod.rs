//! For any node: no restart without a verdict about all config files as they will be then, no two changes with one
//! target, and no write behind a link except to the runtime's config.

mod case;
mod machine;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};

use super::world::at;
use super::{CONFIG, World};
use crate::containerd::Listings;
use crate::node::{Content, Digest, HostPath, Kind, Node, TempName};
use crate::plan::runtime::edit_target::read_at_start;
use crate::plan::{Change, Goal, Plan, Publish};
use case::{Case, cases};
use machine::Machine;

const CHAIN: &str = "/etc/cni/net.d/05-tuning.conflist";
/// The targets of the links.
const BEHIND: [(&str, &str); 3] =
    [(CHAIN, "/etc/passwd"), ("/opt/cni/bin/helper", "/opt/cni/bin/cni"), (CONFIG, "/data/config.toml")];
/// The config files of a node by the hash of their content, and the names in the directories of imports.
fn on_disk(node: &Node) -> (BTreeMap<HostPath, Option<Digest>>, Listings) {
    let release = node.answers.status().and_then(|status| status.release);
    let files = read_at_start(node, &at(CONFIG), release);
    let digests = files.files.iter().map(|(path, bytes)| (path.clone(), bytes.as_deref().map(Digest::of)));
    (digests.collect(), without_temps(&files.listings))
}

/// Without the reserves of files, which nothing imports (`reserve.rs`).
fn without_temps(listings: &Listings) -> Listings {
    let mut listings = listings.clone();
    listings.values_mut().flatten().for_each(|names| names.retain(|name| !TempName::is(name)));
    listings
}

/// Each restart of a plan has a verdict about exactly the files that exist after the steps before it.
fn restarts_on_what_was_judged(world: &World, plan: &Plan) -> Result<usize, TestCaseError> {
    let mut node = world.node.clone();
    let mut restarts = 0;
    for change in plan.changes() {
        if let Change::Restart { comes_up, .. } = change {
            restarts += 1;
            let (files, listings) = on_disk(&node);
            prop_assert!(files.contains_key(&at(CONFIG)), "{files:?}");
            prop_assert_eq!(comes_up.files(), &files, "{:?}", plan);
            prop_assert_eq!(without_temps(comes_up.listings()), listings, "{:?}", plan);
        }
        node = node.after("tuning", change);
    }
    Ok(restarts)
}

/// The path that a change writes: the name itself, except for the runtime's config, where it is the link's target.
fn target(node: &Node, change: &Change) -> Option<HostPath> {
    let (path, _) = change.leaves()?;
    let is_config = matches!(change, Change::Publish(Publish { kind: Kind::Config, .. }));
    Some(node.links.get(path).filter(|_| is_config).unwrap_or(path).clone())
}

fn one_change_for_each_target(case: &Case, world: &World, plan: &Plan) -> TestCaseResult {
    let mut targets = BTreeSet::new();
    for change in plan.changes() {
        let Some(mut target) = target(&world.node, change) else { continue };
        if case.is_one_dir && target.parent() == at("/opt/cni/bin") {
            target = at("/etc/cni/net.d").join(target.name());
        }
        prop_assert!(targets.insert(target.clone()), "{target} twice: {plan:?}");
    }
    Ok(())
}

/// The files behind links keep their content, whatever the plan does with the links.
fn nothing_is_written_behind_a_link(case: &Case, world: &World, plan: &Plan) -> TestCaseResult {
    let mut node = world.node.clone();
    for change in plan.changes() {
        let written = target(&world.node, change);
        let is_config = matches!(change, Change::Publish(Publish { kind: Kind::Config, .. }));
        for (name, behind) in BEHIND.iter().zip(case.links).filter(|(_, is)| *is).map(|(link, _)| link) {
            let is_behind = written.as_ref() == Some(&at(behind));
            prop_assert!(!is_behind || is_config && *name == CONFIG, "{behind}: {change:?}");
        }
        node = node.after("tuning", change);
    }
    for ((name, behind), _) in BEHIND.iter().zip(case.links).filter(|((name, _), is)| *is && *name != CONFIG)
    {
        let held = node.file(&at(behind)).present().map(|file| file.content.clone());
        prop_assert_eq!(held, Some(Content::Bytes(b"somebody's"[..].into())), "{} by {}", behind, name);
    }
    Ok(())
}

#[test]
fn each_restart_is_judged_on_all_files_and_no_plan_writes_twice_or_behind_a_link() {
    let (restarts, writes) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() };
    let ran = TestRunner::new(config).run(&cases(), |case| {
        let mut machine = Machine::new(&case);
        for (count, (pass, seconds)) in case.passes.iter().enumerate() {
            if count >= case.uninstalls {
                machine.world.settings.goal = Goal::Uninstall;
            }
            machine.passes(pass, *seconds);
            let plan = machine.plan();
            restarts.set(restarts.get() + restarts_on_what_was_judged(&machine.world, &plan)?);
            one_change_for_each_target(&case, &machine.world, &plan)?;
            nothing_is_written_behind_a_link(&case, &machine.world, &plan)?;
            writes.set(writes.get() + plan.changes().filter(|change| change.leaves().is_some()).count());
            machine.apply(&plan, pass);
        }
        Ok(())
    });
    ran.unwrap();
    assert!(
        restarts.get() > 60 && writes.get() > 300,
        "{} restarts, {} writes",
        restarts.get(),
        writes.get()
    );
}
