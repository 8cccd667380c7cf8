//! A runtime that does not answer: what systemd says of it, and if the program that its unit starts can be started.

use super::found::found;
use super::view::View;
use crate::node::{HostPath, NotJudged, Observed, ReadRequest};
use crate::program::{Place, fault, own_machine};
use crate::report::Located;
use crate::report::codes::check::RUNTIME_NOT_RUNNING;

/// The program of a containerd that does not answer.
fn program(view: &View<'_>) -> Option<HostPath> {
    let asked = view.node.answers.runtime.as_ref()?;
    let is_silent = !matches!(asked.said, Observed::Present(_));
    view.containerd_program().filter(|_| is_silent && view.is_live() && view.is_of_containerd())
}

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    program(view).map(ReadRequest::Program).into_iter().collect()
}

/// Why the program cannot be started, as a sentence.
fn cannot_start(view: &View<'_>) -> Option<(HostPath, String)> {
    let path = program(view)?;
    let why = match view.node.observations.programs.get(&path)? {
        // In a container the directory may be the container's own.
        Observed::Absent if view.node.in_container => return None,
        Observed::Absent => format!("{path} does not exist"),
        Observed::Present(program) => {
            fault(program, false, Place::of(view.node, &path.parent(), program, own_machine()))?
                .sentence(path.as_str())
        }
        Observed::Unknown(_) => return None,
    };
    Some((path, why))
}

/// The finding of a runtime that does not answer, for this reason.
pub(super) fn silent(view: &View<'_>, why: &str) -> Located {
    let unit = view.unit();
    if let Some((path, cannot)) = cannot_start(view) {
        return found(
            &RUNTIME_NOT_RUNNING,
            &path,
            format!(
                "{cannot}, and {unit} starts it: the runtime cannot start, so the kubelet cannot start a pod"
            ),
            format!(
                "# install the package that has {path} again (dpkg -S {path}; rpm -qf {path}), then: {}",
                view.restart()
            ),
        );
    }
    let subject = view.other.map_or_else(|| "containerd".to_owned(), NotJudged::title);
    let state = view.service().and_then(|service| service.active_state.as_deref());
    let state = state.map(|state| format!("; systemd says that {unit} is {state}")).unwrap_or_default();
    found(
        &RUNTIME_NOT_RUNNING,
        &subject,
        format!("the runtime does not answer, so the kubelet cannot start a pod: {why}{state}"),
        format!("systemctl status {unit}; journalctl -u {unit} -n 50"),
    )
}
