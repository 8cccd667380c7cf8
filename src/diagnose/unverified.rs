//! A config that was written and never seen to come up: the machine stopped during a restart, or the run was killed.

use super::found::found;
use super::view::View;
use crate::node::{Changed, Digest, HostPath, MARK_FILE, Observed, ReadRequest};
use crate::report::codes::check::CONFIG_UNPROVEN;
use crate::report::{Located, word};

/// The mark, and the files that it names.
pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let is_there = |mark: &HostPath| {
        let dir = view.node.dirs.get(&mark.parent()).and_then(Observed::present);
        dir.is_some_and(|dir| dir.names.contains(mark.name()))
    };
    let mark = HostPath::new(MARK_FILE).ok().filter(is_there);
    let named = view.node.unverified().into_iter().flat_map(|mark| mark.attempt.changed);
    mark.into_iter().chain(named.map(|changed| changed.path)).map(ReadRequest::File).collect()
}

/// Reported only if the runtime does not answer. If it answers it has come up, and the next run removes the mark.
pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let answers = view.node.answers.runtime.as_ref().is_some_and(|asked| asked.said.present().is_some());
    let Some(mark) = view.node.unverified().filter(|_| !answers) else { return Vec::new() };
    let is_written = |changed: &&Changed| view.node.bytes(&changed.path).map(Digest::of) == changed.after;
    let finding = |changed: &Changed| {
        let (path, owner, unit) = (&changed.path, &mark.owner, view.unit());
        found(
            &CONFIG_UNPROVEN,
            path,
            format!(
                "{path} was changed for {owner}, but nobody has seen the runtime come up with it: the run ended, \
                 or the machine stopped, before that"
            ),
            format!(
                "{} --owner {}   # restores {path} and starts {unit}; so does the pod of its DaemonSet",
                view.own_command("uninstall"),
                word(owner)
            ),
        )
    };
    mark.attempt.changed.iter().filter(is_written).map(finding).collect()
}
