//! Compares two observations: what a plan would decide from, without what changes at each look.

use super::{Content, Dir, File, Node, Observed, TempName};

impl Node {
    /// True if nothing has changed since `before` that a plan could depend on: files with their bytes, modes and links,
    /// directories with their names, and the start of the runtime. Times do not count, and neither do the names of
    /// temporary files: the program's own nudge does not count.
    ///
    /// Only what this observation read is compared; `before` may have read more.
    pub fn has_same_inputs(&self, before: &Self) -> bool {
        let files = self.files.iter().all(|(path, file)| {
            before.files.get(path).is_some_and(|then| is_same(file, then, is_same_file))
                && self.symlinks.get(path) == before.symlinks.get(path)
        });
        let dirs = self.dirs.iter().all(|(path, dir)| {
            before.dirs.get(path).is_some_and(|then| is_same(dir, then, is_same_dir))
                && self.links.get(path) == before.links.get(path)
        });
        let sources = self.sources.iter().all(|(path, file)| {
            before.sources.get(path).is_some_and(|then| is_same(file, then, is_same_file))
        });
        files
            && dirs
            && sources
            && self.source_dirs == before.source_dirs
            && self.incarnation() == before.incarnation()
    }
}

fn is_same<T>(now: &Observed<T>, then: &Observed<T>, same: impl Fn(&T, &T) -> bool) -> bool {
    match (now, then) {
        (Observed::Present(now), Observed::Present(then)) => same(now, then),
        (Observed::Absent, Observed::Absent) => true,
        (Observed::Unknown(now), Observed::Unknown(then)) => now == then,
        _ => false,
    }
}

fn is_same_file(now: &File, then: &File) -> bool {
    let attributes = |file: &File| (file.stamp.mode, file.stamp.uid, file.stamp.gid, file.stamp.size);
    // Of a file that is not read, only the stamp tells that its bytes have changed.
    let unread = |file: &File| matches!(file.content, Content::Unread(_));
    attributes(now) == attributes(then)
        && now.content == then.content
        && (!unread(now) || now.stamp.mtime == then.stamp.mtime)
}

fn is_same_dir(now: &Dir, then: &Dir) -> bool {
    let names =
        |dir: &Dir| -> Vec<String> { dir.names.iter().filter(|name| !TempName::is(name)).cloned().collect() };
    (now.stamp.dev, now.stamp.ino, now.stamp.mode) == (then.stamp.dev, then.stamp.ino, then.stamp.mode)
        && now.write_denied == then.write_denied
        && now.deleted == then.deleted
        && now.mount == then.mount
        && names(now) == names(then)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{HostPath, Stamp};

    const DIR: &str = "/etc/cni/net.d";
    const FILE: &str = "/etc/cni/net.d/10-azure.conflist";

    fn node() -> Node {
        let mut node = Node::default();
        node.files.insert(HostPath::known(FILE), Observed::Present(File::of(b"{}", 0o600)));
        let dir = Dir { names: ["10-azure.conflist".to_owned()].into(), ..Dir::default() };
        node.dirs.insert(HostPath::known(DIR), Observed::Present(dir));
        let socket =
            (HostPath::known("/run/containerd/containerd.sock"), Observed::Present(Stamp::default()));
        node.sockets.push(socket);
        node
    }

    fn file(node: &mut Node) -> &mut File {
        match node.files.get_mut(&HostPath::known(FILE)) {
            Some(Observed::Present(file)) => file,
            _ => panic!("it is there"),
        }
    }

    fn dir(node: &mut Node) -> &mut Dir {
        match node.dirs.get_mut(&HostPath::known(DIR)) {
            Some(Observed::Present(dir)) => dir,
            _ => panic!("it is there"),
        }
    }

    type Edit = fn(&mut Node);

    #[test]
    fn a_change_that_a_plan_depends_on_is_seen_and_no_other() {
        let cases: [(bool, Edit); 14] = [
            (true, |_| ()),
            (true, |node| file(node).stamp.mtime += 1),
            (true, |node| file(node).stamp.ino += 1),
            (true, |node| dir(node).stamp.mtime += 1),
            (true, |node| _ = dir(node).names.insert(".nudge.cni-bootstrap-tmp".to_owned())),
            (true, |node| node.wall += 1),
            (false, |node| file(node).content = Content::Bytes(b"[]".as_slice().into())),
            (false, |node| file(node).stamp.mode = 0o644),
            (false, |node| drop(node.files.insert(HostPath::known(FILE), Observed::Absent))),
            (false, |node| drop(node.symlinks.insert(HostPath::known(FILE), "x".to_owned()))),
            (false, |node| _ = dir(node).names.insert("05-tuning.conflist".to_owned())),
            (false, |node| dir(node).stamp.ino += 1),
            (false, |node| dir(node).deleted = true),
            (false, |node| node.sockets[0].1 = Observed::Absent),
        ];
        for (at, (same, edit)) in cases.into_iter().enumerate() {
            let mut later = node();
            edit(&mut later);
            assert_eq!(later.has_same_inputs(&node()), same, "case {at}");
        }
    }

    #[test]
    fn what_was_read_earlier_and_is_not_read_now_does_not_count() {
        let mut before = node();
        before.files.insert(HostPath::known("/etc/kubelet"), Observed::Absent);
        assert!(node().has_same_inputs(&before));
        assert!(!before.has_same_inputs(&node()), "a file that was not read then may have changed");
    }
}
