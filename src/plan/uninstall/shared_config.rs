//! The runtime's config while other owners stay: as they want it, on what was there before any owner.

use crate::node::{HostPath, Kind, Question};
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::restart::verdict::judges;
use crate::plan::runtime::{edit_target, main_file};

/// The config files without this owner's values and with those of the others. `restores` are the changes that restore
/// the files as they were before any owner.
pub(in crate::plan) fn without_own(cx: &PlanContext<'_>, restores: &[Change]) -> Result<Vec<Step>, Blocked> {
    if restores.is_empty() {
        return Ok(Vec::new());
    }
    let release = match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::NotJudged(_) => return Ok(Vec::new()),
        RuntimeState::NotAsked => return Err(Blocked::ask(Question::Runtime)),
        RuntimeState::Unreachable(_) => None,
        RuntimeState::Status(status) => status.release,
    };
    let config = main_file::config(cx)?;
    let before = restores.iter().fold(cx.node.clone(), |node, change| node.after(&cx.desired.owner, change));
    // CRI stays enabled: the others' chain is loaded over it.
    let desired = cx.desired_values().runtime_config(true);
    let (_, patch) = edit_target::patched(&before, &config, release, &desired)
        .map_err(|refusal| judges::not_patched(cx, &config, &refusal))?;
    let mut changes: Vec<Change> = Vec::new();
    for restore in restores {
        let is_edited = patch.edits.iter().any(|edit| Some(&edit.path) == restore.path());
        if !is_edited {
            changes.push(restore.clone());
        }
    }
    changes.extend(patch.edits.into_iter().map(|edit| publish(edit.path, edit.after)));
    let differs = |change: &Change| match change {
        Change::Publish(publish) => match &publish.source {
            Source::Bytes(bytes) | Source::InPlace { bytes, .. } => {
                cx.node.bytes(&publish.path) != Some(bytes)
            }
            Source::Input(..) | Source::Saved(_) => true,
        },
        _ => true,
    };
    Ok(changes.into_iter().filter(differs).map(Step::Change).collect())
}

fn publish(path: HostPath, bytes: Vec<u8>) -> Change {
    let source = Source::Bytes(bytes.into());
    Change::Publish(Publish { path, kind: Kind::Config, source, mode: Mode::New(0o644) })
}
