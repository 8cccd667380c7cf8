//! The effect of each change on the node.

use std::sync::Arc;

use super::context::ApplyContext;
use super::error::ApplyError;
use super::intend::Intent;
use super::mark;
use crate::host::publish::{self, FileShape, Staged};
use crate::host::{Root, restart, trust};
use crate::node::{
    Before, HostPath, IoFailed, Kind, Node, Observed, ROLLBACK_SCRIPT, RUN_DIR, RestartMethod, SAVED_DIR,
};
use crate::plan::{Change, Mode, Publish, RollbackTimer, Source, record_path};

/// The number of changes that form one batch. Binaries are installed all or none, so all of them are written before
/// the first is renamed.
pub(super) fn batch(changes: &[&Change]) -> usize {
    let binaries = changes.iter().take_while(|change| is_binary(change)).count();
    binaries.max(1)
}

fn is_binary(change: &Change) -> bool {
    matches!(change, Change::Publish(Publish { kind: Kind::Binary, .. }))
}

/// Applies the changes of one batch.
pub(super) fn make(
    root: &Arc<Root>,
    context: &ApplyContext,
    node: &Node,
    intent: &Intent,
    changes: &[&Change],
) -> Result<(), ApplyError> {
    if changes.len() > 1 {
        let staged: Vec<Staged> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Publish(publish) => Some(stage(root, intent, publish)),
                _ => None,
            })
            .collect::<Result<_, IoFailed>>()?;
        intent.hold()?;
        return Ok(staged.into_iter().try_for_each(Staged::commit)?);
    }
    changes.iter().try_for_each(|change| one(root, context, node, intent, change))
}

fn one(
    root: &Arc<Root>,
    context: &ApplyContext,
    node: &Node,
    intent: &Intent,
    change: &Change,
) -> Result<(), ApplyError> {
    if !matches!(change, Change::Publish(_)) {
        intent.hold()?;
    }
    match change {
        Change::MakeDir(path) => Ok(publish::make_dir(root, path)?),
        Change::Publish(publish) => {
            let staged = stage(root, intent, publish)?;
            intent.hold()?;
            if matches!(publish.source, Source::InPlace { .. }) {
                root.keep_open(&publish.path);
            }
            // This check comes as late as possible: nothing is written or awaited between it and the rename.
            if super::basis::changed(root, node, &publish.path) {
                return Err(ApplyError::Stale(publish.path.clone()));
            }
            Ok(staged.commit()?)
        }
        Change::Reserve(reserve) => {
            Ok(publish::reserve(root, &reserve.of, &reserve.bytes, FileShape::OF_CONFIG)?)
        }
        Change::Link { path, target, .. } => {
            if super::basis::changed(root, node, path) {
                return Err(ApplyError::Stale(path.clone()));
            }
            Ok(publish::link(root, path, target)?)
        }
        Change::Retire(path) => {
            root.keep_open(path);
            if super::basis::changed(root, node, path) {
                return Err(ApplyError::Stale(path.clone()));
            }
            Ok(publish::remove(root, path)?)
        }
        Change::Remove { path, .. } | Change::Sweep(path) => Ok(publish::remove(root, path)?),
        Change::RemoveDir(path) => Ok(publish::remove_dir(root, path)?),
        Change::Nudge(dir) => Ok(publish::nudge(root, dir)?),
        Change::Mark(attempt) => mark::mark(root, context, node, attempt),
        Change::Arm(timer) => arm(root, timer),
        Change::Disarm { by } => disarm(root, *by),
        Change::Restart { by, unit, pid, comes_up, .. } => {
            // The bytes of the plan were judged. If another program wrote since, its bytes must be judged too.
            if let Some(path) = super::basis::not_judged(root, comes_up) {
                return Err(ApplyError::Stale(path));
            }
            restart::restart(root, *by, unit.as_deref(), *pid, context.patience)
                .map_err(|failed| ApplyError::Restart { by: *by, asked: failed.asked, why: failed.why })
        }
        Change::ResetFailed { unit, by } => {
            // A unit that did not fail needs no reset. The restart after it reports what matters.
            let _ = restart::reset_failed(root, *by, unit);
            Ok(())
        }
        Change::Forget => {
            let record = record_path(&context.recording.owner);
            for saved in node.saved_alone(&context.recording.owner) {
                publish::remove(root, &saved)?;
            }
            publish::remove_dir(root, &HostPath::known(SAVED_DIR))?;
            Ok(publish::remove(root, &record)?)
        }
    }
}

