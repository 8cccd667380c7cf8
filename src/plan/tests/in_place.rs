//! The layout `in-place`: the chain in the primary's own file.

use super::World;
use super::world::{at, bare, refuses};
use crate::node::{
    Asked, Before, Binary, Content, File, Late, Observed, Place, RECORD_DIR, Stamp, VersionQuestion,
    VersionReply,
};
use crate::plan::{Goal, Layout, Outcome, PluginInput, ReasonKind, RuntimeKind, Setting, resolve};
use crate::report::{Exit, FailureCode};

const LIST: &str = "/etc/cni/net.d/10-azure.conflist";
const OBJECT: &str = "/etc/cni/net.d/10-azure.conf";
const PRIMARY: &str = "{\n  \"cniVersion\": \"0.3.0\", \"name\": \"azure\",\n  \"plugins\": [ {\"type\":\"azure-vnet\",\"mtu\":1.50e3} ]\n}\n";
const SINGLE: &str = r#"{"cniVersion":"0.3.0","name":"azure","type":"azure-vnet"}"#;

/// Files only: what the runtime says is not asked.
fn world() -> World {
    World::new().with(LIST, PRIMARY).with_settings(|settings| {
        settings.layout = Some(Layout::InPlace);
        settings.runtime = RuntimeKind::None;
    })
}

