//! A unit that systemd must not start: a link to `/dev/null` at its name (systemctl(1), `mask`).

use super::found::found;
use super::view::View;
use crate::node::{HostPath, Observed, ReadRequest};
use crate::report::codes::check::UNIT_MASKED;
use crate::report::{Located, word};

const DIRS: [&str; 2] = ["/etc/systemd/system", "/run/systemd/system"];

fn links(view: &View<'_>) -> Vec<HostPath> {
    let unit = view.unit();
    let name = if unit.contains('.') { unit } else { format!("{unit}.service") };
    DIRS.iter().map(|dir| HostPath::known(dir).join(&name)).collect()
}

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    if view.is_of_containerd() {
        links(view).into_iter().map(ReadRequest::Entry).collect()
    } else {
        Vec::new()
    }
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    // A runtime that answers was started by somebody else.
    if view.status().is_some() || view.config.is_none() {
        return Vec::new();
    }
    let is_null = |path: &HostPath| {
        let entry = view.node.observations.entries.get(path).and_then(Observed::present);
        entry.is_some_and(|entry| entry.link.as_deref() == Some("/dev/null"))
    };
    let finding = |path: HostPath| {
        let unit = word(&view.unit());
        let message = format!(
            "{path} is a link to /dev/null, so {unit} is masked: systemd does not start the runtime, whoever asks"
        );
        found(&UNIT_MASKED, &path, message, format!("systemctl unmask {unit} && systemctl start {unit}"))
    };
    links(view).into_iter().find(is_null).map(finding).into_iter().collect()
}
