//! A restart that another program disturbed: it wrote the config files while the runtime started. The runtime may
//! have read a part of a file, or other files than those that were judged. It is up, and its values may be right by
//! default.
//!
//! | files | values in the files | plan |
//! |---|---|---|
//! | being written, or cut off | unknown | wait, as for any file that is being written |
//! | at rest | equal to the live ones | the mark records that the files were read |
//! | at rest | other than the live ones | one more restart: judged, counted, with a rollback timer |

use std::time::Duration;

use crate::containerd::ConfigFiles;
use crate::node::{Attempt, Observed};
use crate::plan::blocked::{Blocked, if_possible};
use crate::plan::change::{Change, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::draft::Draft;
use crate::plan::restart::whole::Whole;
use crate::plan::restart::{at_rest, changed_files, pending_edit, validate};
use crate::plan::runtime::edit_target;
use crate::plan::runtime::main_file::{self, release};

/// The resolution of the clock that stamps files (one tick of a kernel with 100 ticks a second).
const TICK: Duration = Duration::from_millis(10);

/// Has the runtime not read the current config files?
pub(in crate::plan) enum Unread {
    /// It has read them, as far as is known.
    No,
    /// The values of the files differ from the live ones, so the runtime must be restarted.
    Yes,
    /// It runs with the values of the files; these steps record that.
    Noted(Vec<Step>),
}

impl Unread {
    /// True if the runtime must be restarted. `None` if it runs with the values of the files; the draft has the steps that
    /// record it then.
    pub(in crate::plan) fn noted(self, draft: &mut Draft) -> Option<bool> {
        match self {
            Self::No => Some(false),
            Self::Yes => Some(true),
            Self::Noted(steps) => {
                draft.steps.extend(steps);
                None
            }
        }
    }
}

/// Has the runtime not read the current config files, after another program wrote them during its start? Blocked until
/// they are at rest.
pub(in crate::plan) fn unread(cx: &PlanContext<'_>) -> Result<Unread, Blocked> {
    let Some(attempt) = cx.attempt.as_ref().filter(|attempt| attempt.is_unread()) else {
        return Ok(Unread::No);
    };
    let files = files(cx)?;
    at_rest::awaited_of_all(cx, &files)?;
    let whole = Whole::after(&files, []);
    validate::dry_loaded(cx, &whole, "as it is")?;
    if !pending_edit::differs(cx, &whole).is_empty() {
        return Ok(Unread::Yes);
    }
    let read = Attempt { disturbed: false, incarnation: cx.node.incarnation(), ..attempt.clone() };
    Ok(Unread::Noted(vec![
        Step::Change(Change::Mark(read)),
        Step::Look("the runtime, which runs on its config"),
    ]))
}

/// True if a file of the attempt was overwritten, or a file was written after the runtime had started.
pub(in crate::plan) fn is_overwritten(cx: &PlanContext<'_>, attempt: &Attempt) -> bool {
    let (Ok(files), Some((_, start))) = (files(cx), cx.node.socket()) else { return false };
    !changed_files::stands(cx, attempt) || is_changed_since(cx, &files, start.mtime)
}

/// True if the runtime may have read other bytes than those that were judged. It reads its config before it creates its
/// socket. So a file that was written between the request and the socket may have been read or not, and only the live
/// values tell.
pub(in crate::plan) fn is_disturbed(cx: &PlanContext<'_>, attempt: &Attempt) -> bool {
    if !matches!(cx.runtime(), RuntimeState::Status(_)) {
        return false;
    }
    let files = match if_possible(files(cx)) {
        Ok(Some(files)) => files,
        Ok(None) => return false,
        // If it is not known which files the runtime reads, nobody has seen that they stayed unchanged.
        Err(_) => return true,
    };
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

fn files(cx: &PlanContext<'_>) -> Result<ConfigFiles, Blocked> {
    Ok(edit_target::read_at_start(cx.node, &main_file::config(cx)?, release(cx)))
}

/// True if a file, or a directory of an import pattern, was changed at this time of the wall clock or later.
fn is_changed_since(cx: &PlanContext<'_>, files: &ConfigFiles, time: i128) -> bool {
    let there = files.files.iter().filter(|(path, bytes)| bytes.is_some() || **path == files.main);
    let mut changed = there.filter_map(|(path, _)| at_rest::changed_at(cx, path));
    let mut dirs =
        files.listings.keys().filter_map(|path| cx.node.dirs.get(path).and_then(Observed::present));
    changed.any(|changed| changed >= time) || dirs.any(|dir| dir.stamp.mtime >= time)
}
