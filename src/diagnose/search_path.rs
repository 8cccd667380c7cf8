//! Where containerd finds the programs that start containers.

use super::host_file::{self, host_file};
use super::view::View;
use crate::distro;
use crate::node::{HostPath, ReadRequest};

/// containerd itself: where it is visible, the other programs are too.
pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    path(view).into_iter().flat_map(|dir| host_file::wants(&dir.join("containerd"))).collect()
}

/// The programs of the runtimes, if their directories are not visible.
pub(super) fn unseen(view: &View<'_>) -> Option<String> {
    (view.values().is_some() && !sees_programs(view)).then(|| {
        "the programs that start containers (shims, runc): their directory is not visible".to_owned()
    })
}

/// True if the directories of the PATH are visible: at least one of them has containerd itself.
pub(super) fn sees_programs(view: &View<'_>) -> bool {
    path(view).iter().any(|dir| host_file(view, &dir.join("containerd")).present().is_some())
}

/// The paths at which a program is looked for.
pub(super) fn places_of(view: &View<'_>, program: &str) -> Vec<HostPath> {
    match HostPath::new(program) {
        Ok(path) => vec![path],
        Err(_) => path(view).iter().map(|dir| dir.join(program)).collect(),
    }
}

fn path(view: &View<'_>) -> Vec<HostPath> {
    let own = view
        .service()
        .and_then(|service| HostPath::new(service.argv.first()?).ok())
        .map(|program| program.parent());
    let known = distro::shim_dirs().into_iter().map(HostPath::known);
    own.into_iter().chain(known).collect()
}
