//! Checks that all required files can be read (promise 10 of the contract). A file without read permission is neither
//! absent nor about to appear, so the run does not wait for it.

use crate::cni;
use crate::node::{DENIED, HostPath, Observed, RECORD_DIR, RUN_DIR};
use crate::plan::context::PlanContext;
use crate::plan::decision::{Outcome, Plan};
use crate::plan::resolve::is_denied;
use crate::plan::settings::{Goal, asks_of_the_kubelet};
use crate::report::{Exit, Failure, FailureCode};

/// Checks the paths that every plan needs: the conf dir and its loadable files, the records, the restart's mark, and
/// the kubelet's files if an option needs them.
pub(in crate::plan) fn check(cx: &PlanContext<'_>) -> Result<(), Failure> {
    let dirs = &cx.desired.dirs;
    let own = [HostPath::known(RECORD_DIR), HostPath::known(RUN_DIR)];
    let mut read: Vec<&HostPath> = own.iter().chain([&dirs.conf]).collect();
    if cx.settings.goal == Goal::Install {
        read.push(&dirs.primary);
    }
    if let Some(dir) = read.iter().find(|dir| cx.node.dirs.get(**dir).is_some_and(Observed::is_denied)) {
        return Err(refusal(dir));
    }
    let asks_kubelet = asks_of_the_kubelet(cx.settings);
    let matters = |path: &HostPath| {
        let dir = path.parent();
        let is_own = own.contains(&dir) && has_extension(path, "json");
        let is_loaded = read.contains(&&dir) && cni::extension(path.name()).is_some();
        let is_kubelet = path.as_str().contains("kubelet") && asks_kubelet;
        is_own || is_loaded || is_kubelet
    };
    let mut files = cx.node.files.iter();
    match files.find(|(path, observed)| is_denied(observed) && matters(path)) {
        Some((path, _)) => Err(refusal(path)),
        None => Ok(()),
    }
}

/// Replaces the failure of a plan that could not read the runtime's config: missing permission is not an unpatchable
/// config.
pub(in crate::plan) fn of_config(cx: &PlanContext<'_>, plan: Plan) -> Plan {
    if !matches!(&plan.outcome, Outcome::Fail(failure) if failure.exit() == Exit::Config) {
        return plan;
    }
    let config = |path: &HostPath| has_extension(path, "toml");
    match cx.node.files.iter().find(|(path, observed)| is_denied(observed) && config(path)) {
        Some((path, _)) => plan.refused(refusal(path)),
        None => plan,
    }
}

fn has_extension(path: &HostPath, extension: &str) -> bool {
    path.name().rsplit_once('.').is_some_and(|(_, end)| end == extension)
}

fn refusal(path: &HostPath) -> Failure {
    Failure::new(
        FailureCode::AccessDenied,
        format!("{path} cannot be read: {DENIED}"),
        "run as root with CAP_DAC_OVERRIDE (SELinux hosts: as spc_t)",
    )
}
