//! The primary is missing: how long the run waits for it, and what it keeps.

use std::time::Duration;

use super::world::fails;
use super::{SECOND, World, chain_of};
use crate::plan::{Outcome, ReasonKind, RuntimeKind};
use crate::report::FailureCode;

const AZURE: &str = "/etc/cni/net.d/10-azure.conflist";

/// The owner's chain is published and loaded, and its primary is gone.
fn orphan() -> World {
    let world = World::published();
    let chain = chain_of(&world);
    world.says(1, &chain).without(AZURE)
}

fn waits(world: &mut World) -> Option<Duration> {
    let plan = world.plan();
    let Outcome::Wait(wait) = &plan.outcome else { panic!("{:?}", plan.outcome) };
    assert_eq!(wait.reason.kind, ReasonKind::Primary);
    wait.until.map(|until| until.since(world.history.began))
}

#[test]
fn a_loaded_chain_of_ours_shortens_the_wait_to_the_grace() {
    let mut world = orphan().remember(|history, now| history.began = now);
    assert_eq!(waits(&mut world), Some(Duration::from_secs(10)));
    let mut short = orphan().remember(|history, now| history.began = now);
    short.settings.primary_timeout = Some(Duration::from_secs(3));
    assert_eq!(waits(&mut short), Some(Duration::from_secs(3)), "the shorter of the two");
}

#[test]
fn after_the_grace_the_last_good_chain_is_kept() {
    let plan = orphan().later(SECOND).plan();
    assert!(matches!(plan.outcome, Outcome::KeptLastGood(_)) && plan.steps.is_empty(), "{plan:?}");
    assert_eq!(plan.findings[0].code, "primary-missing-chain-kept");
}

#[test]
fn a_chain_that_is_not_loaded_or_not_ours_gives_no_grace() {
    let mut not_loaded = orphan().says(1, r#"{"name":"other","plugins":[{"type":"bridge"}]}"#);
    let mut no_record = orphan().without("/var/lib/cni-bootstrap/tuning.json");
    for world in [&mut not_loaded, &mut no_record] {
        assert_eq!(waits(world), Some(Duration::from_secs(300)));
    }
}

const BRIDGE: &str = r#"{"name":"b","cniVersion":"0.4.0","plugins":[{"type":"bridge"}]}"#;

/// containerd's own network, and on CRI-O its own bridge, are the primary only after 30 s without another.
#[test]
fn the_runtime_s_own_network_is_awaited_and_then_told() {
    let own = |name: &str| {
        let world = World::new().without(AZURE).with(&format!("/etc/cni/net.d/{name}"), BRIDGE);
        let mut world = world.with_settings(|settings| settings.runtime = RuntimeKind::None);
        if name.contains("crio") {
            let socket = crate::node::HostPath::known("/run/crio/crio.sock");
            let there = crate::node::Observed::Present(crate::node::Stamp::default());
            world.node.sockets.clear();
            (world.node.answers.runtime, world.node.answers.endpoint) = (None, None);
            world.node.observations.stamps.insert(socket, there);
        }
        world
    };
    for name in ["10-containerd-net.conflist", "11-crio-ipv4-bridge.conflist"] {
        let mut world = own(name).remember(|history, now| history.began = now);
        assert_eq!(waits(&mut world), Some(Duration::from_secs(30)), "{name}");
        let mut short = own(name).remember(|history, now| history.began = now);
        short.settings.primary_timeout = Some(Duration::from_secs(3));
        assert_eq!(waits(&mut short), Some(Duration::from_secs(3)), "{name}");
        let named = own(name).remember(|history, now| history.began = now);
        let mut named = named.with_settings(|settings| settings.primary = Some(name.parse().unwrap()));
        assert!(
            !matches!(named.plan().outcome, Outcome::Wait(wait) if wait.reason.text.contains("default network"))
        );
        let plan = own(name).later(31 * SECOND).plan();
        assert!(
            !matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.text.contains("default network")),
            "{plan:?}"
        );
    }
}

/// Once a chain stands, the primary under it is not in doubt, whoever owns the chain.
#[test]
fn where_a_chain_stands_the_runtime_s_own_network_is_not_awaited() {
    let path = "/etc/cni/net.d/10-containerd-net.conflist";
    for owner in [None, Some("other")] {
        let world = World::published().without(AZURE).with(path, BRIDGE);
        let world = world.with_settings(|settings| {
            settings.owner = owner.map(str::to_owned).or(settings.owner.take());
        });
        let outcome = world.remember(|history, now| history.began = now).plan().outcome;
        let waits = matches!(&outcome, Outcome::Wait(wait) if wait.reason.text.contains("default network"));
        assert!(!waits, "{owner:?}: {outcome:?}");
    }
}

#[test]
fn the_deadline_is_3_for_a_missing_and_4_for_an_invalid_primary_and_zero_is_none() {
    let bare = || World::new().says(1, "").without(AZURE);
    let invalid = || World::new().says(1, "").with(AZURE, "{");
    for (world, code) in [(bare(), FailureCode::NoPrimary), (invalid(), FailureCode::PrimaryInvalid)] {
        let plan = world.later(290 * SECOND).plan();
        fails(&plan, code);
    }
    let mut endless =
        bare().with_settings(|settings| settings.primary_timeout = None).later(9_000_000 * SECOND);
    assert_eq!(waits(&mut endless), None);
}

#[test]
fn without_waiting_it_is_left() {
    let plan =
        World::new().says(1, "").without(AZURE).with_settings(|settings| settings.no_wait = true).plan();
    assert!(matches!(plan.outcome, Outcome::SkippedNoWait(_)) && plan.steps.is_empty());
}

/// The grace is for a missing primary: if its own binary is missing, the loaded chain fails every pod.
#[test]
fn a_missing_binary_is_waited_for_as_long_as_a_primary_and_then_it_is_5() {
    let world = || {
        let world = World::published();
        let chain = chain_of(&world);
        world.says(1, &chain).without("/opt/cni/bin/tuning")
    };
    assert_eq!(waits(&mut world().later(SECOND)), Some(Duration::from_secs(300)));
    let plan = world().later(290 * SECOND).plan();
    fails(&plan, FailureCode::PluginMissing);
    let mut source = World::published();
    let chain = chain_of(&source);
    source.settings.install_bins =
        vec![crate::plan::BinaryInput { name: None, path: "/in/tuning".to_owned() }];
    assert_eq!(waits(&mut source.says(1, &chain).later(SECOND)), Some(Duration::from_secs(300)));
}
