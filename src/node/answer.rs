//! What the runtime, the service manager and the plugins were asked, and what they answered.
//!
//! "Unavailable" is a valid answer: [`Observed::Unknown`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::pod::{LeftPods, PodAnswer, PodQuestion};
use super::runtime::Runtime;
use super::sandbox::PodSandbox;
use super::status::Status;
use super::{Digest, HostPath, Moment, Observed, Stamp};

/// One start of the runtime, identified by its socket: containerd removes the socket and creates a new one at each
/// start (containerd `pkg/sys/socket_unix.go`). containerd sets mode and owner a moment later, so the `ctime` does
/// not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Incarnation(pub String);

impl Incarnation {
    /// The start of the runtime that created this socket.
    pub fn of(socket: &HostPath, stamp: &Stamp) -> Self {
        Self(format!("{socket}:{}:{}:{}", stamp.dev, stamp.ino, stamp.mtime))
    }

    /// True if the runtime of this start listens on `socket`.
    pub fn is_of(&self, socket: &HostPath) -> bool {
        self.0.strip_prefix(socket.as_str()).is_some_and(|rest| rest.starts_with(':'))
    }
}

/// An answer and when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<T> {
    /// When the question was asked.
    pub at: Moment,
    /// The start of the runtime that was up at that time.
    pub incarnation: Option<Incarnation>,
    /// The answer.
    pub said: Observed<T>,
}

/// All answers that this process received. `plan` asks again when an answer is too old for its purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The runtime's answer to CRI Version and Status.
    pub runtime: Option<Asked<Runtime>>,
    /// The last report of containerd that this process received. containerd may be down now.
    pub last_status: Option<Status>,
    /// The runtime's CRI socket, once it is known.
    pub endpoint: Option<HostPath>,
    /// The start of the runtime that answered without CRI.
    pub without_cri: Option<Incarnation>,
    /// The pod sandboxes of the runtime.
    pub sandboxes: Option<Asked<Sandboxes>>,
    /// The pods that the runtime runs.
    pub running_pods: Option<Asked<Vec<PodSandbox>>>,
    /// The service manager of the runtime, its config file and, if a restart is planned, the methods for it.
    pub service: Option<Asked<Service>>,
    /// The answer to `CNI_COMMAND=VERSION`, by plugin type.
    pub versions: BTreeMap<String, (VersionQuestion, Asked<VersionReply>)>,
    /// How the host's containerd reads a config file that is not published yet, by the hash of the file.
    pub dry_loads: BTreeMap<Digest, Asked<DryLoad>>,
    /// Did a pod start, by the hash of what it ran on.
    pub pod: Option<(Digest, Asked<PodAnswer>)>,
    /// What became of the sandboxes that earlier runs left.
    pub left_pods: Option<Asked<LeftPods>>,
}

impl Answers {
    /// The runtime that answers now.
    pub fn running(&self) -> Option<&Runtime> {
        self.runtime.as_ref()?.said.present()
    }

    /// The answer of a plugin with these bytes. An answer about an input also holds for the installed file: they have
    /// different paths and the same bytes, so their size decides.
    pub fn version(&self, question: &VersionQuestion) -> Option<&Asked<VersionReply>> {
        let (asked, answer) = self.versions.get(&question.plugin)?;
        let is_same = if asked.binary == question.binary {
            asked.stamp == question.stamp
        } else {
            asked.binary.is_source() != question.binary.is_source() && asked.stamp.size == question.stamp.size
        };
        is_same.then_some(answer)
    }

    /// The report of the containerd that answers now.
    pub fn containerd(&self) -> Option<&Status> {
        self.running()?.containerd()
    }

    /// The last known report of containerd, also while it is down: its directories and its release.
    pub fn status(&self) -> Option<&Status> {
        match self.running() {
            Some(runtime) => runtime.containerd(),
            None => self.last_status.as_ref(),
        }
    }
}

/// A question that `plan` needs answered before it can decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The runtime's state (verbose CRI Status).
    Runtime,
    /// The runtime's pod sandboxes, and which of them use the host's network (CRI `ListPodSandbox`,
    /// `PodSandboxStatus`).
    Sandboxes,
    /// The pods that the runtime runs, with the time of their sandboxes (CRI `ListPodSandbox`, `PodSandboxStatus`).
    RunningPods,
    /// The service manager of the runtime, and its config file. It is read only: nothing is started for the answer.
    Service,
    /// The same, and the methods that can restart the runtime. For the answer programs are started on the host, so it is
    /// asked for a planned restart only.
    RestartMethods {
        /// Methods that failed before they reached the host. Another method is tried instead.
        unusable: BTreeSet<RestartMethod>,
    },
    /// The CNI versions that a plugin supports.
    Version(VersionQuestion),
    /// Does the host's containerd accept these config files?
    DryLoad {
        /// The hash by which the answer is found again.
        key: Digest,
        /// The planned files, main file first.
        files: Vec<(HostPath, Vec<u8>)>,
    },
    /// Does a pod start? For the answer one sandbox is started and removed.
    Pod(PodQuestion),
    /// What became of the sandboxes that earlier runs noted? For the answer they are removed.
    LeftPods,
}

