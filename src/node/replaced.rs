//! A directory that was replaced after the runtime's start. The runtime watches the inode that it found at its start
//! (containerd `cni_conf_syncer.go`, fsnotify), so it notices no change in the new directory. If the directory was
//! missing then, containerd created it before its socket.

use std::time::Duration;

use super::{HostPath, Node, Observed};

/// The clock is corrected by small steps all the time.
const STEP: Duration = Duration::from_secs(60);

impl Node {
    /// True if this directory is known to be younger than the running runtime. False proves nothing: not every file
    /// system stores the time of birth, and an older directory may have been moved here or mounted over.
    pub fn is_replaced(&self, dir: &HostPath) -> bool {
        let born = self.dirs.get(dir).and_then(Observed::present).and_then(|dir| dir.born);
        let (Some(born), Some((_, socket))) = (born, self.socket()) else { return false };
        born > socket.mtime && born <= self.wall && self.dates(socket.mtime)
    }

    /// True if a file that was made in this boot can have this time. A machine without a clock of its own starts in the
    /// past, so after the first correction what was made before it looks too old.
    fn dates(&self, made: i128) -> bool {
        let age = u64::try_from(self.wall - made).map_or(Duration::ZERO, Duration::from_nanos);
        self.up_for.is_none_or(|up_for| age <= up_for + STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Dir, Stamp};

    const SECOND: i128 = 1_000_000_000;

    /// A directory and a socket made at these seconds, in a boot of `up_for` seconds, at 10,000.
    fn is_replaced(born: Option<i128>, socket: Option<i128>, up_for: u64) -> bool {
        let dir = HostPath::known("/etc/cni/net.d");
        let mut node =
            Node { wall: 10_000 * SECOND, up_for: Some(Duration::from_secs(up_for)), ..Node::default() };
        let born = born.map(|at| at * SECOND);
        node.dirs.insert(dir.clone(), Observed::Present(Dir { born, ..Dir::default() }));
        node.sockets = socket
            .map(|at| Observed::Present(Stamp { mtime: at * SECOND, ..Stamp::default() }))
            .map(|stamp| (HostPath::known("/run/containerd/containerd.sock"), stamp))
            .into_iter()
            .collect();
        node.is_replaced(&dir)
    }

    #[test]
    fn a_directory_is_replaced_if_it_is_younger_than_the_runtime_by_a_clock_that_can_be_trusted() {
        assert!(is_replaced(Some(9_000), Some(8_000), 5_000));
        assert!(!is_replaced(Some(7_000), Some(8_000), 5_000), "it was there first");
        assert!(!is_replaced(Some(8_000), Some(8_000), 5_000), "at the same moment");
        assert!(!is_replaced(None, Some(8_000), 5_000), "the file system does not store it");
        assert!(!is_replaced(Some(9_000), None, 5_000), "no runtime is up");
        assert!(!is_replaced(Some(11_000), Some(8_000), 5_000), "made in the future");
        assert!(!is_replaced(Some(9_000), Some(100), 600), "the runtime started before the clock was set");
        assert!(is_replaced(Some(9_990), Some(9_390), 600), "the clock was corrected by seconds");
    }
}
