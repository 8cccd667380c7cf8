//! After SIGTERM a restart is finished, and nothing else is started. After another start of the runtime, its old
//! answers are not used.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cni_bootstrap::apply::{Applied, ApplyContext, ApplyEnd, apply};
use cni_bootstrap::node::{
    Attempt, Digest, HostPath, Kind, Node, Observed, Phase, RestartMethod, RestartReason, Stamp,
};
use cni_bootstrap::plan::{Change, Mode, Plan, Publish, Recording, Source, Step};

use crate::model::scene::Scratch;

fn applied(node: &Node, steps: Vec<Change>, stop: bool) -> (Applied, Scratch) {
    let scratch = Scratch::new();
    for dir in ["etc/cni/net.d", "run/cni-bootstrap"] {
        std::fs::create_dir_all(scratch.path(dir)).unwrap();
    }
    let context = ApplyContext {
        recording: Recording { owner: "tuning".to_owned(), ..Recording::default() },
        patience: Duration::ZERO,
        tally: None,
    };
    let plan = Plan::steps(steps.into_iter().map(Step::Change).collect());
    let applied = apply(&scratch.root, &context, node, &plan, &AtomicBool::new(stop)).unwrap();
    (applied, scratch)
}

fn mark(phase: Phase) -> Change {
    Change::Mark(Attempt::new(
        RestartReason::Values { desired: "max_conf_num = 1".to_owned(), files: Digest::of(b"x") },
        None,
        phase,
    ))
}

fn publish() -> Change {
    Change::Publish(Publish {
        path: HostPath::new("/etc/cni/net.d/05-tuning.conflist").unwrap(),
        kind: Kind::Config,
        source: Source::Bytes(b"{}".as_slice().into()),
        mode: Mode::New(0o600),
    })
}

fn count(applied: &Applied) -> usize {
    assert!(matches!(applied.end, ApplyEnd::Changed), "{applied:?}");
    applied.done.len()
}

#[test]
fn a_stop_lets_what_ends_a_restart_be_done_and_begins_nothing() {
    let disarm = Change::Disarm { by: None };
    let settled = vec![mark(Phase::Settled), disarm.clone()];
    let rolled_back = vec![publish(), mark(Phase::RollingBack)];
    let failed = vec![Change::ResetFailed { unit: "x".to_owned(), by: RestartMethod::Signal }, disarm];
    for steps in [settled, rolled_back, failed] {
        let desired = steps.len();
        assert_eq!(count(&applied(&Node::default(), steps, true).0), desired);
    }
    for steps in [vec![publish()], vec![mark(Phase::Asked), publish()], vec![mark(Phase::Left), publish()]] {
        let (stopped, scratch) = applied(&Node::default(), steps, true);
        assert_eq!(count(&stopped), 0);
        assert!(!scratch.path("etc/cni/net.d/05-tuning.conflist").exists());
    }
}

#[test]
fn what_was_planned_on_another_start_of_the_runtime_is_not_done() {
    let socket = HostPath::new("/run/containerd/containerd.sock").unwrap();
    let then = Stamp { ino: 1, ..Stamp::default() };
    let node = Node { sockets: vec![(socket.clone(), Observed::Present(then))], ..Node::default() };
    let (stale, scratch) = applied(&node, vec![publish()], false);
    assert!(matches!(&stale.end, ApplyEnd::Stale(path) if *path == socket), "{stale:?}");
    assert!(!scratch.path("etc/cni/net.d/05-tuning.conflist").exists());
}
