//! The rollback timer: a rollback that the host's systemd makes when nobody is left to make it.
//!
//! If containerd does not come back, the kubelet cannot run this program's container again either. So before a restart a
//! timer is started outside of this process, and stopped when the restart is settled or rolled back (`restart/arm.rs`).

use std::time::Duration;

use crate::node::{Changed, Digest, HostPath, KEPT, ROLLBACK_SCRIPT, RestartMethod, quoted};

/// What it runs, with the arguments that it describes. It is a file so that shellcheck reads it.
const SCRIPT: &str = include_str!("roll-back.sh");
/// What the script leaves when it has put something back: without it nobody tried the values.
pub(in crate::plan) const FIRED: &str = "rolled-back";
/// What it leaves as well if the runtime was up with what was restored.
pub(in crate::plan) const CAME_UP: &str = "rolled-back-while-up";
/// How the script writes the hash of a file that is not there.
const NOTHING: &str = "absent";

/// A rollback that is to happen unless it is called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackTimer {
    /// By which method systemd is reached.
    pub by: RestartMethod,
    /// The runtime's unit.
    pub unit: String,
    /// The runtime's socket, made anew at each start.
    pub socket: HostPath,
    /// What is restored.
    pub changed: Vec<Changed>,
    /// When it fires, from now.
    pub after: Duration,
    /// Whether nothing is restarted where it cannot be armed. A restart that rolls back is better than none.
    pub needed: bool,
}

impl RollbackTimer {
    /// The shell script that rolls back. It lies in `/run/cni-bootstrap` beside the mark and the saved bytes, and does
    /// nothing once the mark says that the restart is settled, or if a file is neither as we wrote it nor as before.
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

/// Whether a name in `/run/cni-bootstrap` belongs to a rollback timer.
pub fn is_of_switch(name: &str) -> bool {
    name.starts_with(KEPT)
        || name == FIRED
        || name == CAME_UP
        || name == HostPath::known(ROLLBACK_SCRIPT).name()
}
