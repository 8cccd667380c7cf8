//! Directories in which the runtime does not look.

use super::world::{PRIMARY, World, at, digest, refuses, status, with_binary, words};
use crate::node::{Content, Dir, File, Observed, Stamp, Status};
use crate::plan::RuntimeKind;
use crate::report::FailureCode;

#[track_caller]
fn refused(mut world: World, code: FailureCode) -> String {
    refuses(&world.plan(), code).sentence.clone()
}

/// A directory that the runtime does not use gets no binaries, whatever it contains.
#[test]
fn a_bin_dir_that_is_none_of_the_runtime_s_is_5() {
    let with = |own: u64| {
        let mut world = World::new().says(1, "");
        world.settings.bin_dir = Some(at("/usr/lib/cni"));
        for (path, ino) in [("/usr/lib/cni", own), ("/opt/cni/bin", 7)] {
            let stamp = Stamp { dev: 1, ino, ..Default::default() };
            let dir = Dir { stamp, ..Default::default() };
            world.node.dirs.insert(at(path), Observed::Present(dir));
        }
        world
    };
    let sentence = refused(with_binary(with(8)), FailureCode::BinDirElsewhere);
    assert!(sentence.contains("/usr/lib/cni") && sentence.contains("/opt/cni/bin"), "{sentence}");
    assert_eq!(words(&with_binary(with(7)).plan())[..1], ["publish helper"], "the same by another name");
    // also where nothing is installed there
    refused(with(8), FailureCode::BinDirElsewhere);
    let mut files_only = with(8).with_settings(|settings| settings.runtime = RuntimeKind::None);
    assert_eq!(words(&files_only.plan()), ["publish 05-tuning.conflist", "look"], "no runtime is asked");
}

#[test]
fn a_conf_dir_that_is_not_the_runtime_s_is_5() {
    let with = |own: u64| {
        let mut world = World::new().says(1, "").with("/mnt/net.d/10-azure.conflist", PRIMARY);
        world.settings.conf_dir = Some(at("/mnt/net.d"));
        for (path, ino) in [("/mnt/net.d", own), ("/etc/cni/net.d", 7)] {
            let stamp = Stamp { dev: 1, ino, ..Default::default() };
            world.node.dirs.insert(at(path), Observed::Present(Dir { stamp, ..Default::default() }));
        }
        world
    };
    let sentence = refused(with(8), FailureCode::ConfDirElsewhere);
    assert!(sentence.contains("/mnt/net.d") && sentence.contains("/etc/cni/net.d"), "{sentence}");
    assert_eq!(words(&with(7).plan()), ["publish 05-tuning.conflist", "look"], "the same by another name");
    // no primary is awaited for it
    refused(with(8).without("/mnt/net.d/10-azure.conflist"), FailureCode::ConfDirElsewhere);
    let mut files_only = with(8).with_settings(|settings| settings.runtime = RuntimeKind::None);
    assert_eq!(words(&files_only.plan()), ["publish 05-tuning.conflist", "look"], "no runtime is asked");
}

/// libcni takes the first directory with a binary of that name.
#[test]
fn a_binary_behind_another_of_its_name_is_5() {
    let with = |there: &str| {
        let mut world = World::new();
        let dirs = vec!["/opt/cni/bin".to_owned(), "/usr/lib/cni".to_owned()];
        let said = Status { bin_dirs: dirs, ..status(1, "") };
        world.settings.bin_dir = Some(at("/usr/lib/cni"));
        world.node.dirs.insert(at("/usr/lib/cni"), Observed::Present(Dir::default()));
        let world = with_binary(world.says_status(said));
        let Some(Observed::Present(input)) = world.node.sources.values().next().cloned() else {
            panic!("no input")
        };
        let mut world = world;
        let content = if there == "same" { input.content } else { Content::Digest(digest(there)) };
        let stamp = Stamp { ino: 3, mode: 0o755, ..Stamp::default() };
        world.node.dirs.insert(at("/opt/cni/bin"), Observed::Present(Dir { stamp, ..Dir::default() }));
        world.node.files.insert(at("/opt/cni/bin/helper"), Observed::Present(File { stamp, content }));
        world
    };
    let sentence = refused(with("other"), FailureCode::BinaryShadowed);
    assert!(sentence.contains("/opt/cni/bin/helper and not /usr/lib/cni/helper"), "{sentence}");
    assert_eq!(words(&with("same").plan())[..1], ["publish helper"]);
}
