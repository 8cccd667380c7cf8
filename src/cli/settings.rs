//! The settings that were typed, from the table of options.

use std::time::Duration;

use super::args::{CheckArgs, Common, InstallArgs, NodeArgs, StatusArgs, UninstallArgs, WatchArgs};
use super::duration::limit;
use super::inputs;
use super::words::{KindArg, RestartArg};
use crate::node::RestartMethod;
use crate::plan::{Goal, Layout, RestartMode, RuntimeKind, Settings, Stays, VerifyLevel};
use crate::report::{Failure, FailureCode};

impl InstallArgs {
    /// The settings that were typed.
    pub(super) fn settings(self) -> Result<Settings, Failure> {
        let plugins = inputs::plugins(&self.plugin)?;
        if self.verify != VerifyLevel::Loaded && matches!(self.common.runtime, KindArg::None) {
            let sentence = "--verify pod needs a runtime, and --runtime none uses none";
            return Err(Failure::new(FailureCode::CommandLineInvalid, sentence, "leave --verify at loaded"));
        }
        Ok(Settings {
            primary: self.primary,
            primary_dir: self.primary_dir,
            primary_timeout: limit(self.primary_timeout),
            primary_grace: self.primary_grace,
            binary_grace: self.binary_grace,
            no_wait: self.no_wait || self.common.dry_run,
            plugins,
            position: self.position,
            layout: self.layout.map(Layout::from),
            output_file: self.output_file,
            conf_mode: self.conf_mode,
            install_bins: inputs::binaries(&self.install_bin)?,
            max_conf_num: self.max_conf_num,
            conf_template: self.conf_template,
            systemd_cgroup: self.systemd_cgroup,
            sandbox_image: self.sandbox_image,
            enable_cri: self.enable_cri,
            verify: self.verify,
            ..self.common.settings(Goal::Install)?
        })
    }
}

impl WatchArgs {
    /// The settings that were typed.
    pub(super) fn settings(self) -> Result<Settings, Failure> {
        let stays = Stays { stale_after: self.stale_after };
        let stays = (!self.install.common.dry_run).then_some(stays);
        Ok(Settings { stays, ..self.install.settings()? })
    }
}

/// How long `uninstall` waits for the primary that the other owners' chain is made from.
const PRIMARY_OF_OTHERS: Duration = Duration::from_secs(10);

impl UninstallArgs {
    /// The settings that were typed.
    pub(super) fn settings(self) -> Result<Settings, Failure> {
        let plugins = inputs::plugins(&self.plugin)?;
        let primary_timeout = Some(PRIMARY_OF_OTHERS);
        Ok(Settings { primary_timeout, plugins, ..self.common.settings(Goal::Uninstall)? })
    }
}

impl StatusArgs {
    /// Settings without desired values: they only tell `status` which files to read.
    pub(super) fn settings(self) -> Result<Settings, Failure> {
        self.node.settings(Goal::Install)
    }
}

impl CheckArgs {
    /// Settings without desired values: they only tell `check` which files to read.
    pub(super) fn settings(self) -> Result<Settings, Failure> {
        self.node.settings(Goal::Install)
    }
}

impl Common {
    fn settings(self, goal: Goal) -> Result<Settings, Failure> {
        Ok(Settings {
            owner: self.owner,
            runtime: match self.runtime {
                KindArg::Auto => RuntimeKind::Auto,
                KindArg::Containerd => RuntimeKind::Containerd,
                KindArg::Crio => RuntimeKind::CriO,
                KindArg::None => RuntimeKind::None,
            },
            restart: match self.restart {
                RestartArg::Auto => RestartMode::Auto,
                RestartArg::Dbus => RestartMode::By(RestartMethod::Dbus),
                RestartArg::Nsenter => RestartMode::By(RestartMethod::Nsenter),
                RestartArg::Signal => RestartMode::By(RestartMethod::Signal),
                RestartArg::Never => RestartMode::Never,
            },
            restart_timeout: self.restart_timeout,
            // A dry run does not wait.
            restart_jitter: if self.dry_run { Duration::ZERO } else { self.restart_jitter },
            restart_quiet: if self.dry_run { Duration::ZERO } else { self.restart_quiet },
            verify_timeout: self.verify_timeout,
            dry_run: self.dry_run,
            ..self.node.settings(goal)?
        })
    }
}

impl NodeArgs {
    /// Settings without desired values.
    fn settings(self, goal: Goal) -> Result<Settings, Failure> {
        Ok(Settings {
            conf_dir: self.conf_dir,
            bin_dir: self.bin_dir,
            endpoints: inputs::endpoints(self.runtime_endpoint.as_deref())?,
            containerd_config: self.containerd_config,
            ..Settings::without_desires(goal)
        })
    }
}
