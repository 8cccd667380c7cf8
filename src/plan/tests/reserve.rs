//! The room that a rollback needs is reserved before the config is new, and released when the restart is over.

use super::restart::asked_here;
use super::world::{at, is_about_a_reserve};
use super::{CONFIG, World};
use crate::node::{
    ATTEMPT_FILE, Before, Digest, HostPath, Kind, Layer, Observed, OriginalConfig, Phase, RUN_DIR, Record,
    Written,
};
use crate::plan::{Change, Goal, Plan, RestartMode};

const RESERVE: &str = "/etc/containerd/.config.toml.before.cni-bootstrap-tmp";
const DROP_IN: &str = "/etc/containerd/conf.d/10-a.toml";

fn reserved(world: &World) -> Option<Digest> {
    world.node.file(&at(RESERVE)).present()?.content.digest()
}

fn before() -> Option<Digest> {
    World::new().text(CONFIG).map(|text| Digest::of(text.as_bytes()))
}

fn reserves(plan: &Plan) -> Vec<HostPath> {
    plan.changes().filter(|change| is_about_a_reserve(change)).filter_map(Change::path).cloned().collect()
}

#[test]
fn the_bytes_before_are_reserved_before_the_first_file_is_new() {
    let changes: Vec<Change> = World::new().says(0, "").plan().first_changes().cloned().collect();
    let at = |is: fn(&Change) -> bool| changes.iter().position(is).unwrap();
    let reserve = at(|change| matches!(change, Change::Reserve(_)));
    assert!(at(|change| matches!(change, Change::Mark(_))) < reserve);
    assert!(reserve < at(|change| matches!(change, Change::Publish(_))));
    assert_eq!(reserved(&World::marked()), before());
}

#[test]
fn a_rollback_takes_the_reserve_and_a_restart_that_holds_releases_it() {
    let (held, _) = World::marked().incarnation(2).says(1, "").applied();
    assert_eq!((held.attempt().phase, reserved(&held)), (Phase::Settled, None));
    let (back, _) = asked_here(World::marked(), Some("its job failed")).incarnation(2).silent().applied();
    assert_eq!((back.attempt().phase, reserved(&back)), (Phase::RollingBack, None));
    assert_eq!(back.text(CONFIG).map(|text| Digest::of(text.as_bytes())), before());
}

/// A run of any later boot, and of any owner, keeps it while the file on disk was never seen to come up.
#[test]
fn it_is_kept_until_the_restart_is_settled_or_rolled_back() {
    let mut waiting = World::marked().later(1).incarnation(2).silent();
    assert_eq!(reserves(&waiting.plan()), []);
    let mut booted = World::marked().incarnation(2).silent();
    booted.node = booted.node.after("", &Change::Sweep(at(ATTEMPT_FILE)));
    booted.node.dirs.insert(at(RUN_DIR), Observed::Absent);
    assert_eq!(reserves(&booted.plan()), []);
    let never = World::new().with_settings(|settings| settings.restart = RestartMode::Never).says(0, "");
    let (mut left, _) = never.applied();
    assert_eq!((left.attempt().phase, reserved(&left)), (Phase::Left, before()));
    assert_eq!(reserves(&left.plan()), []);
}

/// What is left of a reserve that was being written, or whose restart was forgotten, is removed.
#[test]
fn what_is_not_the_reserve_of_a_restart_in_hand_is_removed() {
    let mut torn = World::marked().with(RESERVE, "version =").later(1).incarnation(2).silent();
    assert_eq!(reserves(&torn.plan()), [at(RESERVE)]);
    let (held, _) = World::marked().incarnation(2).says(1, "").applied();
    let text = World::new().text(CONFIG).unwrap().to_owned();
    assert_eq!(reserves(&held.with(RESERVE, &text).plan()), [at(RESERVE)]);
}

/// The values were never tried, so the way back is still the first file.
#[test]
fn another_value_for_a_restart_that_never_happened_keeps_the_first_bytes() {
    let never = World::new().with_settings(|settings| settings.restart = RestartMode::Never).says(0, "");
    let (left, _) = never.applied();
    let set = crate::plan::Setting::Set("/x".to_owned());
    let mut other = left.with_settings(|settings| settings.conf_template = set);
    let plan = other.plan();
    assert_eq!(reserves(&plan), []);
    let (other, _) = other.applied();
    assert_eq!(reserved(&other), before(), "{plan:?}");
}

#[test]
fn behind_a_link_it_lies_beside_the_file() {
    let mut world = World::new().says(0, "");
    world.node.links.insert(at(CONFIG), at("/data/config.toml"));
    world.node.symlinks.insert(at(CONFIG), "/data/config.toml".to_owned());
    world.node.dirs.insert(at("/data"), Observed::Present(crate::node::Dir::default()));
    assert_eq!(reserves(&world.plan()), [at("/data/.config.toml.before.cni-bootstrap-tmp")]);
}

/// Go's `*` matches hidden names, so containerd would read the old values from the reserve.
#[test]
fn where_an_import_matches_its_name_there_is_none() {
    for (pattern, desired) in [("*", 0), ("*.toml", 1)] {
        let mut world = World::new()
            .with(CONFIG, &format!("version = 2\nimports = [\"/etc/containerd/conf.d/{pattern}\"]\n"))
            .with(DROP_IN, "[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 0\n")
            .says(0, "");
        let plan = world.plan();
        let publishes = plan.changes().any(|change| change.path() == Some(&at(DROP_IN)));
        assert!(publishes, "{plan:?}");
        assert_eq!(reserves(&plan).len(), desired, "{pattern}");
    }
}

/// `uninstall` may have to write again what it removes.
#[test]
fn what_uninstall_removes_is_reserved_too() {
    let main = "version = 2\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n";
    let ours = "[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 1\n";
    let mut world = World::new().with(CONFIG, main).with(DROP_IN, ours);
    let mut record = Record::new("tuning", Layer::default());
    let mut written = Written::new(Kind::Config, Before::Absent);
    written.wrote = vec![Digest::of(ours.as_bytes())];
    record.paths.insert(DROP_IN.to_owned(), written);
    record.live_before = Some(OriginalConfig { max_conf_num: Some(0), ..OriginalConfig::default() });
    let bytes = String::from_utf8(record.bytes()).unwrap();
    world = world.with("/var/lib/cni-bootstrap/tuning.json", &bytes);
    let primary = world.text("/etc/cni/net.d/10-azure.conflist").unwrap().to_owned();
    world = world.with_settings(|settings| settings.goal = Goal::Uninstall).later(1).says(1, &primary);
    let (world, done) = world.applied();
    assert!(done.contains(&"remove 10-a.toml".to_owned()), "{done:?}");
    let kept = world.node.reserve_of(&at(DROP_IN)).unwrap();
    assert!(world.node.is_reserved(&at(DROP_IN), &Digest::of(ours.as_bytes())));
    let (back, _) = asked_here(world, Some("its job failed")).incarnation(3).silent().applied();
    assert_eq!(back.text(DROP_IN), Some(ours));
    assert!(back.node.file(&kept).present().is_none());
}
