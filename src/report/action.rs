//! What was done, told.

use serde::Serialize;

use super::diff::unified;
use crate::plan::{Change, Publish, Source};

/// One change in the report (`actions`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// What was done.
    pub kind: &'static str,
    /// To which path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The unified diff, of texts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub diff: String,
}

impl Action {
    /// The action of a change to a file that held `before`.
    pub fn of(change: &Change, before: Option<&[u8]>) -> Self {
        let path = change.path().map(|path| path.as_str().to_owned());
        let diff = match change {
            Change::Publish(Publish { path, source: Source::Bytes(after), .. }) => {
                unified(path.as_str(), before.unwrap_or_default(), after)
            }
            Change::Remove { path, .. } => unified(path.as_str(), before.unwrap_or_default(), b""),
            _ => String::new(),
        };
        Self { kind: change.word(), path, diff }
    }
}

/// One line for the log, before the change is made.
pub fn change_line(change: &Change) -> String {
    match change {
        Change::MakeDir(path) => format!("making the directory {path}"),
        Change::Publish(Publish { path, source: Source::Input(from, _), .. }) => {
            format!("installing {path} from {from}")
        }
        Change::Publish(Publish { path, source: Source::Saved(_), .. }) => {
            format!("putting the former {path} back")
        }
        Change::Publish(Publish { path, source: Source::Bytes(bytes), .. }) => {
            format!("publishing {path} ({} bytes)", bytes.len())
        }
        Change::Remove { path, .. } => format!("removing {path}"),
        Change::RemoveDir(path) => format!("removing the directory {path} if it is empty"),
        Change::Sweep(path) => format!("removing {path}, left by a run that was killed"),
        Change::Nudge(path) => format!("asking the runtime to list {path} again"),
        Change::Mark(attempt) => match &attempt.cause {
            crate::node::AttemptCause::Values { wanted, .. } => {
                format!("marking the restart for {wanted} as {}", attempt.phase.word())
            }
            crate::node::AttemptCause::Chain { .. } => {
                format!("marking the restart for the chain as {}", attempt.phase.word())
            }
        },
        Change::Arm(switch) => {
            let paths: Vec<&str> = switch.changed.iter().map(|changed| changed.path.as_str()).collect();
            let back =
                if paths.is_empty() { String::new() } else { format!("puts {} back and ", paths.join(", ")) };
            format!(
                "arming a rollback by {}: unless it is called off within {} s, systemd {back}restarts {}",
                switch.by.word(),
                switch.after.as_secs(),
                switch.unit
            )
        }
        Change::Disarm { .. } => "calling the armed rollback off".to_owned(),
        Change::Restart { by, unit, why, .. } => {
            format!("restarting {} by {}: {why}", unit.as_deref().unwrap_or("the runtime"), by.word())
        }
        Change::ResetFailed { unit, .. } => format!("clearing the failed state of {unit}"),
        Change::Forget => "removing the record: nothing of ours is left".to_owned(),
    }
}
