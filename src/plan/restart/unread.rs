//! A restart that another program disturbed: it wrote the config files while the runtime started, so the runtime may have
//! read a part of one, or others than those that were judged. It is up, and its wanted values may be right by default.
//!
//! | files | what they give | plan |
//! |---|---|---|
//! | being written, or cut | not asked | wait, as for any file that is at work |
//! | at rest | what runs | the mark says that they were read |
//! | at rest | something else | one more restart, the ordinary way: judged, counted, with a rollback timer |

use std::time::Duration;

use crate::containerd::ConfigFiles;
use crate::node::{Attempt, Observed};
use crate::plan::change::{Change, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::Plan;
use crate::plan::restart::whole::Whole;
use crate::plan::restart::{at_rest, changed_files, pending_edit, validate};
use crate::plan::runtime::edit_target;
use crate::plan::runtime::main_file::{self, release};

/// How far the clock that stamps files may be behind (one tick of a kernel with 100 of them a second).
const TICK: Duration = Duration::from_millis(10);

/// Whether the runtime must be restarted because it has not read what the files say; a plan that waits, asks, or notes that
/// it has.
pub(in crate::plan) fn unread(cx: &PlanContext<'_>) -> Result<bool, Plan> {
    let Some(attempt) = cx.attempt.as_ref().filter(|attempt| attempt.is_unread()) else {
        return Ok(false);
    };
    let files = files(cx)?;
    if let Some(plan) = at_rest::awaited_of_all(cx, &files) {
        return Err(plan);
    }
    let whole = Whole::after(&files, []);
    validate::dry_loaded(cx, &whole, "as it is")?;
    if !pending_edit::differs(cx, &whole).is_empty() {
        return Ok(true);
    }
    let read = Attempt { disturbed: false, incarnation: cx.node.incarnation(), ..attempt.clone() };
    Err(Plan::steps(vec![
        Step::Change(Change::Mark(read)),
        Step::Look("the runtime, which runs on its config"),
    ]))
}

/// Whether a file of the attempt is no longer as wanted, or some file was written again after the runtime had started.
pub(in crate::plan) fn is_overwritten(cx: &PlanContext<'_>, attempt: &Attempt) -> bool {
    let (Ok(files), Some((_, start))) = (files(cx), cx.node.socket()) else { return false };
    !changed_files::stands(cx, attempt) || is_changed_since(cx, &files, start.mtime)
}

/// Whether the runtime may have read something else than what was judged. It reads its config before it makes its socket, so
/// a file that was written in between tells by what runs only.
pub(in crate::plan) fn is_disturbed(cx: &PlanContext<'_>, attempt: &Attempt) -> bool {
    if !matches!(cx.runtime(), RuntimeState::Status(_)) {
        return false;
    }
    let Ok(files) = files(cx) else { return false };
    let whole = Whole::after(&files, []);
    if is_overwritten(cx, attempt) || attempt.judged_on().is_some_and(|judged| *judged != whole.digest()) {
        return true;
    }
    let asked = cx.history.restart_of(attempt).map_or_else(|| attempt.asked(), |restart| restart.asked);
    let ago = i128::try_from((cx.now.since(asked) + TICK).as_nanos()).unwrap_or(i128::MAX);
    if !is_changed_since(cx, &files, cx.node.wall.saturating_sub(ago)) {
        return false;
    }
    let is_known = cx.node.answers.dry_loads.contains_key(&whole.digest());
    !is_known || !pending_edit::differs(cx, &whole).is_empty()
}

fn files(cx: &PlanContext<'_>) -> Result<ConfigFiles, Plan> {
    Ok(edit_target::read_at_start(cx.node, &main_file::config(cx)?, release(cx)))
}

/// Whether a file, or a directory that imports ask for, was changed at this time of the wall clock or later.
fn is_changed_since(cx: &PlanContext<'_>, files: &ConfigFiles, time: i128) -> bool {
    let there = files.files.iter().filter(|(path, bytes)| bytes.is_some() || **path == files.main);
    let mut changed = there.filter_map(|(path, _)| at_rest::changed_at(cx, path));
    let mut dirs =
        files.listings.keys().filter_map(|path| cx.node.dirs.get(path).and_then(Observed::present));
    changed.any(|changed| changed >= time) || dirs.any(|dir| dir.stamp.mtime >= time)
}
