//! The marks of a restart on file systems without a free block and without a free inode.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cni_bootstrap::apply::{Applied, ApplyContext, ApplyEnd, apply};
use cni_bootstrap::node::{Attempt, Before, Changed, Digest, HostPath, Node, Phase, RestartReason};
use cni_bootstrap::plan::{Change, Plan, Recording, Step};

use crate::model::drive::{assert_same, see};
use crate::model::scene::{self, Asked, OWNER, Scratch};

const RUN: &str = "run/cni-bootstrap";
const RECORDS: &str = "var/lib/cni-bootstrap";

/// A host root whose directories of marks are small file systems.
struct Small {
    scratch: Scratch,
    mounts: Vec<PathBuf>,
}

impl Small {
    fn new(dirs: &[&str]) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            let words = "\n*** SKIPPED, marks on a full file system were not tried: this needs root ***\n";
            let _ = std::io::Write::write_all(&mut std::io::stderr(), words.as_bytes());
            return None;
        }
        let scratch = Scratch::new();
        let mounts = dirs.iter().map(|dir| {
            let dir = scratch.path(dir);
            fs::create_dir_all(&dir).unwrap();
            let words = ["-t", "tmpfs", "-o", "size=256k,nr_inodes=16,mode=0755", "small"];
            assert!(Command::new("mount").args(words).arg(&dir).status().unwrap().success());
            dir
        });
        Some(Self { mounts: mounts.collect(), scratch })
    }

    /// Uses up every block and every inode.
    fn fill(&self) {
        for dir in &self.mounts {
            let mut of_one_byte = 0;
            while fs::write(dir.join(format!("filler-{of_one_byte}")), b"x").is_ok() {
                of_one_byte += 1;
            }
            assert!(fs::write(dir.join("filler-0"), vec![b'x'; 1 << 20]).is_err(), "it is not full");
        }
    }

    fn node(&self) -> Node {
        let settings = self.scratch.settings(&Asked::install());
        see(&self.scratch.root, &settings, &Node::default())
    }

    /// Writes these marks as one plan. The node is as the model says, if it has room for all.
    fn marks(&self, marks: &[&Attempt], is_whole: bool) -> Applied {
        let (before, settings) = (self.node(), scene::settings(OWNER));
        let changes: Vec<Change> = marks.iter().map(|mark| Change::Mark((*mark).clone())).collect();
        let plan = Plan::steps(changes.iter().cloned().map(Step::Change).collect());
        let recording = Recording { owner: OWNER.to_owned(), ..Recording::default() };
        let context = ApplyContext { recording, patience: Duration::from_secs(30), tally: None };
        let applied = apply(&self.scratch.root, &context, &before, &plan, &AtomicBool::new(false)).unwrap();
        if is_whole {
            let recorded = before.recorded(&context.recording, &changes);
            let model = changes.iter().fold(recorded, |node, change| node.after(OWNER, change));
            assert_same(&model, &self.node(), &settings, &changes);
        }
        applied
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        for dir in &self.mounts {
            let _ = Command::new("umount").arg(dir).status();
        }
    }
}

fn asked() -> Attempt {
    let path = HostPath::new("/etc/containerd/config.toml").unwrap();
    let reason = RestartReason::Values { desired: "max_conf_num = 1".to_owned(), files: Digest::of(b"x") };
    let changed =
        vec![Changed { path, before: Before::Bytes(vec![b'b'; 9000]), after: Some(Digest::of(b"new")) }];
    Attempt { changed, ..Attempt::new(reason, None, Phase::Asked) }
}

fn rolling_back(restarts: u8) -> Attempt {
    let trouble = Some("it did not start again".repeat(100).into());
    Attempt { phase: Phase::RollingBack, rollback_restarts: restarts, trouble, ..asked() }
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with("filler")).collect();
    names.sort();
    names
}

#[test]
fn the_first_mark_reserves_the_room_of_all_later_ones() {
    let Some(small) = Small::new(&[RUN, RECORDS]) else { return };
    small.marks(&[&asked()], true);
    small.fill();
    for restarts in 1..4 {
        let applied = small.marks(&[&rolling_back(restarts)], true);
        assert!(matches!(applied.end, ApplyEnd::Changed), "{applied:?}");
        assert_eq!(small.node().attempt(), Some(rolling_back(restarts)));
        assert_eq!(small.node().unverified().unwrap().attempt, rolling_back(restarts));
    }
    let failed = Attempt { phase: Phase::Failed, ..rolling_back(3) };
    let applied = small.marks(&[&failed], true);
    assert!(applied.unwritten.is_none(), "{applied:?}");
    assert_eq!((small.node().attempt(), small.node().unverified()), (Some(failed), None));
    assert_eq!(names(&small.scratch.path(RUN)), ["attempt.json"]);
    assert_eq!(names(&small.scratch.path(RECORDS)), [format!("{OWNER}.json")]);
}

/// After a boot `/run` is empty, and may be full of other programs' files.
#[test]
fn a_rollback_after_a_boot_with_a_full_run_is_counted_by_the_durable_mark() {
    let Some(small) = Small::new(&[RUN, RECORDS]) else { return };
    small.marks(&[&asked()], true);
    for name in names(&small.scratch.path(RUN)) {
        fs::remove_file(small.scratch.path(RUN).join(name)).unwrap();
    }
    small.fill();
    for restarts in 1..4 {
        let applied = small.marks(&[&rolling_back(restarts)], false);
        assert!(matches!(applied.end, ApplyEnd::Changed) && applied.unwritten.is_none(), "{applied:?}");
        assert_eq!(small.node().attempt(), Some(rolling_back(restarts)));
    }
    let booted = Node { boot: Some("another".to_owned()), ..small.node() };
    assert_eq!(booted.attempt(), None, "the count is of one boot");
    // The last mark counts nothing, so the run goes on; also if a later change fails, the result has the mark.
    let failed = Attempt { phase: Phase::Failed, ..rolling_back(3) };
    let applied = small.marks(&[&failed, &asked()], false);
    assert!(matches!(applied.end, ApplyEnd::IoFailed(_)), "{applied:?}");
    assert_eq!(applied.unwritten.map(|unwritten| unwritten.mark), Some(failed));
}

#[test]
fn a_restart_that_cannot_be_counted_is_not_asked_for() {
    let Some(small) = Small::new(&[RUN]) else { return };
    small.fill();
    for mark in [asked(), Attempt { phase: Phase::Left, ..asked() }] {
        let applied = small.marks(&[&mark, &rolling_back(1)], false);
        let ApplyEnd::IoFailed(error) = &applied.end else { panic!("{applied:?}") };
        assert!(error.lacks_room(), "{error}");
        assert_eq!(applied.done, []);
    }
}