/// A full file system is not an error here.
fn unless_full(error: IoFailed) -> Result<(), IoFailed> {
    if error.lacks_room() { Ok(()) } else { Err(error) }
}

/// Writes the saved bytes, then the script, then starts the timer: all that the timer runs is complete before it can
/// run.
fn arm(root: &Root, timer: &RollbackTimer) -> Result<(), ApplyError> {
    let run = HostPath::known(RUN_DIR);
    let write = |path: &HostPath, bytes: &[u8]| {
        let written = publish::publish(root, path, &mut &*bytes, FileShape::OWN, None).map(drop);
        // The script and the bytes of the first timer are still there for a restart that rolls back.
        written.or_else(|error| if timer.needed { Err(error) } else { unless_full(error) })
    };
    trust::make(root, &run)?;
    for changed in &timer.changed {
        if let (Some(name), Before::Bytes(bytes)) = (changed.kept_as(), &changed.before) {
            write(&run.join(&name), bytes)?;
        }
    }
    write(&HostPath::known(ROLLBACK_SCRIPT), timer.script().as_bytes())?;
    // If the rollback timer cannot be armed, the restart method cannot be used. Nothing was restarted yet.
    match crate::host::rollback_timer::arm(root, timer.by, timer.after) {
        Err(why) if timer.needed => Err(ApplyError::Restart {
            by: timer.by,
            asked: false,
            why: format!("the rollback timer cannot be started: {why}"),
        }),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes the script first: without it the timer does nothing.
fn disarm(root: &Root, by: Option<RestartMethod>) -> Result<(), ApplyError> {
    let script = HostPath::known(ROLLBACK_SCRIPT);
    publish::remove(root, &script)?;
    // A timer that cannot be stopped has no script to run.
    let _ = by.map(|by| crate::host::rollback_timer::stop(root, by));
    let run = HostPath::known(RUN_DIR);
    if let Observed::Present(dir) = crate::host::read::host_dir(root, &run) {
        for name in dir.names.iter().filter(|name| crate::plan::is_of_rollback_timer(name)) {
            publish::remove(root, &run.join(name))?;
        }
    }
    Ok(())
}

/// Writes a temporary file beside the target, or takes the reserve that keeps the same bytes.
fn stage(root: &Root, _intent: &Intent, publish: &Publish) -> Result<Staged, IoFailed> {
    // Only the runtime's config can lie behind a symbolic link (microk8s, Nix). At any other path the link itself is
    // replaced.
    let through_link = publish.kind == Kind::Config;
    let look = match publish.mode {
        Mode::New(mode) => FileShape { mode, keep_existing: true, through_link },
        Mode::Exactly(mode) => FileShape { mode, keep_existing: false, through_link },
    };
    let digest = publish.source.digest();
    if through_link && let Some(reserved) = Staged::reserved(root, &publish.path, &digest) {
        return Ok(reserved);
    }
    match &publish.source {
        Source::Bytes(bytes) | Source::InPlace { bytes, .. } => {
            Staged::write(root, &publish.path, &mut &bytes[..], look, Some(&digest))
        }
        Source::Input(path, _) => {
            let mut file = crate::host::read::open_own(path)?;
            Staged::write(root, &publish.path, &mut file, look, Some(&digest))
        }
        Source::Saved(_) => {
            let saved = HostPath::known(SAVED_DIR).join(digest.as_str());
            let mut file = crate::host::read::open_host(root, &saved)?;
            Staged::write(root, &publish.path, &mut file, look, Some(&digest))
        }
    }
}
