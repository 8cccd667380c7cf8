//! The paths of this program's own files on the host.

/// The directory of the records. An instance locks it, so only one instance runs at a time.
pub const RECORD_DIR: &str = "/var/lib/cni-bootstrap";
/// Replaced bytes that are too large for a record, named by their hash.
pub const SAVED_DIR: &str = "/var/lib/cni-bootstrap/saved";
/// The durable mark: a config that was written and never seen to come up. A node has one, because it has one runtime.
pub const MARK_FILE: &str = "/var/lib/cni-bootstrap/unproven";
/// The directory for state that a reboot ends: the restart attempt.
pub const RUN_DIR: &str = "/run/cni-bootstrap";
/// The restart attempt. A node has one, because it has one runtime.
pub const ATTEMPT_FILE: &str = "/run/cni-bootstrap/attempt.json";
/// What programs of the host said when they were asked.
pub const ANSWERS_FILE: &str = "/run/cni-bootstrap/answers.json";
/// How often paths were written and the runtime was restarted, across processes.
pub const TALLY_FILE: &str = "/run/cni-bootstrap/tally.json";
/// The script by which systemd rolls back if no run cancels the timer.
pub const ROLLBACK_SCRIPT: &str = "/run/cni-bootstrap/roll-back.sh";
/// What a pod's sandbox of this program started on last.
pub const STARTED_POD: &str = "/run/cni-bootstrap/started-pod.json";
