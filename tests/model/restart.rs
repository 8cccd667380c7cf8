//! The table of restart and rollback: the plan for each point at which a run may have been killed.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cni_bootstrap::apply::{ApplyContext, ApplyEnd, apply};
use cni_bootstrap::node::{
    ATTEMPT_FILE, Asked, Attempt, Before, Changed, Digest, Dir, DryLoad, File, HostPath, Incarnation, Kind,
    Layer, LiveValues, Moment, Node, Observed, Phase, Question, Record, Restart, RestartMethod,
    RestartReason, Runtime, Service, Stamp, Status, Written,
};
use cni_bootstrap::plan::{
    Change, Decision, History, Outcome, Plan, Reason, ReasonKind, Recording, RestartMode, RuntimeKind,
    Settings, Step, plan, resolve,
};

use crate::model::scene::{self, OWNER};

const BEFORE: &[u8] = b"version = 2\n";
const OURS: &[u8] = b"version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 1\n";

fn path(text: &str) -> HostPath {
    HostPath::new(text).unwrap()
}

/// A node some seconds after an attempt.
#[allow(clippy::struct_excessive_bools, reason = "each is one column of the table")]
struct Scene {
    phase: Phase,
    /// True if the config file has the program's bytes.
    ours: bool,
    /// True if the runtime was started after the mark.
    restarted: bool,
    /// True if the config file is younger than the runtime's socket.
    unread: bool,
    armed: bool,
    /// True if the rollback timer has restored the config.
    fired: bool,
    /// The runtime's live value; `None` if it does not answer.
    live: Option<i64>,
    /// The time since the mark was written, in seconds.
    ago: u64,
    can_arm: bool,
}

const ASKED: Scene = Scene {
    phase: Phase::Asked,
    ours: true,
    restarted: true,
    unread: false,
    armed: true,
    fired: false,
    live: Some(1),
    ago: 5,
    can_arm: true,
};

impl Scene {
    fn settings() -> Settings {
        Settings {
            runtime: RuntimeKind::Containerd,
            endpoints: vec![path("/run/containerd/containerd.sock")],
            restart: RestartMode::Auto,
            ..scene::settings(OWNER)
        }
    }

    fn node(&self) -> Node {
        let mut node = Node::default();
        for dir in ["/etc/cni/net.d", "/etc/containerd", "/var/lib/cni-bootstrap", "/run/cni-bootstrap"] {
            node.dirs.insert(path(dir), Observed::Present(Dir::default()));
        }
        if self.armed {
            let mut names =
                BTreeSet::from(["roll-back.sh".to_owned(), format!("before-{}", Digest::of(BEFORE))]);
            if self.fired {
                names.insert("rolled-back".to_owned());
            }
            node.dirs.insert(path("/run/cni-bootstrap"), Observed::Present(Dir { names, ..Dir::default() }));
        }
        let mut config = File::of(if self.ours { OURS } else { BEFORE }, 0o644);
        config.stamp.mtime = if self.unread { 30 } else { 10 };
        node.files.insert(path("/etc/containerd/config.toml"), Observed::Present(config));
        let mut record = Record::new(OWNER, Layer::default());
        let mut written = Written::new(Kind::Config, Before::Bytes(BEFORE.to_vec()));
        written.wrote = vec![Digest::of(OURS)];
        record.paths.insert("/etc/containerd/config.toml".to_owned(), written);
        node.files.insert(
            path(&format!("/var/lib/cni-bootstrap/{OWNER}.json")),
            Observed::Present(File::of(&record.bytes(), 0o600)),
        );
        let socket = path("/run/containerd/containerd.sock");
        let stamp = |mtime| Stamp { mtime, ..Stamp::default() };
        node.sockets = vec![(socket.clone(), Observed::Present(stamp(20)))];
        let marked = if self.restarted { stamp(5) } else { stamp(20) };
        let attempt = Attempt {
            reason: RestartReason::Values { desired: "max_conf_num = 1".to_owned(), files: Digest::of(b"x") },
            incarnation: Some(Incarnation::of(&socket, &marked)),
            phase: self.phase,
            changed: vec![Changed {
                path: path("/etc/containerd/config.toml"),
                before: Before::Bytes(BEFORE.to_vec()),
                after: Some(Digest::of(OURS)),
            }],
            had: Vec::new(),
            owner: None,
            ran: None,
            endpoint: None,
            retries: 0,
            asked_ms: (100 - self.ago) * 1000,
            timeout_ms: 60_000,
            trouble: None,
            disturbed: false,
            held: false,
            restarted_on: None,
            rollback_restarts: 0,
        };
        node.files.insert(path(ATTEMPT_FILE), Observed::Present(File::of(&attempt.bytes(), 0o600)));
        let (at, incarnation) = (Moment::since_boot(Duration::from_secs(100)), node.incarnation());
        let said = self.live.map_or(Observed::Unknown("connection refused".to_owned()), |max| {
            Observed::Present(Runtime::Containerd(Box::new(status(max))))
        });
        node.answers.runtime = Some(Asked { at, incarnation: incarnation.clone(), said });
        let arm = if self.can_arm { Ok(()) } else { Err("no shell".to_owned()) };
        let service = Service {
            unit: Some("containerd.service".to_owned()),
            config: Some(path("/etc/containerd/config.toml")),
            restart: Some(Restart {
                methods: vec![(RestartMethod::Dbus, Ok(()))],
                timers: vec![(RestartMethod::Dbus, arm)],
                ..Restart::default()
            }),
            ..Service::default()
        };
        node.answers.service = Some(Asked { at, incarnation, said: Observed::Present(service) });
        node
    }

