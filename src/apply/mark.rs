//! The marks of a restart: in `/run`, and durably beside the records.

use super::context::ApplyContext;
use super::error::ApplyError;
use crate::host::in_turn::{self, Spare};
use crate::host::{Root, publish, trust};
use crate::node::{ATTEMPT_FILE, Attempt, HostPath, IoFailed, MARK_FILE, Node, Phase, RUN_DIR};

/// The durable mark is set first and removed last. A crash in between leaves a mark that says too much, which the
/// next run corrects by the files, and never one that says too little.
///
/// The first mark reserves the room for all later ones of its attempt. A restart that is to come is counted: by the mark
/// in `/run`, or, for a rollback after a boot with a full `/run`, by the durable mark. A
/// restart that cannot be counted is not requested.
pub(super) fn mark(
    root: &Root,
    context: &ApplyContext,
    node: &Node,
    attempt: &Attempt,
) -> Result<(), ApplyError> {
    let spare = match attempt.phase {
        _ if !attempt.keeps_room() => Spare::Released,
        Phase::Asked | Phase::Left => Spare::Needed,
        Phase::RollingBack | Phase::Failed | Phase::Settled => Spare::IfPossible,
    };
    let durable = HostPath::known(MARK_FILE);
    let mut is_counted = false;
    if attempt.is_unproven() {
        let bytes = node.mark_of(&context.recording.owner, attempt).bytes();
        match in_turn::write(root, &durable, &bytes, spare) {
            // Another boot's count is not this one's.
            Ok(()) => is_counted = attempt.is_counted_durably() && node.boot.is_some(),
            // The durable mark of the restart says enough, and `/run` has the count.
            Err(error) if attempt.phase == Phase::RollingBack && error.lacks_room() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let written = in_run(root, attempt, spare);
    if !attempt.is_unproven() && node.files.contains_key(&durable) {
        publish::remove(root, &durable)?;
        Node::spare_of(MARK_FILE).map_or(Ok(()), |spare| publish::remove(root, &spare))?;
    }
    match written {
        Err(error) if error.lacks_room() && is_counted => Ok(()),
        Err(error) if error.lacks_room() && attempt.may_stay_unwritten() => Err(ApplyError::Unwritten(error)),
        written => Ok(written?),
    }
}

fn in_run(root: &Root, attempt: &Attempt, spare: Spare) -> Result<(), IoFailed> {
    trust::make(root, &HostPath::known(RUN_DIR))?;
    in_turn::write(root, &HostPath::known(ATTEMPT_FILE), &attempt.bytes(), spare)
}
