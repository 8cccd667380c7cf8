//! What was asked of the runtime, the service manager and the plugins, and what they said.
//!
//! That none was to be had is an answer as well: [`Observed::Unknown`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Digest, HostPath, Moment, Observed, Stamp};
use crate::containerd::Status;

/// Which start of the runtime: its socket, which containerd removes and makes anew at each start
/// (containerd `pkg/sys/socket_unix.go`). The mode and owner are set a moment later, so `ctime` is no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Incarnation(pub String);

impl Incarnation {
    /// The start of the runtime that made this socket.
    pub fn of(socket: &HostPath, stamp: &Stamp) -> Self {
        Self(format!("{socket}:{}:{}:{}", stamp.dev, stamp.ino, stamp.mtime))
    }

    /// Whether it is one of the runtime that makes this socket.
    pub fn is_of(&self, socket: &HostPath) -> bool {
        self.0.strip_prefix(socket.as_str()).is_some_and(|rest| rest.starts_with(':'))
    }
}

/// An answer and its hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<T> {
    /// When it was asked.
    pub at: Moment,
    /// Which start of the runtime was there then.
    pub incarnation: Option<Incarnation>,
    /// What was said.
    pub said: Observed<T>,
}

/// All answers that the process has had. An answer that is too old for a purpose is asked anew, by `plan`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// CRI Status.
    pub runtime: Option<Asked<Status>>,
    /// The last CRI Status that this process was given: the runtime may be away now.
    pub last_status: Option<Status>,
    /// The socket behind which the runtime is, once that is known.
    pub endpoint: Option<HostPath>,
    /// Which start of the runtime answered that it serves no CRI.
    pub without_cri: Option<Incarnation>,
    /// The pod sandboxes that the runtime has.
    pub sandboxes: Option<Asked<Sandboxes>>,
    /// Who runs the runtime, from which file, and by which method it can be restarted.
    pub service: Option<Asked<Service>>,
    /// `CNI_COMMAND=VERSION`, by plugin type.
    pub versions: BTreeMap<String, (VersionQuestion, Asked<VersionReply>)>,
    /// What the host's own containerd makes of a config file that is not yet published, by the file's hash.
    pub dry_loads: BTreeMap<Digest, Asked<DryLoad>>,
}

impl Answers {
    /// What the runtime says, or said before it went away: where its directories are and which release it is.
    pub fn status(&self) -> Option<&Status> {
        let now = self.runtime.as_ref().and_then(|asked| asked.said.present());
        now.or(self.last_status.as_ref())
    }
}

/// Something to ask before it can be planned on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// What the runtime says that it runs (CRI Status, verbose).
    Runtime,
    /// Which pod sandboxes the runtime has, and on which network (CRI `ListPodSandbox`, `PodSandboxStatus`).
    Sandboxes,
    /// Who runs the runtime and how it can be restarted.
    Service {
        /// Means that failed before anything was asked of the host: another one is looked for.
        unusable: BTreeSet<RestartMethod>,
    },
    /// Which CNI versions a plugin knows.
    Version(VersionQuestion),
    /// Whether the host's containerd would take these config files.
    DryLoad {
        /// The hash under which the answer is kept.
        key: Digest,
        /// The files as they would be, main file first.
        files: Vec<(HostPath, Vec<u8>)>,
    },
}

impl Question {
    /// The word for it in the log.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Sandboxes => "sandboxes",
            Self::Service { .. } => "service",
            Self::Version(_) => "version",
            Self::DryLoad { .. } => "dry-load",
        }
    }

    /// What it is asked about, where there are several of its kind.
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::Version(question) => Some(&question.plugin),
            Self::DryLoad { key, .. } => Some(key.as_str()),
            Self::Runtime | Self::Sandboxes | Self::Service { .. } => None,
        }
    }
}

/// The pod sandboxes that a runtime has, as far as they were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sandboxes {
    /// How many are on the host's network.
    pub on_host_network: usize,
    /// Whether one has a network of its own: the count ends at the first of them.
    pub pod_network: bool,
}

/// A plugin that is asked for its versions, and where its binary lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionQuestion {
    /// The plugin's type.
    pub plugin: String,
    /// The binary: in a bin dir of the host, or, not yet installed, among our own inputs.
    pub binary: Binary,
    /// Which state of it; another one is asked anew.
    pub stamp: Stamp,
}

/// Where a binary lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binary {
    /// On the host.
    Host(HostPath),
    /// Among our inputs, outside the host root.
    Source(String),
}

/// A plugin's answer to `CNI_COMMAND=VERSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionReply {
    /// What it printed.
    Said(Vec<u8>),
    /// It could not be executed from here (no loader, foreign architecture, noexec): that says nothing about the
    /// host, where it may run.
    NotFromHere(String),
    /// It ran and failed.
    Failed(String),
}

/// What containerd itself makes of a config file (`containerd --config FILE config dump`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DryLoad {
    /// It reads it.
    Accepted,
    /// It reads it, and this is what it makes of it: every value, defaults included.
    Dumped(Arc<str>),
    /// It refuses it, in these words.
    Refused(String),
    /// It could not be asked.
    Unavailable(String),
}

/// How the runtime can be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RestartMethod {
    /// systemd's private socket.
    Dbus,
    /// The host's `systemctl`, in the host's namespaces.
    Nsenter,
    /// SIGTERM to the daemon, where its supervisor starts it again.
    Signal,
}

impl RestartMethod {
    /// The word of `--restart`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dbus => "dbus",
            Self::Nsenter => "nsenter",
            Self::Signal => "signal",
        }
    }
}

/// Who runs the runtime, from which file, and by which method it can be restarted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The unit (`containerd.service`), where systemd runs it.
    pub unit: Option<String>,
    /// systemd's ActiveState of it.
    pub active_state: Option<String>,
    /// Whether the unit has run without a break since the boot: then nobody has restarted the runtime. False where that
    /// is not known.
    pub first_start: bool,
    /// Its last start came to nothing: the unit failed, or systemd starts it again and again.
    pub failed: bool,
    /// The daemon's command line.
    pub argv: Vec<String>,
    /// The config file that it was started with.
    pub config: Option<HostPath>,
    /// The word of its command line that names the config file and cannot be resolved from here: a variable, a path
    /// that is relative to a directory that is not known.
    pub unresolved: Option<String>,
    /// The daemon's process, where it can be seen.
    pub pid: Option<u32>,
    /// Each method that was asked whether it answers, in the order of preference up to the first that can be used; `Err`
    /// says why not.
    pub methods: Vec<(RestartMethod, Result<(), String>)>,
    /// Each method that answers, and whether a rollback can be armed by it outside this process; `Err` says why not.
    pub timers: Vec<(RestartMethod, Result<(), String>)>,
    /// The units that systemd would restart together with the runtime's (`Requires=`, `BindsTo=`, `PartOf=`).
    pub taken_along: Vec<String>,
}
