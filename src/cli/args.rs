//! The table of options and environment variables. Help, completions and the docs are made from it.
#![allow(clippy::doc_markdown, reason = "these comments are the help texts, which have no markup")]

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueHint};

use super::duration::span;
use super::examples;
use super::inputs;
use super::profiles;
use super::words::{
    CheckFormat, FindingsFormat, Format, KindArg, LayoutArg, LogFormat, OnFailure, RestartArg, Shell,
};
use crate::cni::{Position, Selector};
use crate::node::HostPath;
use crate::plan::{CgroupSetting, Setting, VerifyLevel};

/// Brings a Kubernetes node's pod network up, and verifies with the runtime that it is up.
#[derive(Debug, Parser)]
#[command(name = "cni-bootstrap", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Wait for the primary, chain the plugins, configure the runtime, publish the chain, verify it, exit
    #[command(after_help = examples::INSTALL)]
    Install(Box<InstallArgs>),
    /// Install, then stay: chain again after each change of the primary, the chain, the binaries or the runtime
    #[command(after_help = examples::WATCH)]
    Watch(Box<WatchArgs>),
    /// Undo exactly what the record says was written, and verify that the runtime runs the primary again
    #[command(after_help = examples::UNINSTALL)]
    Uninstall(Box<UninstallArgs>),
    /// Say what is wrong with this node's network, why, and how to mend it; change nothing
    #[command(after_help = examples::CHECK)]
    Check(CheckArgs),
    /// Show the files, the network, the runtime and its values, and what of it is this program's; judge and change nothing
    #[command(after_help = examples::STATUS)]
    Status(StatusArgs),
    /// Find in Kubernetes manifests what would keep pods from their network
    #[command(after_help = examples::LINT)]
    Lint(LintArgs),
    /// List the profiles, or print the options that one stands for; needs no privileges, changes nothing
    #[command(after_help = examples::PROFILES)]
    Profiles(ProfilesArgs),
    /// Print the script with which a shell completes verbs and options; needs no privileges, changes nothing
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
}

/// Where a node is looked at.
#[derive(Clone, Debug, Args)]
pub struct NodeArgs {
    /// Where the host's root is mounted; every host path is resolved inside it, symbolic links included
    #[arg(long, env = "CNI_BOOTSTRAP_HOST_ROOT", value_name = "PATH", default_value = "/")]
    pub host_root: PathBuf,
    /// CNI configuration directory [default: the runtime's own answer, else /etc/cni/net.d]
    #[arg(long, env = "CNI_BOOTSTRAP_CONF_DIR", value_name = "PATH")]
    pub conf_dir: Option<HostPath>,
    /// CNI plugin directory [default: the runtime's own answer, else /opt/cni/bin]
    #[arg(long, env = "CNI_BOOTSTRAP_BIN_DIR", value_name = "PATH")]
    pub bin_dir: Option<HostPath>,
    /// CRI socket [default: unix:///run/containerd/containerd.sock, then those of k3s, microk8s, k0s and CRI-O]
    #[arg(long, env = "CNI_BOOTSTRAP_RUNTIME_ENDPOINT", value_name = "URI")]
    pub runtime_endpoint: Option<String>,
    /// containerd's config file [default: the file that the running containerd was started with]
    #[arg(long, env = "CNI_BOOTSTRAP_CONTAINERD_CONFIG", value_name = "PATH")]
    pub containerd_config: Option<HostPath>,
}

/// How to log.
#[derive(Clone, Debug, Args)]
pub struct LogArgs {
    /// Format of the log on standard error [default: text on a terminal, else json]
    #[arg(long, env = "CNI_BOOTSTRAP_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Least severe level to log: error, warn, info, debug, trace
    #[arg(long, env = "CNI_BOOTSTRAP_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    pub log_level: tracing::Level,
}

/// How findings are judged and shown.
#[derive(Clone, Debug, Args)]
pub struct FindingsArgs {
    /// Count warnings as problems too (exit code 20)
    #[arg(long, env = "CNI_BOOTSTRAP_STRICT")]
    pub strict: bool,
    /// Format of the findings on standard output
    #[arg(long, env = "CNI_BOOTSTRAP_OUTPUT", value_name = "FORMAT", default_value = "text")]
    pub output: FindingsFormat,
}

