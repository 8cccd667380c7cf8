//! The config file that the runtime was started with, and the files that it imports.

use crate::containerd::ConfigPath;
use crate::node::{HostPath, Node, Observed, Release, Service};
use crate::plan::blocked::Blocked;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::grants::mounted;
use crate::plan::restart::service::service;
use crate::plan::settings::Settings;
use crate::report::FailureCode;

/// The config file that the runtime was started with.
pub(in crate::plan) fn config(cx: &PlanContext<'_>) -> Result<HostPath, Blocked> {
    let service = service(cx)?;
    if let (Some(word), None) = (&service.unresolved, &cx.settings.containerd_config) {
        return Err(Blocked::refused(
            FailureCode::ConfigPathUnknown,
            format!(
                "containerd is started with {word:?}, and its unit alone does not say which config file that is"
            ),
            "name the file with --containerd-config, or make the process visible (hostPID: true)",
        ));
    }
    let config = started_with(cx.settings, service);
    // A missing file in a directory that is not the host's says nothing about the runtime's config.
    mounted(cx, &config.parent())?;
    if leads_nowhere(cx.node, &config) {
        return Err(Blocked::refused(
            FailureCode::PathUnseen,
            format!("{config} is a symbolic link, and its target is not visible from here"),
            "mount the directory of its target from the host, below --host-root, or name the file itself with \
             --containerd-config",
        ));
    }
    Ok(config)
}

/// True for a symlink that dangles from here. Its target is not created: on the host it may exist.
fn leads_nowhere(node: &Node, path: &HostPath) -> bool {
    let listed = node.dirs.get(&path.parent()).and_then(Observed::present);
    let listed = listed.is_some_and(|dir| dir.names.contains(path.name()) && !dir.dirs.contains(path.name()));
    listed && node.file(path).is_absent()
}

/// The config file that the runtime was started with: the setting, else the service's, else the default.
pub fn started_with(settings: &Settings, service: &Service) -> HostPath {
    let typed = settings.containerd_config.clone();
    typed.or_else(|| service.config.clone()).unwrap_or_else(|| HostPath::known(ConfigPath::DEFAULT))
}

/// The release of the runtime, by its last report.
pub(in crate::plan) fn release(cx: &PlanContext<'_>) -> Option<Release> {
    match cx.runtime() {
        RuntimeState::Status(status) => status.release,
        _ => None,
    }
}
