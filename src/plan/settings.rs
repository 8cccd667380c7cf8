//! What was typed, read but not yet held against the node. `cli` makes it; [`fn@crate::plan::resolve`] resolves it.

use std::time::Duration;

use crate::cni::{Position, Selector};
use crate::node::{HostPath, RestartMethod};

/// All options of `install` and `uninstall`, in the order of the contract.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How far to go.
    pub goal: Goal,
    /// `--conf-dir`; `None`: the runtime's own answer.
    pub conf_dir: Option<HostPath>,
    /// `--bin-dir`; `None`: the runtime's own answer.
    pub bin_dir: Option<HostPath>,
    /// `--owner`; `None`: the type of the first plugin.
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
    /// `--containerd-config`; `None`: what the running containerd was started with.
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
    /// `--restart-jitter`: the longest delay before a restart; the reconcile draws it.
    pub restart_jitter: Duration,
    /// `--restart-quiet`: no restart this soon after anybody's.
    pub restart_quiet: Duration,
    /// `--verify-timeout`; zero skips the proof.
    pub verify_timeout: Duration,
}

/// How far a reconcile goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// To the first proof.
    Install,
    /// To a node without our layer.
    Uninstall,
}

/// One `--plugin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginInput {
    /// The object itself.
    Json(String),
    /// `@FILE`: read at each look, so a mounted ConfigMap is followed.
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
    /// Whatever answers; never turns into `none`.
    Auto,
    /// containerd.
    Containerd,
    /// Files only.
    None,
}

/// A value that may be kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// As it is.
    Keep,
    /// This.
    Set(T),
}

/// `--systemd-cgroup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CgroupSetting {
    /// As it is.
    Keep,
    /// The kubelet's, where that cannot make a mismatch.
    Auto,
    /// This.
    Set(bool),
}

/// `--restart`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartMode {
    /// Whatever answers first of dbus, nsenter, signal.
    Auto,
    /// This one.
    By(RestartMethod),
    /// Not at all.
    Never,
}

impl Settings {
    /// Which restart methods may be asked, in the order of preference.
    pub fn methods(&self) -> Vec<RestartMethod> {
        match self.restart {
            RestartMode::Auto => vec![RestartMethod::Dbus, RestartMethod::Nsenter, RestartMethod::Signal],
            RestartMode::By(method) => vec![method],
            RestartMode::Never => Vec::new(),
        }
    }
}

/// Whether some option asks what the kubelet's files say.
pub fn asks_of_the_kubelet(settings: &Settings) -> bool {
    settings.systemd_cgroup != CgroupSetting::Keep
        && settings.goal == Goal::Install
        && settings.runtime != RuntimeKind::None
}
