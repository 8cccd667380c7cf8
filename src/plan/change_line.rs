//! A change in words, for the log and the report.

use super::change::Change;
use super::change::Publish;
use super::change::Source;
use super::restart::rollback_timer::RollbackTimer;

use crate::node::{
    ATTEMPT_FILE, Attempt, HostPath, MARK_FILE, RECORD_DIR, ROLLBACK_SCRIPT, RestartReason, SAVED_DIR,
};
use crate::report::{Action, unified};

impl Action {
    /// The action for a change of a file with the bytes `before`.
    pub fn of(change: &Change, before: Option<&[u8]>) -> Self {
        let path = match change {
            Change::Mark(_) => Some(ATTEMPT_FILE),
            Change::Arm(_) | Change::Disarm { .. } => Some(ROLLBACK_SCRIPT),
            other => other.path().map(HostPath::as_str),
        };
        let Deed { verb, rest, .. } = Deed::of(change);
        let diff = match change {
            Change::Publish(Publish {
                path,
                source: Source::Bytes(after) | Source::InPlace { bytes: after, .. },
                ..
            }) => unified(path.as_str(), before.unwrap_or_default(), after),
            Change::Remove { path, .. } | Change::Retire(path) => {
                unified(path.as_str(), before.unwrap_or_default(), b"")
            }
            _ => String::new(),
        };
        Self { kind: change.word(), path: path.map(str::to_owned), does: format!("{verb} {rest}"), diff }
    }
}

/// A line for the log, before the change is made.
pub fn change_line(change: &Change) -> String {
    let Deed { doing, rest, .. } = Deed::of(change);
    format!("{doing} {rest}")
}

/// A change in words.
struct Deed {
    /// The verb after "would" (`publish`).
    verb: &'static str,
    /// The verb for a change in progress (`publishing`).
    doing: &'static str,
    /// The text after the verb.
    rest: String,
}

impl Deed {
    fn of(change: &Change) -> Self {
        let (verb, doing, rest) = match change {
            Change::MakeDir(path) => ("make", "making", format!("the directory {path}, mode 0755")),
            Change::Publish(publish) => return Self::of_publish(publish),
            Change::Reserve(reserve) => {
                ("keep", "keeping", format!("the bytes of {} in {} for a rollback", reserve.of, reserve.at))
            }
            Change::Link { path, target, .. } => {
                ("restore", "restoring", format!("{path} as it was before, a link to {target:?}"))
            }
            Change::Remove { path, .. } => ("remove", "removing", path.to_string()),
            Change::Retire(path) => (
                "remove",
                "removing",
                format!("{path}, whose plugin is in the list with the same stem; the record keeps its bytes"),
            ),
            Change::RemoveDir(path) => ("remove", "removing", format!("the directory {path} if it is empty")),
            Change::Sweep(path) => ("remove", "removing", format!("{path}, which no run needs any more")),
            Change::Nudge(path) => (
                "write and remove",
                "writing and removing",
                format!(
                    "a file in {path} that no runtime loads, so that the runtime lists the directory again"
                ),
            ),
            Change::Mark(attempt) => ("note", "noting", noted(attempt)),
            Change::Arm(timer) => ("start", "starting", armed(timer)),
            Change::Disarm { .. } => {
                ("stop", "stopping", format!("the rollback timer, and remove its script {ROLLBACK_SCRIPT}"))
            }
            Change::Restart { by, unit, why, .. } => (
                "restart",
                "restarting",
                format!("{} by {}: {why}", unit.as_deref().unwrap_or("the runtime"), by.word()),
            ),
            Change::ResetFailed { unit, by } => (
                "clear",
                "clearing",
                format!("the failed state of {unit} by {}, so that systemd starts it again", by.word()),
            ),
            Change::Forget => (
                "remove",
                "removing",
                format!("the owner's record in {RECORD_DIR}, and the saved bytes that no other owner needs"),
            ),
        };
        Self { verb, doing, rest }
    }

