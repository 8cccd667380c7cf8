//! The permissions of the whole plan are checked before its first change, and no others.

use super::world::{at, refuses, words};
use super::{CONFIG, World};
use crate::node::{Dir, Observed, Service};
use crate::plan::{Outcome, RuntimeKind, started_with};
use crate::report::FailureCode;

fn in_container(mut world: World) -> World {
    world.node.in_container = true;
    world
}

#[track_caller]
fn refused(mut world: World, code: FailureCode) -> String {
    refuses(&world.plan(), code).to_string()
}

#[test]
fn a_path_on_the_container_s_own_root_is_10_and_named() {
    for dir in ["/etc/cni/net.d", "/var/lib", "/run", "/etc/containerd"] {
        let mut world = in_container(World::new().says(0, ""));
        world.dir(dir).mount.own_root = true;
        let said = refused(world, FailureCode::MountMissing);
        let named = match dir {
            "/var/lib" | "/run" => format!("{dir}/cni-bootstrap"),
            dir => dir.to_owned(),
        };
        assert!(said.contains(&named), "{said}");
    }
}

/// The file behind the link is written, in its own directory.
#[test]
fn the_directory_behind_a_link_is_asked_for_as_well() {
    let mut world = World::new().says(0, "");
    let real = Dir { write_denied: Some("read-only file system".to_owned()), ..Dir::default() };
    world.node.dirs.insert(at("/data"), Observed::Present(real));
    world.node.links.insert(at(super::CONFIG), at("/data/config.toml"));
    let said = refused(world, FailureCode::ReadOnlyMount);
    assert!(said.contains("/data") && said.contains("read-only"), "{said}");
}

#[test]
fn it_is_asked_only_in_a_container_and_with_a_runtime() {
    let own_root = |mut world: World| {
        world.dir("/etc/cni/net.d").mount.own_root = true;
        world
    };
    let mut on_the_host = own_root(World::new().says(1, ""));
    assert_eq!(on_the_host.plan().outcome, Outcome::Done);
    let none =
        own_root(in_container(World::new())).with_settings(|settings| settings.runtime = RuntimeKind::None);
    let mut none = none;
    assert_eq!(none.plan().outcome, Outcome::Done);
}

#[test]
fn what_the_plan_does_not_need_is_not_asked_for() {
    for dir in ["/run", "/etc/containerd", "/opt/cni/bin"] {
        let mut world = in_container(World::new().says(1, ""));
        world.dir(dir).mount.own_root = true;
        world.dir(dir).write_denied = Some("read-only file system".to_owned());
        assert_eq!(words(&world.plan()), ["publish 05-tuning.conflist", "look"], "{dir}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_10_and_says_why() {
    let mut world = World::new().says(0, "");
    world.dir("/etc/containerd").write_denied = Some("read-only file system".to_owned());
    world.dir("/etc/containerd").mount.point = "/host/etc".to_owned();
    let said = refused(world, FailureCode::ReadOnlyMount);
    assert!(said.contains("/host/etc") && said.contains("read-only file system"), "{said}");
}

/// The same node twice: with a directory of the host, and with one of the container in its place.
fn on_the_container_s_own(dir: &str, world: impl Fn() -> World) -> (Outcome, String) {
    let mut own = in_container(world());
    own.dir(dir).mount.own_root = true;
    (in_container(world()).plan().outcome, refused(own, FailureCode::MountMissing))
}

#[test]
fn what_can_never_come_is_not_waited_for() {
    let no_primary = || World::new().says(1, "").without("/etc/cni/net.d/10-azure.conflist");
    let no_binary = || World::new().says(1, "").without("/opt/cni/bin/azure-vnet");
    for (dir, world) in [("/etc/cni/net.d", &no_primary as &dyn Fn() -> World), ("/opt/cni/bin", &no_binary)]
    {
        let (mounted, said) = on_the_container_s_own(dir, world);
        assert!(matches!(mounted, Outcome::Wait(_)), "{mounted:?}");
        assert!(said.contains(&format!("{dir} is not mounted from the host")), "{said}");
        assert!(said.contains("hostPath"), "{said}");
    }
}

#[test]
fn of_several_missing_directories_the_one_that_is_wanted_is_named() {
    // Without the mount the container shows its own `/` there.
    let mut world = in_container(World::new().says(1, ""))
        .with("/run/staged/10-azure.conflist", "")
        .with_settings(|settings| settings.primary_dir = Some(at("/run/staged")));
    let primary = world.node.files[&at("/etc/cni/net.d/10-azure.conflist")].clone();
    world.node.files.insert(at("/run/staged/10-azure.conflist"), primary);
    world = world.without("/etc/cni/net.d/10-azure.conflist");
    let names = ["10-azure.conflist".to_owned()].into();
    world.node.dirs.insert(at("/run/staged"), Observed::Present(Dir { names, ..Dir::default() }));
    for missing in ["/etc/cni/net.d", "/etc/cni", "/etc"] {
        world.node.dirs.insert(at(missing), Observed::Absent);
    }
    world.dir("/").mount.own_root = true;
    let said = refused(world, FailureCode::MountMissing);
    assert!(said.starts_with("/etc/cni/net.d is not mounted"), "{said}");
}

#[test]
fn a_config_that_is_not_the_host_s_is_no_word_of_what_the_runtime_reads() {
    // Even a file that cannot be patched: it belongs to the image.
    let (mounted, said) = on_the_container_s_own("/etc/containerd", || {
        World::new().says(0, "").with(CONFIG, "version = 2\n[plugins\n")
    });
    assert!(
        matches!(&mounted, Outcome::Fail(failure) if failure.code == FailureCode::ConfigNotPatchable),
        "{mounted:?}"
    );
    assert!(said.contains("/etc/containerd is not mounted from the host"), "{said}");
}

#[test]
fn the_config_is_what_was_typed_else_what_is_known_else_the_default() {
    let known = Service { config: Some(at("/etc/k0s/containerd.toml")), ..Service::default() };
    let typed =
        World::new().with_settings(|settings| settings.containerd_config = Some(at("/etc/mine.toml")));
    assert_eq!(started_with(&typed.settings, &known), at("/etc/mine.toml"));
    assert_eq!(started_with(&World::new().settings, &known), at("/etc/k0s/containerd.toml"));
    assert_eq!(started_with(&World::new().settings, &Service::default()), at(CONFIG));
}
