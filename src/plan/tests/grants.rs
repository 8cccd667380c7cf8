//! Before the first change the whole plan is checked for its grants, and only what it needs is asked for.

use super::World;
use super::world::{at, words};
use crate::node::{Dir, Sight};
use crate::plan::{Rest, RuntimeKind};
use crate::report::Exit;

fn in_container(mut world: World) -> World {
    world.node.in_container = true;
    world
}

fn refused(mut world: World) -> String {
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0], "nothing is changed");
    let Rest::Fail(cause) = &plan.rest else { panic!("{:?}", plan.rest) };
    assert_eq!(cause.exit, Exit::Permission);
    cause.to_string()
}

#[test]
fn a_path_on_the_container_s_own_root_is_10_and_named() {
    for dir in ["/etc/cni/net.d", "/var/lib", "/run", "/etc/containerd"] {
        let mut world = in_container(World::new().says(0, ""));
        world.dir(dir).mount.own_root = true;
        let said = refused(world);
        let named = match dir {
            "/var/lib" | "/run" => format!("{dir}/cni-bootstrap"),
            dir => dir.to_owned(),
        };
        assert!(said.contains(&named), "{said}");
    }
}

/// What is written is the file behind the link, where that lies.
#[test]
fn the_directory_behind_a_link_is_asked_for_as_well() {
    let mut world = World::new().says(0, "");
    let real = Dir { sealed: Some("read-only file system".to_owned()), ..Dir::default() };
    world.node.dirs.insert(at("/data"), Sight::Seen(real));
    world.node.links.insert(at(super::CONFIG), at("/data/config.toml"));
    let said = refused(world);
    assert!(said.contains("/data") && said.contains("read-only"), "{said}");
}

#[test]
fn it_is_asked_only_in_a_container_and_with_a_runtime() {
    let own_root = |mut world: World| {
        world.dir("/etc/cni/net.d").mount.own_root = true;
        world
    };
    let mut on_the_host = own_root(World::new().says(1, ""));
    assert_eq!(on_the_host.plan().rest, Rest::Done);
    let none = own_root(in_container(World::new())).wish(|settings| settings.runtime = RuntimeKind::None);
    let mut none = none;
    assert_eq!(none.plan().rest, Rest::Done);
}

#[test]
fn what_the_plan_does_not_need_is_not_asked_for() {
    for dir in ["/run", "/etc/containerd", "/opt/cni/bin"] {
        let mut world = in_container(World::new().says(1, ""));
        world.dir(dir).mount.own_root = true;
        world.dir(dir).sealed = Some("read-only file system".to_owned());
        assert_eq!(words(&world.plan()), ["publish 05-tuning.conflist", "look"], "{dir}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_10_and_says_why() {
    let mut world = World::new().says(0, "");
    world.dir("/etc/containerd").sealed = Some("read-only file system".to_owned());
    world.dir("/etc/containerd").mount.point = "/host/etc".to_owned();
    let said = refused(world);
    assert!(said.contains("/host/etc") && said.contains("read-only file system"), "{said}");
}
