//! The state of the node's containerd in systemd.

use crate::node::Node;

/// The message in systemd's journal for each start of a unit (`SD_MESSAGE_UNIT_STARTED`).
const STARTED: &str = "39f53479d3a045ac8e11786248231fbf";

impl Node {
    /// The number of containerd's starts since boot, manual and automatic.
    pub(crate) fn starts(&self) -> usize {
        let line = format!(
            "journalctl --sync; journalctl -q -b -o cat UNIT=containerd.service MESSAGE_ID={STARTED}"
        );
        self.sh(&line).lines().count()
    }

    /// One property of `containerd.service`.
    pub(crate) fn property(&self, name: &str) -> String {
        self.sh(&format!("systemctl show --value -p {name} containerd")).trim().to_owned()
    }

    /// Restarts containerd as a person would, and waits until it answers.
    pub(crate) fn restart_containerd(&self) {
        // Restarts by a test must not count for the unit's start limit.
        self.sh("systemctl reset-failed containerd; systemctl restart containerd");
        self.wait_for("containerd after a restart", || self.cri().status().map(|_| ()));
    }
}
