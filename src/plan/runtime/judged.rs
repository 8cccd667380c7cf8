//! Applies containerd's rules to the observed files: would the runtime come up?

use std::collections::BTreeMap;

use crate::containerd::{ConfigFiles, Judgement, SeenKind, judge, judge_of_any};
use crate::node::{Content, File, HostPath, Node, Observed, Release};

/// Judges these files, which need not be the observed ones: a patch is judged before it is written.
pub fn judgement(node: &Node, files: &ConfigFiles, release: Option<Release>) -> Judgement {
    judged(files, release, &|path: &HostPath| seen(node, path))
}

/// Like [`judgement`], as if there were nothing at the path `gone`.
pub fn judgement_without(
    node: &Node,
    files: &ConfigFiles,
    release: Option<Release>,
    gone: &HostPath,
) -> Judgement {
    let below = format!("{gone}/");
    let is_gone = |path: &HostPath| path == gone || path.as_str().starts_with(&below);
    judged(files, release, &|path: &HostPath| if is_gone(path) { Observed::Absent } else { seen(node, path) })
}

fn judged(
    files: &ConfigFiles,
    release: Option<Release>,
    seen: &impl Fn(&HostPath) -> Observed<SeenKind>,
) -> Judgement {
    match release {
        Some(release) => judge(files, release, seen),
        None => judge_of_any(files, seen),
    }
}

/// What is at a path of the host. In a container, a path that is not below a mount of the host shows the container's
/// own root, which says nothing about the host.
pub(in crate::plan) fn seen(node: &Node, path: &HostPath) -> Observed<SeenKind> {
    if is_of_the_container(node, path) {
        return Observed::Unknown("not on a mount of the host".to_owned());
    }
    match (node.file(path), node.dirs.get(path)) {
        (Observed::Present(File { content, .. }), _) => Observed::Present(SeenKind::File(match content {
            Content::Bytes(bytes) => Some(bytes.clone()),
            Content::Digest(_) | Content::Unread(_) => None,
        })),
        (_, Some(Observed::Present(dir))) => Observed::Present(SeenKind::Directory(dir.names.clone())),
        (Observed::Absent, Some(Observed::Absent)) => Observed::Absent,
        (Observed::Unknown(why), _) => Observed::Unknown(why),
        (_, Some(Observed::Unknown(why))) => Observed::Unknown(why.clone()),
        (Observed::Absent, None) => Observed::Unknown("not looked at".to_owned()),
    }
}

/// True if the program runs in a container and the path is on the container's own root.
pub(in crate::plan) fn is_of_the_container(node: &Node, path: &HostPath) -> bool {
    node.in_container && is_own(node, path)
}

/// True if the nearest observed directory is on the container's own root, or is its own `/proc`, which shows its own
/// processes and network.
fn is_own(node: &Node, path: &HostPath) -> bool {
    let dirs: &BTreeMap<_, _> = &node.dirs;
    let mut path = path.clone();
    loop {
        if let Some(Observed::Present(dir)) = dirs.get(&path) {
            return dir.mount.own_root || dir.mount.point == "/proc" || dir.mount.point.starts_with("/proc/");
        }
        if path == HostPath::root() {
            return true;
        }
        path = path.parent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Dir, Mount};

    fn path(text: &str) -> HostPath {
        HostPath::new(text).unwrap()
    }

    fn dir(own_root: bool) -> Observed<Dir> {
        Observed::Present(Dir { mount: Mount { own_root, ..Mount::default() }, ..Dir::default() })
    }

    #[test]
    fn what_is_missing_on_the_containers_own_root_is_unknown() {
        let mut node = Node { in_container: true, ..Node::default() };
        node.files.insert(path("/opt/spec.json"), Observed::Absent);
        node.dirs.insert(path("/opt/spec.json"), Observed::Absent);
        node.dirs.insert(path("/opt"), dir(true));
        assert!(matches!(seen(&node, &path("/opt/spec.json")), Observed::Unknown(_)));
        node.dirs.insert(path("/opt"), dir(false));
        assert_eq!(seen(&node, &path("/opt/spec.json")), Observed::Absent);
        node.in_container = false;
        node.dirs.insert(path("/opt"), dir(true));
        assert_eq!(seen(&node, &path("/opt/spec.json")), Observed::Absent);
    }

    #[test]
    fn a_containers_own_proc_tells_nothing_of_the_host() {
        let mut node = Node { in_container: true, ..Node::default() };
        node.files.insert(path("/proc/1/mountinfo"), Observed::Present(File::of(b"x", 0o444)));
        for (point, is_told) in
            [("/proc", false), ("/proc/1", false), ("/host/proc", true), ("/process", true)]
        {
            let mount = Mount { point: point.to_owned(), ..Mount::default() };
            node.dirs.insert(path("/proc/1"), Observed::Present(Dir { mount, ..Dir::default() }));
            assert_eq!(seen(&node, &path("/proc/1/mountinfo")).present().is_some(), is_told, "{point}");
        }
    }

    #[test]
    fn what_was_half_looked_at_is_unknown() {
        let mut node = Node::default();
        assert!(matches!(seen(&node, &path("/a")), Observed::Unknown(_)));
        node.files.insert(path("/a"), Observed::Absent);
        assert!(matches!(seen(&node, &path("/a")), Observed::Unknown(_)));
        node.dirs.insert(path("/a"), Observed::Unknown("denied".to_owned()));
        assert_eq!(seen(&node, &path("/a")), Observed::Unknown("denied".to_owned()));
    }

    #[test]
    fn a_release_that_is_not_known_is_not_judged() {
        let files = ConfigFiles { main: path("/a"), files: BTreeMap::new(), listings: BTreeMap::new() };
        assert!(matches!(judgement(&Node::default(), &files, None), Judgement::NotJudged(_)));
    }
}
