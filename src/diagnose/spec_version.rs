//! `cniVersion` of the network that counts: the runtime must know it.

use super::found::found;
use super::set_member::set_member;
use super::view::View;
use crate::cni::{Conflist, Libcni};
use crate::report::Located;
use crate::report::codes::check::SPEC_VERSION;

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    judge(view).into_iter().collect()
}

/// A runtime loads a list of any version and is Ready. libcni refuses the result of the first plugin that it runs
/// (`pkg/types/create`: `unsupported CNI result version`; containerd 1.x has libcni 1.1).
fn judge(view: &View<'_>) -> Option<Located> {
    let winner = view.winner.as_ref()?;
    let (false, newest) = winner.conflist.has_usable_version()? else { return None };
    let version = winner.conflist.cni_version().unwrap_or_default();
    let path = view.conf_dir.join(winner.name);
    let who = match (view.release(), view.rules()) {
        (Some(release), _) => format!("containerd {release}"),
        (None, Libcni::Any) => "every containerd".to_owned(),
        (None, _) => "this containerd".to_owned(),
    };
    let message = format!(
        "{} has cniVersion {version:?}, but {who} knows versions up to {newest}: the runtime loads the file and is \
         Ready, and every pod fails with unsupported CNI result version {version:?}",
        winner.name
    );
    let line = winner.conflist.line_of("cniVersion");
    let mends = |conflist: &Conflist| conflist.cni_version() == Some(newest);
    let remedy = match set_member(view, winner, line, "cniVersion", newest, mends) {
        Some(command) => {
            format!(
                "{command}   # the agent that wrote the file must do the same, or containerd must be upgraded"
            )
        }
        None => format!("# write cniVersion {newest:?} into {path}"),
    };
    Some(found(&SPEC_VERSION, &path, message, remedy).at(line, 1))
}
