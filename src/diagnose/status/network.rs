//! The network that pods get, by the files, and its binaries.

use crate::cni::Versions;
use crate::diagnose::plugins::installed;
use crate::diagnose::view::View;
use crate::node::{HostPath, Observed, VersionReply, heard};
use crate::plan::appended_types;
use crate::report::status::{Network, NetworkPlugin};

pub(super) fn network(view: &View<'_>) -> Option<Network> {
    let winner = view.winner.as_ref()?;
    let list = &winner.conflist;
    let more = appended_types(view.node, &view.conf_dir, list);
    let types = list.types().into_iter().map(str::to_owned).chain(more);
    Some(Network {
        file: view.conf_dir.join(winner.name).as_str().to_owned(),
        name: list.network().to_owned(),
        cni_version: list.cni_version().map(str::to_owned),
        plugins: types.map(|kind| plugin(view, kind)).collect(),
    })
}

fn plugin(view: &View<'_>, kind: String) -> NetworkPlugin {
    let Some((path, _)) = installed(view, &kind) else {
        let reason = Some(not_installed(view, &kind));
        return NetworkPlugin { kind, binary: None, versions: Vec::new(), reason };
    };
    let said = view.node.answers.versions.get(&kind).map(|(_, asked)| &asked.said);
    let (versions, reason) = match said {
        Some(Observed::Present(VersionReply::Said(bytes))) => match Versions::parse(bytes) {
            Ok(versions) => (versions.all().to_vec(), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        },
        Some(Observed::Present(VersionReply::Failed(words) | VersionReply::NotFromHere(words))) => {
            (Vec::new(), Some(heard(words)))
        }
        Some(Observed::Unknown(why)) => (Vec::new(), Some(why.clone())),
        Some(Observed::Absent) | None => (Vec::new(), None),
    };
    NetworkPlugin { kind, binary: Some(path.as_str().to_owned()), versions, reason }
}

fn not_installed(view: &View<'_>, kind: &str) -> String {
    let dirs: Vec<&str> = view.bin_dirs.iter().map(HostPath::as_str).collect();
    let dirs = dirs.join(", ");
    let is_listed = |dir: &HostPath| matches!(view.node.dirs.get(dir), Some(Observed::Present(_)));
    if view.bin_dirs.iter().any(is_listed) {
        return format!("{kind:?} is not in {dirs}");
    }
    let why = view.bin_dirs.iter().find_map(|dir| match view.node.dirs.get(dir) {
        Some(Observed::Unknown(why)) => Some(why.as_str()),
        _ => None,
    });
    format!("{dirs}: {}", why.unwrap_or("the directory does not exist"))
}