/// With a plugin for a second owner.
fn with_bridge(mut world: World) -> World {
    let path = at("/opt/cni/bin/bridge");
    let stamp = Stamp { mode: 0o755, ..Stamp::default() };
    let file = File { stamp, content: Content::Unread("only looked for".to_owned()) };
    world.node.files.insert(path.clone(), Observed::Present(file));
    let question = VersionQuestion { plugin: "bridge".to_owned(), binary: Binary::Host(path), stamp };
    let said = VersionReply::Said(br#"{"cniVersion":"1.0.0","supportedVersions":["0.3.0"]}"#.to_vec());
    let asked = Asked { at: world.now, incarnation: None, said: Observed::Present(said) };
    world.node.answers.versions.insert("bridge".to_owned(), (question, asked));
    world
}

fn single() -> World {
    world().without(LIST).with(OBJECT, SINGLE)
}

/// Runs to the end, and returns what was done.
fn run(mut world: World) -> (World, Vec<String>) {
    let mut all = Vec::new();
    for _ in 0..8 {
        let (next, done) = world.applied();
        world = next;
        if done.is_empty() {
            assert_eq!(world.plan().outcome, Outcome::Done, "{all:?}");
            return (world, all);
        }
        all.extend(done);
    }
    panic!("it does not end: {all:?}");
}

fn uninstalled(world: World) -> (World, Vec<String>) {
    run(world.with_settings(|settings| settings.goal = Goal::Uninstall))
}

fn chained(primary: &str) -> String {
    primary.replace("1.50e3} ]", "1.50e3}, {\"type\": \"tuning\"} ]")
}

#[test]
fn the_plugin_comes_into_the_primary_s_file_and_uninstall_gives_its_bytes_back() {
    let (world, done) = run(world());
    assert_eq!(done, ["publish 10-azure.conflist", "look"]);
    assert_eq!(world.text(LIST), Some(chained(PRIMARY).as_str()));
    let record = world.node.records().remove("tuning").unwrap().unwrap();
    assert_eq!(record.layer.layout, "in-place");
    let written = &record.paths[LIST];
    assert_eq!((written.place, &written.before), (Place::Primary, &Before::Bytes(PRIMARY.into())));
    assert_eq!(record.layer.desired.max_conf_num, None, "keep is the default");
    let (world, done) = run(world);
    assert_eq!(done, [""; 0], "a second run changes nothing");
    let (world, done) = uninstalled(world);
    assert_eq!(done, ["publish 10-azure.conflist", "look", "forget", "look"]);
    assert_eq!(world.text(LIST), Some(PRIMARY));
}

#[test]
fn what_the_writer_writes_anew_is_the_new_primary() {
    let newer = PRIMARY.replace("1.50e3", "1.40e3");
    let (world, _) = run(world());
    let (world, done) = run(world.with(LIST, &newer));
    assert_eq!(done, ["publish 10-azure.conflist", "look"]);
    assert!(world.text(LIST).unwrap().contains("tuning") && world.text(LIST).unwrap().contains("1.40e3"));
    assert_eq!(uninstalled(world).0.text(LIST), Some(newer.as_str()));
}

#[test]
fn another_installer_s_edit_of_the_chain_stays_in_the_base() {
    let (world, _) = run(world().with("/opt/cni/bin/istio-cni", ""));
    // Written anew as a whole, in another order, with a plugin of its own.
    let theirs = r#"{"name":"azure","cniVersion":"0.3.0","plugins":[{"mtu":1500,"type":"azure-vnet"},{"type":"tuning"},{"type":"istio-cni"}]}"#;
    let (world, done) = run(world.with(LIST, theirs));
    assert_eq!(done, ["publish 10-azure.conflist", "look"]);
    let chain = world.text(LIST).unwrap();
    assert_eq!(chain.matches("tuning").count(), 1, "{chain}");
    assert!(chain.contains("istio-cni") && chain.contains("\"mtu\":1500"), "{chain}");
    let base = theirs.replace(r#"{"type":"tuning"},"#, "");
    assert_eq!(uninstalled(world).0.text(LIST), Some(base.as_str()));
}

/// The record is written first, so each state in between is known.
#[test]
fn an_edit_that_nobody_composed_again_is_undone_by_uninstall_alone() {
    let (world, _) = run(world());
    let theirs = chained(PRIMARY).replace("\n  \"plugins\"", "\n  \"x\": 1, \"plugins\"");
    let world = world.with(LIST, &theirs);
    let (world, _) = uninstalled(world);
    assert_eq!(
        world.text(LIST),
        Some(PRIMARY.replace("\n  \"plugins\"", "\n  \"x\": 1, \"plugins\"").as_str())
    );
}

#[test]
fn a_replaced_plugin_of_the_primary_comes_back() {
    let primary = PRIMARY.replace("1.50e3} ]", "1.50e3}, { \"type\":\"tuning\", \"mtu\":9 } ]");
    let (world, _) = run(world().with(LIST, &primary));
    assert!(!world.text(LIST).unwrap().contains("\"mtu\":9"));
    assert_eq!(uninstalled(world).0.text(LIST), Some(primary.as_str()));
}

#[test]
fn a_plugin_object_becomes_a_list_first_and_is_retired_second() {
    // The name that the administrator gave is still found afterwards.
    let named = single().with_settings(|settings| settings.primary = "10-azure.conf".parse().ok());
    let (world, done) = run(named);
    assert_eq!(done, ["publish 10-azure.conflist", "retire 10-azure.conf", "look"]);
    assert_eq!(world.text(OBJECT), None);
    assert!(world.text(LIST).unwrap().contains(SINGLE), "its text stays");
    let (world, done) = run(world);
    assert_eq!(done, [""; 0]);
    let (world, done) = uninstalled(world);
    assert_eq!(done, ["publish 10-azure.conf", "remove 10-azure.conflist", "look", "forget", "look"]);
    assert_eq!((world.text(OBJECT), world.text(LIST)), (Some(SINGLE), None));
}

#[test]
fn a_run_that_was_killed_between_the_two_is_completed() {
    let mut killed = single();
    let changes: Vec<_> = killed.plan().first_changes().cloned().collect();
    let desired = resolve(&killed.settings, &killed.node).unwrap();
    killed.node = killed.node.recorded(&desired.recording(), &changes).after("tuning", &changes[0]);
    assert!(killed.text(OBJECT).is_some() && killed.text(LIST).is_some());
    let (world, _) = uninstalled(killed.clone());
    assert_eq!((world.text(OBJECT), world.text(LIST)), (Some(SINGLE), None));
    let (world, done) = run(killed);
    assert_eq!(done, ["retire 10-azure.conf", "look"]);
    assert_eq!(uninstalled(world).0.text(OBJECT), Some(SINGLE));
}

#[test]
fn a_writer_that_brings_its_object_back_twice_ends_in_a_refusal_that_names_own_file() {
    let brought = |world: World, ctime: i128, version: &str| {
        let mut world =
            world.with(OBJECT, &SINGLE.replace("azure-vnet\"", &format!("azure-vnet\",\"v\":{version}")));
        if let Some(Observed::Present(file)) = world.node.files.get_mut(&at(OBJECT)) {
            file.stamp.ctime = ctime;
        }
        world
    };
    let (world, _) = run(single());
    let (world, done) = run(brought(world, 1, "1"));
    assert_eq!(done, ["publish 10-azure.conflist", "retire 10-azure.conf", "look"]);
    assert!(world.text(LIST).unwrap().contains("\"v\":1"));
    let mut world = brought(world, 2, "2");
    let plan = world.plan();
    let failure = refuses(&plan, FailureCode::PrimaryBroughtBack);
    assert!(failure.exit() == Exit::Refused && failure.remedy.contains("--layout own-file"), "{failure}");
    // Which then works, and leaves nothing of the list.
    let (world, _) = run(world.with_settings(|settings| settings.layout = None));
    assert!(world.text("/etc/cni/net.d/05-tuning.conflist").unwrap().contains("\"v\":2"));
    assert_eq!(world.text(LIST), None);
    let (world, _) = uninstalled(world);
    assert!(world.text(OBJECT).unwrap().contains("\"v\":2"));
}

/// Calico's installer opens its list, truncates it and writes: what it wrote into the replaced file is not lost.
#[test]
fn what_a_late_writer_wrote_into_the_replaced_file_is_the_new_primary() {
    let newer = PRIMARY.replace("1.50e3", "1.40e3");
    let (mut world, _) = run(world());
    let until = world.now.after(std::time::Duration::from_secs(2));
    world.node.late.insert(at(LIST), Late { until, bytes: None });
    assert!(
        matches!(&world.plan().outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::LateWriter)
    );
    let mut hurried = world.clone().with_settings(|settings| settings.no_wait = true);
    assert_eq!(hurried.plan().outcome, Outcome::Done);
    world.node.late.insert(at(LIST), Late { until, bytes: Some(newer.as_bytes().into()) });
    let (mut world, done) = world.applied();
    assert_eq!(done, ["publish 10-azure.conflist", "look"]);
    assert!(world.text(LIST).unwrap().contains("1.40e3"));
    world.node.late.clear();
    let (world, done) = run(world);
    assert_eq!(done, [""; 0]);
    assert_eq!(uninstalled(world).0.text(LIST), Some(newer.as_str()));
}

#[test]
fn half_of_what_a_late_writer_writes_is_never_published() {
    let (mut world, _) = run(world());
    let until = world.now.after(std::time::Duration::from_secs(2));
    world.node.late.insert(at(LIST), Late { until, bytes: Some(b"{\"name\":"[..].into()) });
    let plan = world.plan();
    assert!(plan.steps.is_empty() && matches!(plan.outcome, Outcome::Wait(_)), "{plan:?}");
}

#[test]
fn a_change_of_the_layout_gives_the_primary_s_bytes_back_behind_the_new_file() {
    let own = |world: World| world.with_settings(|settings| settings.layout = None);
    let (world, _) = run(world());
    let (world, done) = run(own(world));
    assert_eq!(done, ["publish 05-tuning.conflist", "publish 10-azure.conflist", "look"]);
    assert_eq!(world.text(LIST), Some(PRIMARY));
    let world = world.with_settings(|settings| settings.layout = Some(Layout::InPlace));
    let (world, done) = run(world);
    assert_eq!(done, ["publish 10-azure.conflist", "remove 05-tuning.conflist", "look"]);
    let (world, _) = uninstalled(world);
    assert_eq!((world.text(LIST), world.text("/etc/cni/net.d/05-tuning.conflist")), (Some(PRIMARY), None));
}

#[test]
fn another_primary_gets_the_plugin_and_the_first_one_its_bytes() {
    let first = "/etc/cni/net.d/08-new.conflist";
    let newer = PRIMARY.replace("azure\"", "new\"");
    let (world, _) = run(world());
    let (world, done) = run(world.with(first, &newer));
    assert_eq!(done, ["publish 08-new.conflist", "publish 10-azure.conflist", "look"]);
    assert_eq!(world.text(LIST), Some(PRIMARY));
    let (world, _) = uninstalled(world);
    assert_eq!((world.text(LIST), world.text(first)), (Some(PRIMARY), Some(newer.as_str())));
}

#[test]
fn owners_share_the_primary_s_file_and_one_that_leaves_takes_its_plugin_along() {
    let of = |world: World, owner: &str| {
        let plugin = format!(r#"{{"type":"{owner}"}}"#);
        world.with_settings(|settings| settings.plugins = vec![PluginInput::Json(plugin)])
    };
    let both = |first: &str, second: &str| {
        let (world, _) = run(of(with_bridge(world()), first));
        run(of(world, second)).0
    };
    let world = both("tuning", "bridge");
    assert_eq!(world.text(LIST), both("bridge", "tuning").text(LIST), "in any order");
    let (world, _) = uninstalled(of(world, "bridge"));
    assert_eq!(world.text(LIST), Some(chained(PRIMARY).as_str()));
    let (world, _) = uninstalled(of(world, "tuning"));
    assert_eq!(world.text(LIST), Some(PRIMARY));
    assert!(
        !world
            .node
            .files
            .keys()
            .any(|path| path.as_str().starts_with(RECORD_DIR) && world.text(path.as_str()).is_some())
    );
}

#[test]
fn two_layouts_on_a_node_are_refused() {
    let (world, _) = run(with_bridge(world()));
    let mut other = world.with_settings(|settings| {
        settings.plugins = vec![PluginInput::Json(r#"{"type":"bridge"}"#.to_owned())];
        settings.layout = None;
    });
    let plan = other.plan();
    assert!(refuses(&plan, FailureCode::ChainOfAnotherOwner).sentence.contains("in-place"));
}

#[test]
fn what_the_runtime_would_not_take_first_and_links_are_refused() {
    let named = |settings: &mut crate::plan::Settings| settings.primary = "10-azure.conflist".parse().ok();
    let mut behind = world().with("/etc/cni/net.d/08-other.conflist", PRIMARY).with_settings(named);
    refuses(&behind.plan(), FailureCode::OutputFileInvalid);
    let mut link = world();
    link.node.symlinks.insert(at(LIST), "/run/azure.conflist".to_owned());
    refuses(&link.plan(), FailureCode::OutputPathOccupied);
    let mut occupied = single().with(LIST, PRIMARY);
    refuses(&occupied.plan(), FailureCode::OutputPathOccupied);
}

/// For a moment the object and the list are both there.
#[test]
fn a_runtime_that_loads_several_files_never_loads_the_object_and_the_list() {
    let auto = |world: World| world.with_settings(|settings| settings.runtime = RuntimeKind::Auto);
    let mut several = auto(single()).says(0, SINGLE);
    refuses(&several.plan(), FailureCode::SeveralNetworks);
    let mut one = auto(single()).says(1, SINGLE);
    assert!(!matches!(one.plan().outcome, Outcome::Fail(_)));
    let mut list = auto(world()).says(0, PRIMARY);
    assert!(!matches!(list.plan().outcome, Outcome::Fail(_)), "a list is never there twice");
    let mut set = auto(single()).says(0, SINGLE).with_settings(|settings| {
        settings.max_conf_num = Some(Setting::Set(1));
    });
    assert!(!matches!(set.plan().outcome, Outcome::Fail(_)));
}

#[test]
fn options_that_contradict_the_layout_are_usage_errors() {
    let output = world().with_settings(|settings| settings.output_file = Some("01-x.conflist".to_owned()));
    let staged = world().with_settings(|settings| settings.primary_dir = Some(at("/run/staged")));
    let bare = world().with_settings(|settings| settings.plugins.clear());
    for world in [output, staged, bare] {
        let failure = resolve(&world.settings, &world.node).unwrap_err();
        assert_eq!(failure.exit(), Exit::Usage, "{failure}");
    }
}

/// A list without a primary is never written (istio/cni#85).
#[test]
fn a_primary_that_is_gone_is_waited_for() {
    let (world, _) = run(single());
    let mut world = world.without(LIST);
    assert!(matches!(&world.plan().outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::Primary));
    world.node = world.node.after("", &bare(OBJECT, SINGLE));
    assert_eq!(run(world).1, ["publish 10-azure.conflist", "retire 10-azure.conf", "look"]);
}

/// Promise 9: a chain that the runtime's load error names is taken out of the primary's file; the file stays.
#[test]
fn a_chain_that_the_runtime_does_not_load_is_taken_out_and_the_primary_stays() {
    let (world, _) = run(world());
    let mut status = super::world::status(1, "");
    status.load_status = Some("cni config load failed: failed to load 10-azure.conflist".to_owned());
    let world = world.with_settings(|settings| settings.runtime = RuntimeKind::Auto).later(600_000);
    let mut world = world.says_status(status).waited(ReasonKind::Unverified, 300_000);
    let plan = world.plan();
    super::world::fails(&plan, FailureCode::ChainNotConfirmed);
    assert_eq!(super::world::words(&plan), ["publish 10-azure.conflist"]);
    let (world, _) = world.applied();
    assert_eq!(world.text(LIST), Some(PRIMARY));
}

#[test]
fn a_plan_without_its_chain_retires_nothing() {
    let mut world = single();
    let plan = world.plan();
    assert_eq!(plan.changes().count(), 2);
    assert_eq!(plan.without_chain().changes().count(), 0);
}
