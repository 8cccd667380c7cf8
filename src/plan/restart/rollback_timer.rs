//! The rollback timer: a rollback by the host's systemd, in case no run is left to do it.
//!
//! If containerd does not come back, the kubelet cannot start this program's container either. So a timer outside of
//! this process is started before a restart, and stopped when the restart is settled or rolled back
//! (`restart/arm.rs`).

use std::time::Duration;

use crate::node::{Changed, Digest, HostPath, KEPT, ROLLBACK_SCRIPT, RestartMethod, quoted};

/// The script, which documents its arguments. It is a separate file so that shellcheck reads it.
const SCRIPT: &str = include_str!("roll-back.sh");
/// The file that the script writes after it restored something: without it the values were never tried.
pub(in crate::plan) const FIRED: &str = "rolled-back";
/// The file that it also writes if the runtime was up with the restored files.
pub(in crate::plan) const CAME_UP: &str = "rolled-back-while-up";
/// The script's word for the hash of a missing file.
const NOTHING: &str = "absent";

/// A rollback that happens unless it is cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackTimer {
    /// The method to reach systemd.
    pub by: RestartMethod,
    /// The runtime's unit.
    pub unit: String,
    /// The runtime's socket, which is created anew at each start.
    pub socket: HostPath,
    /// The files to restore.
    pub changed: Vec<Changed>,
    /// When the timer fires, from now.
    pub after: Duration,
    /// True if the restart must not happen without the timer. A restart that rolls back is made in any case.
    pub needed: bool,
}

impl RollbackTimer {
    /// The shell script of the rollback. It lies in `/run/cni-bootstrap` beside the mark and the saved bytes. It does
    /// nothing if the mark is settled, or if a file has neither the new nor the old bytes.
    pub fn script(&self) -> String {
        let hash = |digest: Option<&Digest>| digest.map_or(NOTHING, Digest::as_str).to_owned();
        let mut arguments = vec![quoted(&self.unit), quoted(self.socket.as_str())];
        for changed in &self.changed {
            arguments.push(hash(changed.digest_before().as_ref()));
            arguments.push(hash(changed.after.as_ref()));
            arguments.push(quoted(changed.path.as_str()));
        }
        format!("# The arguments of the script that follows.\nset -- {}\n{SCRIPT}", arguments.join(" "))
    }
}

/// True if a name in `/run/cni-bootstrap` belongs to a rollback timer.
pub fn is_of_rollback_timer(name: &str) -> bool {
    name.starts_with(KEPT)
        || name == FIRED
        || name == CAME_UP
        || name == HostPath::known(ROLLBACK_SCRIPT).name()
}
