//! The basis check: is the node still the one that was planned on?

use crate::host::Root;
use crate::host::read::{How, host_dir, host_file, stamp_of, state_of};
use crate::node::{HostPath, Incarnation, Node, Observed, TempName};
use crate::plan::ComesUp;

/// The first path whose state has changed since the plan was made. It is checked under the lock, right before the
/// first write.
pub(super) fn differs(root: &Root, node: &Node) -> Option<HostPath> {
    if let Some(path) = node.files.keys().find(|path| changed(root, node, path)) {
        return Some(path.clone());
    }
    // After another start of the runtime its answers, and the reason to restart it, are out of date.
    let restarted = node.sockets.iter().find(|(path, observed)| match (observed, stamp_of(root, path)) {
        (Observed::Present(then), Observed::Present(now)) => {
            Incarnation::of(path, then) != Incarnation::of(path, &now)
        }
        (Observed::Unknown(_), _) | (Observed::Absent, Observed::Absent) => false,
        _ => true,
    });
    if let Some((path, _)) = restarted {
        return Some(path.clone());
    }
    let loadable = |names: &std::collections::BTreeSet<String>| -> Vec<String> {
        names.iter().filter(|name| crate::cni::extension(name).is_some()).cloned().collect()
    };
    let dir = node.dirs.iter().find(|(path, observed)| {
        let then = match observed {
            Observed::Present(then) => then,
            // The directory was created since, by the lock or by another program: the plan does not know what it
            // holds.
            Observed::Absent => {
                return matches!(host_dir(root, path), Observed::Present(now) if !now.names.is_empty());
            }
            Observed::Unknown(_) => return false,
        };
        match host_dir(root, path) {
            Observed::Present(now) => {
                (now.stamp.dev, now.stamp.ino) != (then.stamp.dev, then.stamp.ino)
                    || loadable(&now.names) != loadable(&then.names)
            }
            Observed::Absent | Observed::Unknown(_) => true,
        }
    });
    dir.map(|(path, _)| path.clone())
}

/// True if the file has changed since it was planned on.
pub(super) fn changed(root: &Root, node: &Node, path: &HostPath) -> bool {
    let (stamp, link) = state_of(root, path);
    if node.files.contains_key(path) && node.symlinks.get(path) != link.as_ref() {
        return true;
    }
    match (node.files.get(path), stamp) {
        (Some(Observed::Present(file)), Observed::Present(stamp)) => file.stamp != stamp,
        (Some(Observed::Absent), Observed::Absent) | (Some(Observed::Unknown(_)) | None, _) => false,
        // A directory was observed as `Absent`, because it is not a file.
        (Some(Observed::Absent), Observed::Present(_)) => {
            !matches!(host_dir(root, path), Observed::Present(_))
        }
        (Some(Observed::Present(_)), _) | (Some(Observed::Absent), Observed::Unknown(_)) => true,
    }
}

/// The first config file that has changed since it was judged, or the directory whose files have.
pub(super) fn not_judged(root: &Root, comes_up: &ComesUp) -> Option<HostPath> {
    let file = comes_up.files().iter().find(|(path, judged)| match host_file(root, path, How::Whole, None) {
        Observed::Present(file) => file.content.digest() != **judged,
        Observed::Absent => judged.is_some(),
        Observed::Unknown(_) => true,
    });
    let is_judged = |name: &&String| !TempName::is(name);
    let dir = comes_up.listings().iter().find(|(path, judged)| match (host_dir(root, path), judged) {
        (Observed::Present(dir), Some(judged)) => {
            !dir.names.iter().filter(is_judged).eq(judged.iter().filter(is_judged))
        }
        (Observed::Absent, None) => false,
        _ => true,
    });
    file.map(|(path, _)| path).or(dir.map(|(path, _)| path)).cloned()
}