    /// The plan of a new run, which has only waited for this kind of reason.
    fn planned(&self, so_far: Option<ReasonKind>) -> Plan {
        let (settings, mut node) = (Self::settings(), self.node());
        let mut history = History::new(Moment::default());
        if let Some(kind) = so_far {
            history.note_reason(&Reason { kind, text: String::new() }, Moment::default());
        }
        let desired = resolve(&settings, &node).unwrap();
        let now = Moment::since_boot(Duration::from_secs(100));
        loop {
            let questions = match plan(&node, &settings, &desired, &history, now) {
                Decision::Plan(plan) => return plan,
                Decision::NeedsAnswers(questions) => questions,
            };
            let [Question::DryLoad { key, .. }] = &questions[..] else { panic!("{questions:?}") };
            let accepted = Asked { at: now, incarnation: None, said: Observed::Present(DryLoad::Accepted) };
            assert!(node.answers.dry_loads.insert(key.clone(), accepted).is_none(), "asked twice");
        }
    }

    /// The words of the changes up to the next observation; a mark has its phase.
    fn words(&self, so_far: Option<ReasonKind>) -> Vec<String> {
        let word = |change: &Change| match change {
            Change::Mark(attempt) => format!("mark {}", attempt.phase.word()),
            other => other.word().to_owned(),
        };
        self.planned(so_far).first_changes().map(word).collect()
    }
}

fn status(max_conf_num: i64) -> Status {
    Status {
        deprecations: Vec::new(),
        config: None,
        runtime_version: "1.7.24".to_owned(),
        release: None,
        network_ready: true,
        network_reason: String::new(),
        network_message: String::new(),
        load_status: Some("OK".to_owned()),
        networks: None,
        conf_dir: Some("/etc/cni/net.d".to_owned()),
        bin_dirs: vec!["/opt/cni/bin".to_owned()],
        live: LiveValues {
            max_conf_num: Some(max_conf_num),
            conf_template: Some(String::new()),
            ..LiveValues::default()
        },
    }
}

fn is_waiting(plan: &Plan, kind: ReasonKind) -> bool {
    plan.steps.is_empty()
        && matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.kind == kind && !wait.interruptible)
}

fn exit(plan: &Plan) -> Option<u8> {
    if let Outcome::Fail(failure) = &plan.outcome { Some(failure.exit().code()) } else { None }
}

#[test]
fn killed_between_the_mark_and_the_restart_it_is_armed_anew_and_asked_for_again() {
    for armed in [false, true] {
        let scene = Scene { restarted: false, armed, live: Some(0), ..ASKED };
        assert_eq!(scene.words(None), ["mark asked for", "arm", "restart"], "armed: {armed}");
        let plan = scene.planned(None);
        let Some(Change::Arm(timer)) = plan.first_changes().nth(1) else { panic!("{plan:?}") };
        let [changed] = &timer.changed[..] else { panic!("{timer:?}") };
        assert_eq!(changed.before, Before::Bytes(BEFORE.to_vec()));
        assert_eq!(changed.after, Some(Digest::of(OURS)));
        assert_eq!(timer.after, Scene::settings().restart_timeout + Duration::from_secs(10));
    }
    let scene = Scene { restarted: false, armed: false, live: Some(0), can_arm: false, ..ASKED };
    assert_eq!(scene.words(None), ["mark asked for", "restart"]);
}

#[test]
fn killed_after_the_restart_it_is_settled_and_called_off() {
    assert_eq!(ASKED.words(None), ["mark settled", "disarm"]);
    let silent = Scene { live: None, ..ASKED };
    assert!(is_waiting(&silent.planned(None), ReasonKind::RuntimeStarting));
}