impl Question {
    /// The word for the question in the log.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Sandboxes => "sandboxes",
            Self::RunningPods => "running-pods",
            Self::Service => "service",
            Self::RestartMethods { .. } => "restart-methods",
            Self::Version(_) => "version",
            Self::DryLoad { .. } => "dry-load",
            Self::Pod(_) => "pod",
            Self::LeftPods => "left-pods",
        }
    }

    /// The subject of the question, for questions that are asked about several subjects.
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::Version(question) => Some(&question.plugin),
            Self::DryLoad { key, .. } => Some(key.as_str()),
            Self::Pod(question) => Some(question.key.as_str()),
            Self::Runtime
            | Self::Sandboxes
            | Self::RunningPods
            | Self::Service
            | Self::RestartMethods { .. }
            | Self::LeftPods => None,
        }
    }

    /// True if answering it makes or removes a sandbox, so that nothing may be left of it when it is cut short.
    pub const fn makes_a_pod(&self) -> bool {
        matches!(self, Self::Pod(_) | Self::LeftPods)
    }
}

/// The runtime's pod sandboxes, as far as they were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sandboxes {
    /// The number of sandboxes on the host's network.
    pub on_host_network: usize,
    /// True if a sandbox has its own network. The count stops at the first one.
    pub pod_network: bool,
}

/// The question for a plugin's versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionQuestion {
    /// The plugin's type.
    pub plugin: String,
    /// The binary: in a bin dir of the host, or a source of this run that is not installed yet.
    pub binary: Binary,
    /// The state of the binary. If it changes, the plugin is asked again.
    pub stamp: Stamp,
}

/// The place of a binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binary {
    /// On the host.
    Host(HostPath),
    /// An input of this run, outside the host root.
    Source(String),
}

impl Binary {
    /// True for an input of this run.
    pub const fn is_source(&self) -> bool {
        matches!(self, Self::Source(_))
    }
}

/// A plugin's answer to `CNI_COMMAND=VERSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionReply {
    /// The plugin's output.
    Said(Vec<u8>),
    /// The binary cannot be executed here (no loader, foreign architecture, noexec). It may still run on the host.
    NotFromHere(String),
    /// The plugin ran and failed.
    Failed(String),
}

/// The result of a dry load of a config file by containerd itself (`containerd --config FILE config dump`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DryLoad {
    /// containerd accepts the file.
    Accepted,
    /// containerd accepts the file. The dump has every value, defaults included.
    Dumped(Arc<str>),
    /// containerd refuses the file, with this message.
    Refused(String),
    /// containerd could not be asked.
    Unavailable(String),
}

/// A method to restart the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RestartMethod {
    /// systemd's private socket.
    Dbus,
    /// The host's `systemctl`, run in the host's namespaces.
    Nsenter,
    /// SIGTERM to the daemon; its supervisor starts it again.
    Signal,
}

impl RestartMethod {
    /// The value of `--restart` that selects this method.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dbus => "dbus",
            Self::Nsenter => "nsenter",
            Self::Signal => "signal",
        }
    }
}

/// The service manager of the runtime, and its config file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The unit (`containerd.service`), if systemd runs the runtime.
    pub unit: Option<String>,
    /// The unit's ActiveState in systemd.
    pub active_state: Option<String>,
    /// True if the unit has run without a break since boot, so that the runtime was never restarted. False if that is
    /// not known.
    pub first_start: bool,
    /// True if the last start failed: the unit failed, or systemd restarts it again and again.
    pub failed: bool,
    /// The daemon's command line.
    pub argv: Vec<String>,
    /// The config file that the daemon was started with.
    pub config: Option<HostPath>,
    /// The argument of the command line that names the config file but cannot be resolved from here: a variable, or a
    /// path relative to an unknown directory.
    pub unresolved: Option<String>,
    /// The daemon's process id, if its process is visible.
    pub pid: Option<u32>,
    /// The methods that can restart the runtime; `None` if nobody asked for them yet.
    pub restart: Option<Restart>,
}

/// The methods that can restart the runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restart {
    /// The methods that were tried, in order of preference, up to the first that works. `Err` has the reason why a
    /// method does not work.
    pub methods: Vec<(RestartMethod, Result<(), String>)>,
    /// For each method that works: can it arm a rollback timer outside this process? `Err` has the reason why not.
    pub timers: Vec<(RestartMethod, Result<(), String>)>,
    /// The units that systemd restarts together with the runtime's unit (`Requires=`, `BindsTo=`, `PartOf=`).
    pub taken_along: Vec<String>,
}
