//! The parsed options, not yet resolved on a node. `cli` creates them; [`fn@crate::plan::resolve`] resolves them.

use std::time::Duration;

use crate::cni::{Position, Selector};
use crate::node::{HostPath, RestartMethod};

/// All options of `install` and `uninstall`, in the order of the contract.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The goal of the run.
    pub goal: Goal,
    /// `--conf-dir`; `None`: the runtime's own answer.
    pub conf_dir: Option<HostPath>,
    /// `--bin-dir`; `None`: the runtime's own answer.
    pub bin_dir: Option<HostPath>,
    /// `--owner`; `None`: the type of the first plugin, `node` without one.
    pub owner: Option<String>,
    /// `--primary`.
    pub primary: Option<Selector>,
    /// `--primary-dir`; `None`: the conf dir.
    pub primary_dir: Option<HostPath>,
    /// `--primary-timeout`; `None`: no limit.
    pub primary_timeout: Option<Duration>,
    /// `--primary-grace`.
    pub primary_grace: Duration,
    /// `--binary-grace`.
    pub binary_grace: Duration,
    /// `--no-wait`.
    pub no_wait: bool,
    /// `--plugin`, in order.
    pub plugins: Vec<PluginInput>,
    /// `--position`.
    pub position: Position,
    /// `--layout`; `None`: the own file, or nothing without a plugin.
    pub layout: Option<Layout>,
    /// `--output-file`.
    pub output_file: Option<String>,
    /// `--conf-mode`.
    pub conf_mode: u32,
    /// `--install-bin`, in order.
    pub install_bins: Vec<BinaryInput>,
    /// `--runtime`.
    pub runtime: RuntimeKind,
    /// `--runtime-endpoint`, or the sockets of the known distributions in the order in which they are tried.
    pub endpoints: Vec<HostPath>,
    /// `--containerd-config`; `None`: the file that the running containerd was started with.
    pub containerd_config: Option<HostPath>,
    /// `--max-conf-num`; `None`: the layout's default.
    pub max_conf_num: Option<Setting<i64>>,
    /// `--conf-template`.
    pub conf_template: Setting<String>,
    /// `--systemd-cgroup`.
    pub systemd_cgroup: CgroupSetting,
    /// `--sandbox-image`.
    pub sandbox_image: Setting<String>,
    /// `--enable-cri`.
    pub enable_cri: bool,
    /// `--restart`.
    pub restart: RestartMode,
    /// `--restart-timeout`.
    pub restart_timeout: Duration,
    /// `--restart-jitter`: the longest random delay before a restart.
    pub restart_jitter: Duration,
    /// `--restart-quiet`: the shortest time between any restart of the runtime and the next one.
    pub restart_quiet: Duration,
    /// `--verify-timeout`; zero skips the verification.
    pub verify_timeout: Duration,
    /// `--verify`.
    pub verify: VerifyLevel,
    /// `--dry-run`: nothing is changed, also not for an answer.
    pub dry_run: bool,
    /// `watch`: the loop goes on after the goal is reached.
    pub stays: Option<Stays>,
}

impl Settings {
    /// Settings that look at the node and desire nothing of it: no plugin, no value, no restart, no wait.
    pub const fn without_desires(goal: Goal) -> Self {
        Self {
            goal,
            conf_dir: None,
            bin_dir: None,
            owner: None,
            primary: None,
            primary_dir: None,
            primary_timeout: None,
            primary_grace: Duration::ZERO,
            binary_grace: Duration::ZERO,
            no_wait: false,
            plugins: Vec::new(),
            position: Position::Last,
            layout: None,
            output_file: None,
            conf_mode: 0o600,
            install_bins: Vec::new(),
            runtime: RuntimeKind::Auto,
            endpoints: Vec::new(),
            containerd_config: None,
            max_conf_num: None,
            conf_template: Setting::Keep,
            systemd_cgroup: CgroupSetting::Keep,
            sandbox_image: Setting::Keep,
            enable_cri: false,
            restart: RestartMode::Never,
            restart_timeout: Duration::ZERO,
            restart_jitter: Duration::ZERO,
            restart_quiet: Duration::ZERO,
            verify_timeout: Duration::ZERO,
            verify: VerifyLevel::Loaded,
            dry_run: false,
            stays: None,
        }
    }
}

/// The options of a run that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stays {
    /// `--stale-after`: how long a chain counts as good whose primary is gone.
    pub stale_after: Duration,
}

/// `--layout`: what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The chain, in a file of its own.
    OwnFile,
    /// The chain, in the primary's own file.
    InPlace,
    /// Nothing: the primary itself is what is verified.
    None,
}

impl Layout {
    /// The layout with this word, if a release of this program has it.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::OwnFile, Self::InPlace, Self::None].into_iter().find(|layout| layout.word() == word)
    }

    /// True if a chain is published.
    pub const fn has_chain(self) -> bool {
        matches!(self, Self::OwnFile | Self::InPlace)
    }

    /// The word on the command line, in records and in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OwnFile => "own-file",
            Self::InPlace => "in-place",
            Self::None => "none",
        }
    }
}

/// `--verify`: what counts as the proof of success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyLevel {
    /// The runtime says that it has loaded the chain.
    Loaded,
    /// A pod starts on it as well.
    Pod {
        /// Also with plugins that may need an API of Kubernetes.
        forced: bool,
    },
}

/// The goal of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A chain that the runtime confirms once.
    Install,
    /// A node without this owner's layer.
    Uninstall,
}

/// One `--plugin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginInput {
    /// The object itself.
    Json(String),
    /// `@FILE`: read at each observation, so that changes of a mounted ConfigMap are noticed.
    File(String),
}

/// One `--install-bin [NAME=]PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinaryInput {
    /// The name in the bin dir, if given.
    pub name: Option<String>,
    /// The file or directory, in the program's own file system.
    pub path: String,
}

/// `--runtime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeKind {
    /// The runtime that answers; never treated as `none`.
    Auto,
    /// containerd.
    Containerd,
    /// CRI-O.
    CriO,
    /// Files only.
    None,
}

/// A value that may be kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// Keep the current value.
    Keep,
    /// Set this value.
    Set(T),
}

/// `--systemd-cgroup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CgroupSetting {
    /// Keep the current value.
    Keep,
    /// The kubelet's driver, unless the change could make the runtime and the kubelet differ.
    Auto,
    /// Set this value.
    Set(bool),
}

/// `--restart`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartMode {
    /// The first of dbus, nsenter, signal that answers.
    Auto,
    /// This method.
    By(RestartMethod),
    /// No restart.
    Never,
}

impl Settings {
    /// The allowed restart methods, in order of preference.
    pub fn methods(&self) -> Vec<RestartMethod> {
        match self.restart {
            RestartMode::Auto => vec![RestartMethod::Dbus, RestartMethod::Nsenter, RestartMethod::Signal],
            RestartMode::By(method) => vec![method],
            RestartMode::Never => Vec::new(),
        }
    }
}

/// True if an option depends on the kubelet's files.
pub fn asks_of_the_kubelet(settings: &Settings) -> bool {
    settings.systemd_cgroup != CgroupSetting::Keep
        && settings.goal == Goal::Install
        && settings.runtime != RuntimeKind::None
}