/// The options of `install` and `uninstall`.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The node.
    #[command(flatten)]
    pub node: NodeArgs,
    /// The owner of this layer; it names the record. Several owners on one node compose [default: type of the first --plugin;
    /// node without one]
    #[arg(long, env = "CNI_BOOTSTRAP_OWNER", value_name = "NAME")]
    pub owner: Option<String>,
    /// The runtime; auto waits for its socket for --restart-timeout; install refuses crio, which is not judged yet; none
    /// only writes the files
    #[arg(long, env = "CNI_BOOTSTRAP_RUNTIME", value_name = "KIND", default_value = "auto")]
    pub runtime: KindArg,
    /// How to restart the runtime if its live values differ; auto tries dbus, then nsenter, then signal
    #[arg(long, env = "CNI_BOOTSTRAP_RESTART", value_name = "MODE", default_value = "auto")]
    pub restart: RestartArg,
    /// How long to wait until the runtime answers again after a restart
    #[arg(long, env = "CNI_BOOTSTRAP_RESTART_TIMEOUT", value_name = "DUR", default_value = "180s", value_parser = span)]
    pub restart_timeout: Duration,
    /// Longest random delay before a restart, so that a fleet does not restart at once; not used while pods start
    /// without the chain
    #[arg(long, env = "CNI_BOOTSTRAP_RESTART_JITTER", value_name = "DUR", default_value = "0", value_parser = span)]
    pub restart_jitter: Duration,
    /// Shortest time between two restarts, whoever made the first; not used while pods start without the chain
    #[arg(long, env = "CNI_BOOTSTRAP_RESTART_QUIET", value_name = "DUR", default_value = "30s", value_parser = span)]
    pub restart_quiet: Duration,
    /// How long to wait until the runtime says that it runs the chain, and how long the pod of --verify pod may take; 0
    /// skips the proof
    #[arg(long, env = "CNI_BOOTSTRAP_VERIFY_TIMEOUT", value_name = "DUR", default_value = "60s", value_parser = span)]
    pub verify_timeout: Duration,
    /// Print the plan with diffs and change nothing
    #[arg(long, env = "CNI_BOOTSTRAP_DRY_RUN")]
    pub dry_run: bool,
    /// Format of the report on standard output
    #[arg(long, env = "CNI_BOOTSTRAP_OUTPUT", value_name = "FORMAT", default_value = "text")]
    pub output: Format,
    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The options of `install`.
