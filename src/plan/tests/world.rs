//! A possible node, and plans on it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::node::{
    Asked, Attempt, Binary, Content, Digest, Dir, DryLoad, File, HostPath, LiveValues, LoadedNetwork, Moment,
    Node, Observed, Question, RECORD_DIR, RUN_DIR, RawStatus, Release, Restart, RestartMethod, Runtime,
    SAVED_DIR, Service, Stamp, Status, VersionQuestion, VersionReply,
};
use crate::plan::{
    Change, Decision, Goal, History, Outcome, Plan, PluginInput, ReasonKind, RestartMode, Settings, Step,
    plan, resolve,
};
use crate::report::{Failure, FailureCode};

/// The runtime's config file.
pub(super) const CONFIG: &str = "/etc/containerd/config.toml";
const BEFORE: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 0\n";
pub(super) const PRIMARY: &str = r#"{"cniVersion":"0.3.0","name":"azure","plugins":[{"type":"azure-vnet"}]}"#;
const SOCKET: &str = "/run/containerd/containerd.sock";

/// A node with containerd 1.7, a primary, all binaries, and no chain, ten seconds after the start.
#[derive(Clone)]
pub(super) struct World {
    pub(super) node: Node,
    pub(super) settings: Settings,
    pub(super) history: History,
    pub(super) now: Moment,
}

impl World {
    pub(super) fn new() -> Self {
        let began = Moment::since_boot(Duration::from_secs(1000));
        let mut world = Self {
            node: Node::default(),
            settings: settings(),
            history: History::new(began),
            now: began.after(Duration::from_secs(10)),
        };
        world.node.wall = 1_000_000_000_000;
        for dir in ["/", "/etc", "/run", "/var/lib", "/etc/cni/net.d", "/opt/cni/bin", "/etc/containerd"] {
            world.node.dirs.insert(at(dir), Observed::Present(Dir::default()));
        }
        for dir in [RECORD_DIR, SAVED_DIR, RUN_DIR] {
            world.node.dirs.insert(at(dir), Observed::Absent);
        }
        for plugin in ["azure-vnet", "tuning"] {
            let content = Content::Unread("only looked for".to_owned());
            let file = File { stamp: Stamp { mode: 0o755, ..Stamp::default() }, content };
            world.node.files.insert(at("/opt/cni/bin").join(plugin), Observed::Present(file));
        }
        world.know_versions();
        world
            .incarnation(1)
            .with(CONFIG, BEFORE)
            .with("/etc/cni/net.d/10-azure.conflist", PRIMARY)
            .service(&[(RestartMethod::Dbus, true)])
    }

