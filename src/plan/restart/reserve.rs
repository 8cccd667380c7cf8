//! The room that a rollback needs, reserved before the first config file is new.
//!
//! A disk may be full, to the last block and the last inode, when the runtime refuses the new config. So the bytes that a
//! rollback restores already lie beside their file, and the program and `roll-back.sh` only rename them. A file that did
//! not exist before is removed, which needs no room.

use crate::containerd::{self, ConfigFiles, Request};
use crate::node::{Attempt, Before, Changed, HostPath};
use crate::plan::change::{Change, Reserve, Step};
use crate::plan::context::PlanContext;
use crate::plan::restart::whole::Whole;
use crate::plan::runtime::edit_target;
use crate::plan::runtime::main_file::{self, release};

/// Reserves the bytes from before of every file that these steps change for the attempt.
pub(in crate::plan) fn reserves(cx: &PlanContext<'_>, attempt: &Attempt, publish: &[Step]) -> Vec<Step> {
    let Ok(config) = main_file::config(cx) else { return Vec::new() };
    let files = edit_target::read_at_start(cx.node, &config, release(cx));
    let files = Whole::once(&files, publish).files;
    let reserves = attempt.changed.iter().filter_map(|changed| reserve(cx, changed));
    reserves
        .filter(|reserve| !is_imported(cx, &files, &reserve.at))
        .map(|reserve| Step::Change(Change::Reserve(reserve)))
        .collect()
}

fn reserve(cx: &PlanContext<'_>, changed: &Changed) -> Option<Reserve> {
    let Before::Bytes(bytes) = &changed.before else { return None };
    if cx.node.is_reserved(&changed.path, &changed.digest_before()?) {
        return None;
    }
    let at = cx.node.reserve_of(&changed.path)?;
    Some(Reserve { of: changed.path.clone(), at, bytes: bytes.clone().into() })
}

/// True if a pattern of `imports` matches the name: Go's `*` matches hidden files too, and containerd would read it.
fn is_imported(cx: &PlanContext<'_>, files: &ConfigFiles, at: &HostPath) -> bool {
    let mut files = files.clone();
    if let Some(Some(names)) = files.listings.get_mut(&at.parent()) {
        names.push(at.name().to_owned());
    }
    containerd::wants_read(&files, release(cx)).contains(&Request::File(at.clone()))
}

/// Removes the reserves of a restart that ends now.
pub(in crate::plan) fn released(cx: &PlanContext<'_>, attempt: &Attempt) -> Vec<Step> {
    let all = attempt.changed.iter().filter_map(|changed| cx.node.reserve_of(&changed.path));
    let there = all.filter(|at| is_needed(cx, at));
    there.map(|at| Step::Change(Change::Sweep(at))).collect()
}

/// True if the file is the reserve of a restart that is neither settled nor rolled back.
pub(in crate::plan) fn is_needed(cx: &PlanContext<'_>, at: &HostPath) -> bool {
    let attempt = cx.attempt.clone().or_else(|| Some(cx.node.unverified()?.attempt));
    let Some(attempt) = attempt.filter(Attempt::is_unproven) else { return false };
    attempt.changed.iter().any(|changed| {
        let before = changed.digest_before();
        cx.node.reserve_of(&changed.path).as_ref() == Some(at)
            && before.is_some_and(|before| cx.node.is_reserved(&changed.path, &before))
    })
}