#[derive(Clone, Debug, Args)]
pub struct InstallArgs {
    /// Those that every verb knows.
    #[command(flatten)]
    pub common: Common,
    /// Options of a known product and platform, which every other option and variable can replace; see the verb
    /// profiles
    #[arg(long, env = "CNI_BOOTSTRAP_PROFILE", value_name = "NAME", value_parser = profiles::names(), hide_possible_values = true)]
    pub profile: Option<String>,
    /// The primary: a file name, a glob, network=NAME or type=PLUGIN [default: the first file that the runtime would
    /// load, except for other packages' defaults]
    #[arg(long, env = "CNI_BOOTSTRAP_PRIMARY", value_name = "SELECTOR")]
    pub primary: Option<Selector>,
    /// Directory of the primary, if the runtime does not read that directory [default: --conf-dir]
    #[arg(long, env = "CNI_BOOTSTRAP_PRIMARY_DIR", value_name = "PATH")]
    pub primary_dir: Option<HostPath>,
    /// How long to wait for a valid primary and for plugin binaries; 0: no limit
    #[arg(long, env = "CNI_BOOTSTRAP_PRIMARY_TIMEOUT", value_name = "DUR", default_value = "5m", value_parser = span)]
    pub primary_timeout: Duration,
    /// How long to wait for a primary instead, while the runtime has the last good chain loaded
    #[arg(long, env = "CNI_BOOTSTRAP_PRIMARY_GRACE", value_name = "DUR", default_value = "10s", value_parser = span)]
    pub primary_grace: Duration,
    /// How long to wait for a binary that the primary or the runtime needs without the chain (ipam, delegates,
    /// loopback); after that the run reports a finding and continues
    #[arg(long, env = "CNI_BOOTSTRAP_BINARY_GRACE", value_name = "DUR", default_value = "30s", value_parser = span)]
    pub binary_grace: Duration,
    /// Do not wait: if the primary or a binary is missing, change nothing and exit 0
    #[arg(long, env = "CNI_BOOTSTRAP_NO_WAIT")]
    pub no_wait: bool,
    /// First interval of the poll that backs up the file events
    #[arg(long, env = "CNI_BOOTSTRAP_BACKOFF_INITIAL", value_name = "DUR", default_value = "100ms", value_parser = span)]
    pub backoff_initial: Duration,
    /// Longest interval of the poll that backs up the file events
    #[arg(long, env = "CNI_BOOTSTRAP_BACKOFF_MAX", value_name = "DUR", default_value = "10s", value_parser = span)]
    pub backoff_max: Duration,
    /// Plugin object to chain, or @FILE, or @- for standard input; repeatable, in order [env:
    /// CNI_BOOTSTRAP_PLUGIN, one a line]
    #[arg(long, value_name = "JSON|@FILE")]
    pub plugin: Vec<String>,
    /// Where the plugins go: first, last, before=TYPE, after=TYPE
    #[arg(long, env = "CNI_BOOTSTRAP_POSITION", value_name = "POS", default_value = "last")]
    pub position: Position,
    /// What is published: own-file (a file of its own with the chain), in-place (the chain in the primary's own file), or
    /// none (no chain; the primary itself is what is verified) [default: own-file; none without a --plugin]
    #[arg(long, env = "CNI_BOOTSTRAP_LAYOUT", value_name = "LAYOUT")]
    pub layout: Option<LayoutArg>,
    /// Name of the chain's file [default: 05-OWNER.conflist, or 00-OWNER.conflist where the primary sorts before that; of
    /// several owners the first in byte order]
    #[arg(long, env = "CNI_BOOTSTRAP_OUTPUT_FILE", value_name = "NAME")]
    pub output_file: Option<String>,
    /// Mode of the files that this program creates; an existing file keeps its mode, owner and label
    #[arg(long, env = "CNI_BOOTSTRAP_CONF_MODE", value_name = "MODE", default_value = "0600", value_parser = inputs::mode)]
    pub conf_mode: u32,
    /// Plugin binary, or a directory of them, to install into the bin dir, as NAME if given; repeatable [env:
    /// CNI_BOOTSTRAP_INSTALL_BIN, one a line]
    #[arg(long, value_name = "[NAME=]PATH")]
    pub install_bin: Vec<String>,
    /// Desired max_conf_num, or keep; refused if the runtime would then load another file beside the chain [default: 1;
    /// keep with the layouts in-place and none]
    #[arg(long, env = "CNI_BOOTSTRAP_MAX_CONF_NUM", value_name = "N|keep", value_parser = inputs::max_conf_num, allow_hyphen_values = true)]
    pub max_conf_num: Option<Setting<i64>>,
    /// Desired conf_template, none or keep; a bare file name means that file in the conf dir
    #[arg(long, env = "CNI_BOOTSTRAP_CONF_TEMPLATE", value_name = "PATH|none|keep", default_value = "keep", value_parser = inputs::conf_template)]
    pub conf_template: Setting<String>,
    /// Desired SystemdCgroup of the default runtime and of every runtime of type runc: true, false, keep, or auto (the
    /// kubelet's driver, unless the kubelet asks the runtime for it)
    #[arg(long, env = "CNI_BOOTSTRAP_SYSTEMD_CGROUP", value_name = "auto|true|false|keep", default_value = "keep", value_parser = inputs::systemd_cgroup)]
    pub systemd_cgroup: CgroupSetting,
    /// Desired sandbox (pause) image, or keep
    #[arg(long, env = "CNI_BOOTSTRAP_SANDBOX_IMAGE", value_name = "REF|keep", default_value = "keep", value_parser = inputs::sandbox_image)]
    pub sandbox_image: Setting<String>,
    /// Enable CRI in a config that disables it (disabled_plugins, as in Docker's package)
    #[arg(long, env = "CNI_BOOTSTRAP_ENABLE_CRI")]
    pub enable_cri: bool,
    /// Proof of success: loaded (the runtime says that it has loaded the chain), or pod (a sandbox is started and removed
    /// as well; refused if a plugin may need the Kubernetes API for it, unless it is pod!)
    #[arg(long, env = "CNI_BOOTSTRAP_VERIFY", value_name = "LEVEL", default_value = "loaded", value_parser = inputs::verify)]
    pub verify: VerifyLevel,
    /// Exit code of a failure: fail keeps it; continue replaces 3 to 9 by 0, for pods whose own agent works without the
    /// chain
    #[arg(
        long,
        env = "CNI_BOOTSTRAP_ON_FAILURE",
        value_name = "fail|continue",
        default_value = "fail",
        hide_possible_values = true
    )]
    pub on_failure: OnFailure,
}