#[test]
fn killed_after_the_last_mark_it_is_only_called_off() {
    for phase in [Phase::Settled, Phase::Failed] {
        assert_eq!(Scene { phase, ..ASKED }.words(None), ["disarm"]);
        assert_eq!(Scene { phase, armed: false, ..ASKED }.words(None), [""; 0]);
    }
}

#[test]
fn a_config_that_does_not_take_is_rolled_back_with_its_restart_armed_anew() {
    let restores = ["mark being rolled back", "publish", "arm", "reset-failed", "restart"];
    assert_eq!(Scene { live: None, ago: 61, ..ASKED }.words(None), restores);
    assert_eq!(Scene { live: Some(0), ..ASKED }.words(None), restores);
    let killed = Scene { phase: Phase::RollingBack, ours: false, restarted: false, live: None, ..ASKED };
    assert_eq!(killed.words(None), ["arm", "reset-failed", "mark being rolled back", "restart"]);
    let up = Scene { restarted: true, live: Some(0), ..killed };
    assert_eq!(up.words(None), ["mark failed", "disarm"]);
    assert_eq!(exit(&up.planned(None)), Some(7));
}

#[test]
fn the_switch_fired_and_the_runtime_is_back_on_the_bytes_before() {
    let fired = Scene { ours: false, fired: true, live: Some(0), ago: 80, ..ASKED };
    assert_eq!(fired.words(None), ["mark failed", "disarm"]);
    assert_eq!(exit(&fired.planned(None)), Some(7));
    let starting = Scene { live: None, ..fired };
    assert!(is_waiting(&starting.planned(None), ReasonKind::RuntimeStarting));
    assert_eq!(exit(&starting.planned(Some(ReasonKind::RuntimeStarting))), Some(7));
}

#[test]
fn killed_while_it_rolled_back_the_bytes_and_their_restart_are_still_to_come() {
    let half = Scene { phase: Phase::RollingBack, restarted: false, live: None, ..ASKED };
    assert_eq!(half.words(None), ["publish", "arm", "reset-failed", "mark being rolled back", "restart"]);
    // The supervisor started the runtime meanwhile, on the bytes that must be rolled back.
    let crashed = Scene { restarted: true, ..half };
    assert_eq!(crashed.words(None), ["publish", "arm", "reset-failed", "mark being rolled back", "restart"]);
    let failed = Scene { ours: false, ago: 61, ..crashed };
    assert_eq!(failed.words(None), ["arm", "reset-failed", "mark being rolled back", "restart"]);
}

/// A run was killed or refused after the mark and before its first write; then another program restarted the runtime.
#[test]
fn a_restart_by_somebody_else_is_no_failure_of_what_was_never_written() {
    let never = Scene { ours: false, live: Some(0), ..ASKED };
    assert_eq!(never.words(None)[..2], ["mark left to others", "disarm"]);
    assert_ne!(exit(&never.planned(None)), Some(7));
}

#[test]
fn the_switch_fired_before_anything_was_restarted_so_nothing_was_tried() {
    let fired = Scene { ours: false, restarted: false, unread: true, live: Some(0), ..ASKED };
    let plan = fired.planned(None);
    assert_eq!(fired.words(None).first().map(String::as_str), Some("disarm"));
    assert_ne!(exit(&plan), Some(7), "{plan:?}");
}

/// Bytes were judged. If another program wrote others, that is noticed right before the restart.
#[test]
fn there_is_no_restart_on_bytes_that_were_not_judged() {
    let scene = Scene { restarted: false, live: Some(0), ..ASKED };
    let restart =
        scene.planned(None).changes().find(|change| matches!(change, Change::Restart { .. })).cloned();
    let plan = Plan::steps(vec![Step::Change(restart.unwrap())]);
    let on = |bytes: Option<&[u8]>| {
        let scratch = scene::Scratch::new();
        if let Some(bytes) = bytes {
            std::fs::create_dir_all(scratch.path("etc/containerd")).unwrap();
            std::fs::write(scratch.path("etc/containerd/config.toml"), bytes).unwrap();
        }
        let context = ApplyContext {
            recording: Recording { owner: OWNER.to_owned(), ..Recording::default() },
            patience: Duration::from_secs(1),
            tally: None,
        };
        apply(&scratch.root, &context, &Node::default(), &plan, &AtomicBool::new(false)).unwrap()
    };
    for bytes in [Some(&OURS[..OURS.len() - 9]), Some(BEFORE), Some(b"".as_slice()), None] {
        let applied = on(bytes);
        assert!(
            matches!(&applied.end, ApplyEnd::Stale(path) if path.name() == "config.toml"),
            "{applied:?} on {bytes:?}"
        );
    }
    // There is no systemd to ask.
    assert!(matches!(on(Some(OURS)).end, ApplyEnd::NotRestarted { asked: false, .. }));
}