    fn know_versions(&mut self) {
        let question = VersionQuestion {
            plugin: "tuning".to_owned(),
            binary: Binary::Host(at("/opt/cni/bin/tuning")),
            stamp: Stamp { mode: 0o755, ..Stamp::default() },
        };
        let said = VersionReply::Said(br#"{"cniVersion":"1.0.0","supportedVersions":["0.3.0"]}"#.to_vec());
        let asked = Asked { at: self.now, incarnation: None, said: Observed::Present(said) };
        self.node.answers.versions.insert("tuning".to_owned(), (question, asked));
    }

    /// Adds a file with these bytes.
    pub(super) fn with(mut self, path: &str, bytes: &str) -> Self {
        self.node = self.node.after("", &bare(path, bytes));
        self
    }

    pub(super) fn without(mut self, path: &str) -> Self {
        self.node = self.node.after("", &Change::Sweep(at(path)));
        self
    }

    /// The runtime that runs now is its `count`-th start.
    pub(super) fn incarnation(mut self, count: u64) -> Self {
        // Later than every file, and long ago.
        let stamp = Stamp { ino: count, mtime: 1, ..Stamp::default() };
        self.node.sockets = vec![(at(SOCKET), Observed::Present(stamp))];
        self
    }

    /// The restart methods that were tried, and which of them work. If none works, the others were tried too.
    pub(super) fn service(mut self, methods: &[(RestartMethod, bool)]) -> Self {
        let mut methods = methods.to_vec();
        if !methods.iter().any(|(_, answers)| *answers) {
            let others =
                [RestartMethod::Dbus, RestartMethod::Nsenter, RestartMethod::Signal].map(|by| (by, false));
            let is_new = |(by, _): &(RestartMethod, bool)| methods.iter().all(|(asked, _)| asked != by);
            methods.extend(others.into_iter().filter(is_new).collect::<Vec<_>>());
        }
        let methods = methods.into_iter().map(|(by, answers)| {
            (by, if answers { Ok(()) } else { Err("no such file or directory".to_owned()) })
        });
        let service = Service {
            unit: Some("containerd.service".to_owned()),
            config: Some(at(CONFIG)),
            restart: Some(Restart { methods: methods.collect(), ..Restart::default() }),
            ..Service::default()
        };
        let said = Observed::Present(service);
        self.node.answers.service = Some(Asked { at: self.now, incarnation: self.node.incarnation(), said });
        self
    }

    /// Nobody has asked for the methods of a restart yet.
    pub(super) fn without_methods(mut self) -> Self {
        if let Some(asked) = &mut self.node.answers.service
            && let Observed::Present(service) = &mut asked.said
        {
            service.restart = None;
        }
        self
    }

    /// The runtime reports this `max_conf_num`, and that it has loaded `loaded`.
    pub(super) fn says(self, max_conf_num: i64, loaded: &str) -> Self {
        self.says_status(status(max_conf_num, loaded))
    }

    pub(super) fn says_status(self, status: Status) -> Self {
        self.says_runtime(Runtime::Containerd(Box::new(status)))
    }

    pub(super) fn says_runtime(mut self, runtime: Runtime) -> Self {
        let said = Observed::Present(runtime);
        self.node.answers.runtime = Some(Asked { at: self.now, incarnation: self.node.incarnation(), said });
        self
    }

    /// The runtime does not answer.
    pub(super) fn silent(mut self) -> Self {
        let said = Observed::Unknown("connection refused".to_owned());
        self.node.answers.runtime = Some(Asked { at: self.now, incarnation: self.node.incarnation(), said });
        self
    }

    /// Moves the time this many milliseconds on.
    pub(super) fn later(mut self, millis: u64) -> Self {
        self.now = self.now.after(Duration::from_millis(millis));
        self
    }

    pub(super) fn with_settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    pub(super) fn remember(mut self, change: impl FnOnce(&mut History, Moment)) -> Self {
        change(&mut self.history, self.now);
        self
    }

    /// A wait for this reason began this many milliseconds ago.
    pub(super) fn waited(self, kind: ReasonKind, millis: u64) -> Self {
        self.remember(|history, now| {
            history.since.insert(kind, Moment::from_millis(now.millis() - millis));
        })
    }

    /// The plan. The host's containerd accepts every config that it is asked about.
    pub(super) fn plan(&mut self) -> Plan {
        self.plan_if(&DryLoad::Accepted)
    }

    pub(super) fn plan_if(&mut self, verdict: &DryLoad) -> Plan {
        for _ in 0..3 {
            let questions = match self.next() {
                Decision::Plan(plan) => return plan,
                Decision::NeedsAnswers(questions) => questions,
            };
            let [Question::DryLoad { key, .. }] = &questions[..] else { panic!("{questions:?}") };
            let said = Observed::Present(verdict.clone());
            self.node.answers.dry_loads.insert(key.clone(), Asked { at: self.now, incarnation: None, said });
        }
        panic!("it asks again what was answered");
    }

    pub(super) fn next(&self) -> Decision {
        let desired = resolve(&self.settings, &self.node).unwrap();
        plan(&self.node, &self.settings, &desired, &self.history, self.now)
    }

    /// The node after the changes up to the next observation, and the words for them.
    pub(super) fn applied(mut self) -> (Self, Vec<String>) {
        let plan = self.plan();
        let desired = resolve(&self.settings, &self.node).unwrap();
        let changes: Vec<Change> = plan.first_changes().cloned().collect();
        let recorded = self.node.recorded(&desired.recording(), &changes);
        self.node = changes.iter().fold(recorded, |node, change| node.after(&desired.owner, change));
        (self, words(&plan))
    }

    /// A patched config with a marked restart: the state that a run leaves if it dies before the restart.
    pub(super) fn marked() -> Self {
        let (world, done) = Self::new().says(0, "").applied();
        assert_eq!(done[..3], ["mark asked for", "publish config.toml", "restart dbus"]);
        world
    }

    /// The chain is published, and the runtime, which had the right values from the start, has not confirmed it.
    pub(super) fn published() -> Self {
        let (world, done) = Self::new().says(1, "").applied();
        assert_eq!(done, ["publish 05-tuning.conflist", "look"]);
        world
    }

    pub(super) fn attempt(&self) -> Attempt {
        self.node.attempt().unwrap()
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.node.bytes(&at(path)).map(|bytes| std::str::from_utf8(bytes).unwrap())
    }

    pub(super) fn dir(&mut self, path: &str) -> &mut Dir {
        match self.node.dirs.get_mut(&at(path)) {
            Some(Observed::Present(dir)) => dir,
            other => panic!("{path}: {other:?}"),
        }
    }
}

/// The bytes of the chain on this node.
pub(super) fn chain_of(world: &World) -> String {
    world.text("/etc/cni/net.d/05-tuning.conflist").unwrap().to_owned()
}

/// The failure at the end of the plan, which has this code.
#[track_caller]
pub(super) fn fails(plan: &Plan, code: FailureCode) -> &Failure {
    let Outcome::Fail(failure) = &plan.outcome else { panic!("{:?}", plan.outcome) };
    assert_eq!(failure.code, code, "{failure}");
    failure
}

/// The failure of a plan without a step: nothing is changed for what is refused.
#[track_caller]
pub(super) fn refuses(plan: &Plan, code: FailureCode) -> &Failure {
    assert_eq!(words(plan), [""; 0], "nothing is changed for what is refused");
    fails(plan, code)
}

/// The changes up to the next observation in words: they are applied together. The room for a rollback is left out; it
/// has tests of its own (`reserve.rs`).
pub(super) fn words(plan: &Plan) -> Vec<String> {
    let end = plan.steps.iter().position(|step| matches!(step, Step::Look(_)));
    plan.steps[..end.map_or(plan.steps.len(), |at| at + 1)]
        .iter()
        .filter(|step| !matches!(step, Step::Change(change) if is_about_a_reserve(change)))
        .map(|step| match step {
            Step::Look(_) => "look".to_owned(),
            Step::Change(Change::Mark(attempt)) => format!("mark {}", attempt.phase.word()),
            Step::Change(Change::Restart { by, .. }) => format!("restart {}", by.word()),
            Step::Change(change) => format!("{} {}", change.word(), change.path().map_or("", HostPath::name))
                .trim_end()
                .to_owned(),
        })
        .collect()
}

/// True if the change reserves or releases the room for a rollback.
pub(super) fn is_about_a_reserve(change: &Change) -> bool {
    change.path().is_some_and(|path| path.name().ends_with(".before.cni-bootstrap-tmp"))
}

/// A file that another program writes.
pub(super) fn bare(path: &str, bytes: &str) -> Change {
    use crate::plan::{Mode, Publish, Source};
    Change::Publish(Publish {
        path: at(path),
        kind: crate::node::Kind::Config,
        source: Source::Bytes(bytes.as_bytes().into()),
        mode: Mode::New(0o644),
    })
}

/// The report of a containerd 1.7 that has loaded these bytes, or nothing.
pub(super) fn status(max_conf_num: i64, loaded: &str) -> Status {
    let types =
        loaded.split("\"type\":\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    let network = LoadedNetwork {
        ifname: "eth0".to_owned(),
        name: "azure".to_owned(),
        cni_version: "0.3.0".to_owned(),
        types: types.collect(),
        source: Some(loaded.to_owned()),
    };
    Status {
        deprecations: Vec::new(),
        config: None,
        runtime_version: "1.7.20".to_owned(),
        release: Some(Release::new(1, 7, 20)),
        network_ready: !loaded.is_empty(),
        network_reason: String::new(),
        network_message: String::new(),
        load_status: Some(
            if loaded.is_empty() { "cni config load failed: no network config found" } else { "OK" }
                .to_owned(),
        ),
        networks: Some(if loaded.is_empty() { Vec::new() } else { vec![network] }),
        conf_dir: Some("/etc/cni/net.d".to_owned()),
        bin_dirs: vec!["/opt/cni/bin".to_owned()],
        live: LiveValues {
            max_conf_num: Some(max_conf_num),
            systemd_cgroup: BTreeMap::new(),
            ..LiveValues::default()
        },
    }
}

/// A runtime with this name in CRI that is not containerd.
pub(super) fn other(name: &str) -> Runtime {
    let raw = RawStatus {
        runtime_name: name.to_owned(),
        runtime_version: "1.30.0".to_owned(),
        ..RawStatus::default()
    };
    Runtime::read(raw)
}

pub(super) fn at(path: &str) -> HostPath {
    HostPath::new(path).unwrap()
}

pub(super) fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn settings() -> Settings {
    Settings {
        primary_timeout: Some(Duration::from_secs(300)),
        primary_grace: Duration::from_secs(10),
        binary_grace: Duration::from_secs(30),
        plugins: vec![PluginInput::Json(r#"{"type":"tuning"}"#.to_owned())],
        endpoints: vec![at(SOCKET)],
        restart: RestartMode::Auto,
        restart_timeout: Duration::from_secs(180),
        restart_quiet: Duration::from_secs(30),
        verify_timeout: Duration::from_secs(60),
        ..Settings::without_desires(Goal::Install)
    }
}

/// With a binary to install.
pub(super) fn with_binary(world: World) -> World {
    let mut world = world.with_settings(|settings| {
        let path = "/in/helper".to_owned();
        settings.install_bins = vec![crate::plan::BinaryInput { name: None, path }];
    });
    let mut helper = File::of(b"helper", 0o755);
    helper.content = Content::Digest(digest("helper"));
    world.node.sources.insert("/in/helper".to_owned(), Observed::Present(helper));
    world
}
