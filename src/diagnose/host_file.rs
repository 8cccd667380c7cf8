//! Files of the host that only exist or not: loaders, shims, what a plugin reads. What is not visible here is unknown.

use super::view::View;
use crate::node::{HostPath, Observed, ReadRequest, Stamp};

/// The requests for one file: itself and its directory.
pub(super) fn wants(path: &HostPath) -> [ReadRequest; 2] {
    [ReadRequest::Interpreter(path.clone()), ReadRequest::Interpreter(path.parent())]
}

/// The file, if it could be observed. A container sees only what is mounted from the host, and a copy of a node's
/// files has only the directories that were copied.
pub(super) fn host_file<'v>(view: &'v View<'_>, path: &HostPath) -> Observed<&'v Stamp> {
    let seen = &view.node.observations.interpreters;
    match seen.get(path) {
        Some(Observed::Present(stamp)) => Observed::Present(stamp),
        Some(Observed::Unknown(why)) => Observed::Unknown(why.clone()),
        None => Observed::Unknown("not looked at".to_owned()),
        Some(Observed::Absent) => {
            let dir = path.parent();
            let is_copied =
                dir == HostPath::root() || seen.get(&dir).is_some_and(|dir| dir.present().is_some());
            if view.is_live() || is_copied || dir.is_within(&view.conf_dir) {
                Observed::Absent
            } else {
                Observed::Unknown(format!("{dir} is not among these files"))
            }
        }
    }
}