    fn of_publish(publish: &Publish) -> Self {
        let path = &publish.path;
        let (verb, doing, rest) = match &publish.source {
            Source::Input(from, _) => ("install", "installing", format!("{path} from {from}")),
            Source::Saved(digest) => {
                ("restore", "restoring", format!("{path} as it was before, from {SAVED_DIR}/{digest}"))
            }
            Source::Bytes(bytes) | Source::InPlace { bytes, .. } => {
                ("publish", "publishing", format!("{path} ({} bytes)", bytes.len()))
            }
        };
        Self { verb, doing, rest }
    }
}

/// The content of a restart's mark, in words.
fn noted(attempt: &Attempt) -> String {
    let reason = match &attempt.reason {
        RestartReason::Values { desired, .. } => desired.as_str(),
        RestartReason::Chain { .. } => "the chain",
    };
    let durably = if attempt.is_unproven() { format!(" and in {MARK_FILE}") } else { String::new() };
    format!("in {ATTEMPT_FILE}{durably} that the restart for {reason} is {}", attempt.phase.word())
}

/// The effect of a rollback timer, in words.
fn armed(timer: &RollbackTimer) -> String {
    let paths: Vec<String> = timer.changed.iter().map(|changed| changed.path.to_string()).collect();
    let back = if paths.is_empty() { String::new() } else { format!("restores {} and ", paths.join(", ")) };
    format!(
        "a timer of systemd by {} that {back}restarts {} after {} s, unless it is stopped before",
        timer.by.word(),
        timer.unit,
        timer.after.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::node::{Before, Changed, Digest, Kind, Phase, RestartMethod};
    use crate::plan::change::Mode;

    fn attempt() -> Attempt {
        let reason = RestartReason::Values { desired: "max_conf_num = 1".to_owned(), files: Digest::of(b"") };
        Attempt::new(reason, None, Phase::Asked)
    }

    fn path(text: &'static str) -> HostPath {
        HostPath::known(text)
    }

    #[test]
    fn a_dry_run_says_what_each_step_does_and_to_what() {
        let config = path("/etc/containerd/config.toml");
        let changed = Changed { path: config.clone(), before: Before::Absent, after: None };
        let (unit, by) = ("containerd.service".to_owned(), RestartMethod::Dbus);
        let timer = RollbackTimer {
            by,
            unit: unit.clone(),
            socket: path("/run/containerd/containerd.sock"),
            changed: vec![changed],
            after: Duration::from_secs(190),
            needed: true,
        };
        let publish =
            |source| Publish { path: config.clone(), kind: Kind::Config, source, mode: Mode::New(0o600) };
        let digest = Digest::of(b"x");
        for (change, does) in [
            (Change::MakeDir(path("/etc/cni")), "make the directory /etc/cni, mode 0755"),
            (
                Change::Publish(publish(Source::Bytes(b"1234"[..].into()))),
                "publish /etc/containerd/config.toml (4 bytes)",
            ),
            (
                Change::Publish(publish(Source::Input("/in/tuning".to_owned(), digest.clone()))),
                "install /etc/containerd/config.toml from /in/tuning",
            ),
            (
                Change::Mark(attempt()),
                "note in /run/cni-bootstrap/attempt.json that the restart for max_conf_num = 1 is asked for",
            ),
            (
                Change::Arm(timer),
                "start a timer of systemd by dbus that restores /etc/containerd/config.toml and restarts \
                 containerd.service after 190 s, unless it is stopped before",
            ),
            (
                Change::Disarm { by: Some(by) },
                "stop the rollback timer, and remove its script /run/cni-bootstrap/roll-back.sh",
            ),
            (
                Change::ResetFailed { unit, by },
                "clear the failed state of containerd.service by dbus, so that systemd starts it again",
            ),
            (
                Change::Forget,
                "remove the owner's record in /var/lib/cni-bootstrap, and the saved bytes that no other owner needs",
            ),
        ] {
            assert_eq!(Action::of(&change, None).does, does);
        }
        assert_eq!(Action::of(&Change::Mark(attempt()), None).path.as_deref(), Some(ATTEMPT_FILE));
    }
}
