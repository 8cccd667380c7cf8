//! Checks the permissions that the whole plan needs, before its first change (promise 10 of the contract).

use crate::node::{HostPath, Node, Observed, RECORD_DIR, RUN_DIR};
use crate::plan::change::Change;
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::settings::{RuntimeKind, Settings};
use crate::report::{Failure, FailureCode};

/// Checks that every directory that the plan writes to is the host's and writable. Other directories are not checked.
pub(in crate::plan) fn check(cx: &PlanContext<'_>, plan: &Plan) -> Result<(), Failure> {
    let mut places: Vec<HostPath> = Vec::new();
    let made: Vec<&HostPath> = plan.changes().filter_map(made).collect();
    for change in plan.changes() {
        match change {
            Change::Mark(_) | Change::Arm(_) | Change::Disarm { .. } => places.push(HostPath::known(RUN_DIR)),
            // In a container a missing directory usually exists on the node but is not mounted. The message names it,
            // and not its missing parents.
            Change::MakeDir(path) if made.iter().any(|other| is_above(path, other)) => {}
            Change::MakeDir(path) => places.push(path.clone()),
            Change::Nudge(dir) => places.push(dir.clone()),
            // For a link, the directory of the file behind it is written.
            Change::Reserve(reserve) => places.push(reserve.at.parent()),
            Change::Publish(publish) => {
                places.push(cx.node.links.get(&publish.path).unwrap_or(&publish.path).parent());
            }
            other => places.extend(other.path().map(HostPath::parent)),
        }
    }
    if !places.is_empty() {
        places.push(HostPath::known(RECORD_DIR));
    }
    places.iter().try_for_each(|place| writable(cx, place))
}

/// Checks that the chain and the binaries can be written later, before a restart for them.
pub(in crate::plan) fn for_chain(cx: &PlanContext<'_>) -> Result<(), Failure> {
    let dirs = &cx.desired.dirs;
    writable(cx, &dirs.conf)?;
    if cx.desired.binaries.is_empty() { Ok(()) } else { writable(cx, &dirs.install) }
}

/// Checks that the program's own directories can be trusted: nothing was read from those that cannot.
pub(in crate::plan) fn own_dirs(cx: &PlanContext<'_>) -> Result<(), Failure> {
    [RECORD_DIR, RUN_DIR].into_iter().try_for_each(|dir| match cx.node.dirs.get(&HostPath::known(dir)) {
        Some(Observed::Unknown(why)) => Err(Failure::new(
            FailureCode::OwnDirUntrusted,
            format!("{dir} {why}; the program trusts nothing in it and changes nothing"),
            format!(
                "run this program as root, and make {dir} a directory of root with mode 0755: look at what lies \
                 in it, then chown and chmod it, or remove it if nothing needs it"
            ),
        )),
        _ => Ok(()),
    })
}

fn made(change: &Change) -> Option<&HostPath> {
    if let Change::MakeDir(path) = change { Some(path) } else { None }
}

fn is_above(path: &HostPath, other: &HostPath) -> bool {
    other.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

fn writable(cx: &PlanContext<'_>, place: &HostPath) -> Result<(), Failure> {
    let Some((at, dir)) = cx.node.nearest(place) else {
        return Err(Failure::new(
            FailureCode::PathUnseen,
            format!("{place} is not visible here, but the plan writes into it"),
            format!("mount {place} from the host"),
        ));
    };
    mounted(cx, place)?;
    if let Some(why) = &dir.write_denied {
        return Err(Failure::new(
            FailureCode::ReadOnlyMount,
            format!("{at}, on the mount {}, cannot be written: {why}", dir.mount.point),
            "mount it read-write, and run as root with CAP_DAC_OVERRIDE (SELinux hosts: as spc_t)",
        ));
    }
    Ok(())
}

/// True if a directory is the container's own, although another process has to find the files in it: with `--runtime
/// none` no other process has to.
pub fn lies_on_own_root(node: &Node, settings: &Settings, place: &HostPath) -> bool {
    let asked = node.in_container && settings.runtime != RuntimeKind::None;
    asked && node.nearest(place).is_some_and(|(_, dir)| dir.mount.own_root)
}

/// Checks that a directory is the host's, and not the container's own.
pub(in crate::plan) fn mounted(cx: &PlanContext<'_>, place: &HostPath) -> Result<(), Failure> {
    if lies_on_own_root(cx.node, cx.settings, place) {
        return Err(Failure::new(
            FailureCode::MountMissing,
            format!(
                "{place} is not mounted from the host: it lies on the container's own root, and is lost with the \
                 container"
            ),
            format!("mount the host directory {place} below --host-root (hostPath, type DirectoryOrCreate)"),
        ));
    }
    Ok(())
}
