//! Another program writes a file at the very moment when the program is about to replace it.

use std::fs;
use std::process::Command;

use cni_bootstrap::apply::ApplyEnd;
use cni_bootstrap::node::{Content, Digest, HostPath, Kind, Node};
use cni_bootstrap::plan::{Change, Mode, Plan, Publish, Source, Step};

use crate::model::drive::{make, planned, see};
use crate::model::scene::{Asked, Event, Scratch, ready};

/// The program's bytes come from a pipe, so that the test controls the moment between the comparison and the rename.
#[test]
fn what_somebody_else_writes_at_the_last_moment_stands() {
    let scratch = Scratch::new();
    for event in ready() {
        scratch.foreign(&event);
    }
    let settings = scratch.settings(&Asked::install());
    let mut node = see(&scratch.root, &settings, &Node::default());
    let (desired, _) = planned(&mut node, &settings).unwrap();
    let target = HostPath::new("/etc/cni/net.d/10-azure.conflist").unwrap();
    let pipe = scratch.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let ours = b"ours";
    let plan = Plan::steps(vec![Step::Change(Change::Publish(Publish {
        path: target.clone(),
        kind: Kind::Config,
        source: Source::Input(pipe.to_str().unwrap().to_owned(), Digest::of(ours)),
        mode: Mode::New(0o644),
    }))]);
    let applied = std::thread::scope(|scope| {
        let applying = scope.spawn(|| make(&scratch.root, &desired, &node, &plan));
        // Opening the pipe waits for its reader, which comes after the comparison under the lock.
        let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        scratch.foreign(&Event::Write("etc/cni/net.d/10-azure.conflist", "theirs"));
        std::io::Write::write_all(&mut writer, ours).unwrap();
        drop(writer);
        applying.join().unwrap()
    });
    assert!(matches!(&applied.end, ApplyEnd::Stale(path) if *path == target), "{applied:?}");
    let later = see(&scratch.root, &settings, &node);
    let file = later.file(&target).present().unwrap().content.clone();
    assert!(matches!(&file, Content::Bytes(bytes) if **bytes == *b"theirs"), "{file:?}");
    assert_eq!(fs::read_dir(scratch.path("etc/cni/net.d")).unwrap().count(), 1, "no temporary file is left");
}