/// The options of `watch`.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// Those of `install`.
    #[command(flatten)]
    pub install: InstallArgs,
    /// How long a chain counts as good whose primary is gone; after that /readyz says no
    #[arg(long, env = "CNI_BOOTSTRAP_STALE_AFTER", value_name = "DUR", default_value = "1h", value_parser = span)]
    pub stale_after: Duration,
    /// Where to serve /startupz, /readyz, /healthz and /metrics: ADDRESS:PORT or unix:PATH; repeatable [default: nowhere]
    /// [env: CNI_BOOTSTRAP_LISTEN, one a line]
    #[arg(long, value_name = "ADDR")]
    pub listen: Vec<String>,
}

/// The options of `uninstall`.
#[derive(Clone, Debug, Args)]
pub struct UninstallArgs {
    /// Those that every verb knows.
    #[command(flatten)]
    pub common: Common,
    /// Plugin object that was chained; its type is the owner's name without --owner [env: CNI_BOOTSTRAP_PLUGIN]
    #[arg(long, value_name = "JSON|@FILE")]
    pub plugin: Vec<String>,
}

/// The options of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Explain a message of the kubelet, the runtime or a plugin, such as the events of kubectl describe pod; - reads
    /// it from standard input
    #[arg(long, env = "CNI_BOOTSTRAP_WHY", value_name = "TEXT|-", allow_hyphen_values = true, value_parser = NonEmptyStringValueParser::new())]
    pub why: Option<String>,
    /// Start one sandbox and remove it, and say what keeps pods from starting; --pod=force also with plugins that may
    /// need the Kubernetes API for it
    #[arg(long, env = "CNI_BOOTSTRAP_POD", value_name = "force", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = inputs::pod)]
    pub pod: Option<VerifyLevel>,
    /// The node.
    #[command(flatten)]
    pub node: NodeArgs,
    /// Count warnings as problems too (exit code 20)
    #[arg(long, env = "CNI_BOOTSTRAP_STRICT")]
    pub strict: bool,
    /// Format of the findings on standard output: text, json, sarif, or npd, for a custom plugin of
    /// node-problem-detector: one short line, exit code 0, 1 for a problem, 2 if nothing could be seen
    #[arg(
        long,
        env = "CNI_BOOTSTRAP_OUTPUT",
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    pub output: CheckFormat,
    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The options of `status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The node.
    #[command(flatten)]
    pub node: NodeArgs,
    /// Format on standard output
    #[arg(long, env = "CNI_BOOTSTRAP_OUTPUT", value_name = "FORMAT", default_value = "text")]
    pub output: Format,
    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The options of `lint`.
#[derive(Clone, Debug, Args)]
pub struct LintArgs {
    /// Manifests, YAML or JSON: files, directories (*.yaml, *.yml and *.json below them), or - for standard input
    #[arg(required = true, value_name = "FILE|-", value_hint = ValueHint::AnyPath)]
    pub inputs: Vec<String>,
    /// The findings.
    #[command(flatten)]
    pub findings: FindingsArgs,
    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
}

/// What `profiles` is asked for.
#[derive(Clone, Debug, Args)]
pub struct ProfilesArgs {
    /// The profile; without it all are listed
    #[arg(value_name = "NAME", value_parser = profiles::names(), hide_possible_values = true)]
    pub name: Option<String>,
}

/// What `completions` is asked for.
#[derive(Clone, Copy, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}
