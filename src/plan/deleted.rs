//! The conf dir of `watch` was deleted while it is mounted: what is written there from now on, nobody reads.

use crate::node::{HostPath, Observed};
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::report::FailureCode;

/// Ends `watch` if what is mounted in its container is not the host's directory any more, so that the kubelet starts the
/// container again and mounts the new one. A directory that is missing below its mount is waited for instead.
pub(in crate::plan) fn check(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let dirs = &cx.desired.dirs;
    match [&dirs.conf, &dirs.primary].into_iter().find(|dir| is_deleted(cx, dir)) {
        Some(dir) if cx.settings.stays.is_some() => Err(Blocked::refused(
            FailureCode::ConfDirReplaced,
            format!("{dir} was deleted on the host, and what is mounted here is what was deleted"),
            "start the container again, so that the directory is mounted anew (the kubelet does it by itself); \
             mount the directory above it, so that a directory that is made anew is seen",
        )),
        _ => Ok(()),
    }
}

/// True if the directory, or the nearest one above it that exists, is deleted.
fn is_deleted(cx: &PlanContext<'_>, dir: &HostPath) -> bool {
    let mut dir = dir.clone();
    loop {
        match cx.node.dirs.get(&dir) {
            Some(Observed::Present(there)) => return there.deleted,
            Some(Observed::Absent) => {}
            Some(Observed::Unknown(_)) | None => return false,
        }
        let parent = dir.parent();
        if parent == dir {
            return false;
        }
        dir = parent;
    }
}
