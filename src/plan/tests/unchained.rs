//! The layout `none`: nothing is published; the runtime's values are set, and it must run the primary's own bytes.

use super::world::{at, fails, refuses};
use super::{CONFIG, World};
use crate::node::Kind;
use crate::plan::{Goal, Layout, Outcome, PluginInput, ReasonKind, Setting, resolve, unnamed_owner};
use crate::report::FailureCode;

const PRIMARY: &str = "/etc/cni/net.d/10-azure.conflist";
const META: &str = r#"{"cniVersion":"0.3.1","name":"multus-cni-network","type":"multus","delegates":[{"type":"azure-vnet"}]}"#;

fn unchained() -> World {
    World::new().with_settings(|settings| settings.plugins.clear())
}

fn runs_primary(world: World, max_conf_num: i64) -> World {
    let primary = world.text(PRIMARY).unwrap().to_owned();
    world.says(max_conf_num, &primary)
}

#[test]
fn without_a_plugin_the_owner_is_node_and_no_value_is_desired() {
    let world = unchained();
    let desired = resolve(&world.settings, &world.node).unwrap();
    assert_eq!((desired.owner.as_str(), desired.layout), ("node", Layout::None));
    assert_eq!((desired.layer.layout.as_str(), desired.values.max_conf_num), ("none", None));
    assert!(!desired.has_chain());
}

#[test]
fn a_node_whose_runtime_runs_the_primary_is_left_alone() {
    let mut world = runs_primary(unchained(), 0);
    let plan = world.plan();
    assert_eq!((plan.outcome, plan.steps.len()), (Outcome::Done, 0));
}

#[test]
fn the_values_are_set_with_one_restart_and_no_file_is_published() {
    let world =
        runs_primary(unchained(), 0).with_settings(|settings| settings.max_conf_num = Some(Setting::Set(1)));
    let (world, done) = world.applied();
    assert!(done.contains(&"publish config.toml".to_owned()), "{done:?}");
    assert_eq!(done.iter().filter(|what| what.starts_with("restart")).count(), 1, "{done:?}");
    assert!(!done.iter().any(|what| what.contains("conflist")), "{done:?}");
    let world = runs_primary(world.incarnation(2), 1);
    let (mut world, done) = world.applied();
    assert_eq!(done, ["mark settled", "look"]);
    assert_eq!(world.plan().outcome, Outcome::Done);
    let record = world.node.records().remove("node").unwrap().unwrap();
    assert_eq!(record.of_kind(Kind::Chain).count(), 0);
    assert_eq!(record.layer.desired.max_conf_num, Some(1));
    assert!(world.text(CONFIG).unwrap().contains("max_conf_num = 1"));
}

#[test]
fn uninstall_without_an_owner_gives_the_config_back() {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let world =
        runs_primary(unchained(), 0).with_settings(|settings| settings.max_conf_num = Some(Setting::Set(1)));
    let (world, _) = world.applied();
    let (world, _) = runs_primary(world.incarnation(2), 1).applied();
    let world = world.with_settings(|settings| settings.goal = Goal::Uninstall);
    let (world, done) = runs_primary(world.later(100), 1).applied();
    assert!(done.contains(&"publish config.toml".to_owned()), "{done:?}");
    assert_eq!(world.text(CONFIG), Some(before.as_str()));
    let (world, _) = runs_primary(world.incarnation(3), 0).applied();
    let (mut world, done) = world.applied();
    assert_eq!(done, ["forget", "look"]);
    assert_eq!(world.plan().outcome, Outcome::Done);
}

#[test]
fn an_uninstall_that_names_no_owner_lists_the_records() {
    let uninstall = |world: World| world.with_settings(|settings| settings.goal = Goal::Uninstall);
    let chained = World::marked().incarnation(2).says(1, "");
    let (world, _) = chained.applied();
    let named = uninstall(world);
    assert!(unnamed_owner(&named.settings, &named.node).is_none(), "the type of --plugin names it");
    let world = named.with_settings(|settings| settings.plugins.clear());
    let failure = unnamed_owner(&world.settings, &world.node).unwrap();
    assert_eq!(failure.code, FailureCode::OwnerMissing);
    assert!(failure.sentence.contains("tuning") && failure.remedy.contains("--owner tuning"));
    let bare = uninstall(unchained());
    assert!(
        unnamed_owner(&bare.settings, &bare.node).is_none(),
        "a node without a record has nothing to name"
    );
}

#[test]
fn another_network_in_memory_is_no_success() {
    let mut world =
        unchained().says(1, r#"{"cniVersion":"0.3.0","name":"old","plugins":[{"type":"bridge"}]}"#);
    let plan = world.plan();
    assert!(
        matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::Unverified),
        "{:?}",
        plan.outcome
    );
}

/// Promise 6: with this layout it holds for the primary's own plugins.
#[test]
fn a_missing_binary_of_the_primary_is_waited_for_and_then_5() {
    let world = runs_primary(unchained(), 1).without("/opt/cni/bin/azure-vnet");
    let mut waits = world.clone();
    assert!(matches!(&waits.plan().outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::Primary));
    let mut late = world.later(10_000_000);
    assert!(fails(&late.plan(), FailureCode::PluginMissing).sentence.contains("azure-vnet"));
}

#[test]
fn a_meta_plugin_s_file_is_a_primary() {
    let mut world = unchained()
        .without(PRIMARY)
        .with("/etc/cni/net.d/00-multus.conf", META)
        .says(1, META)
        .with("/opt/cni/bin/multus", "");
    let ready = crate::plan::primary_of(
        &world.node,
        &world.settings,
        &resolve(&world.settings, &world.node).unwrap(),
    );
    assert_eq!(ready.unwrap().0, at("/etc/cni/net.d/00-multus.conf"));
    assert!(!matches!(world.plan().outcome, Outcome::Fail(_)));
    let mut chained = world.with_settings(|settings| {
        settings.plugins = vec![PluginInput::Json(r#"{"type":"tuning"}"#.to_owned())];
    });
    refuses(&chained.plan(), FailureCode::PrimaryIsMetaPlugin);
}

#[test]
fn options_that_contradict_the_layout_are_usage_errors() {
    let none = |world: World| world.with_settings(|settings| settings.layout = Some(Layout::None));
    let own = |world: World| world.with_settings(|settings| settings.layout = Some(Layout::OwnFile));
    let staged =
        |world: World| world.with_settings(|settings| settings.primary_dir = Some(at("/run/staged")));
    for world in [none(World::new()), own(unchained()), staged(unchained())] {
        let failure = resolve(&world.settings, &world.node).unwrap_err();
        assert_eq!(failure.exit(), crate::report::Exit::Usage, "{}", failure.sentence);
    }
    assert!(resolve(&none(unchained()).settings, &unchained().node).is_ok());
}
