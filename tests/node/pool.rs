//! Nodes that are used again: a scenario that restarted nothing and left nothing behind hands its node to the next one.
//!
//! What is allowed to differ after a scenario is removed: the conf dir's files, records, leases. If anything else
//! differs from the node's first moment (a start of containerd, a file, a unit, a mount, a pod, a process), the node
//! ends. So a scenario cannot see another one, and needs no list of what it leaves.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;

use crate::node::{BIN_DIR, CONF_DIR, Node};
use crate::rig::Release;

/// Nodes that wait for their next scenario, with their state in the beginning.
static IDLE: Mutex<Vec<(Node, String)>> = Mutex::new(Vec::new());

/// An idle node of this release. Those of another release end: the tests of one release come together.
pub(super) fn take(release: Release) -> Option<(Node, String)> {
    let mut idle = IDLE.lock().unwrap();
    let others: Vec<_> = idle.extract_if(.., |(node, _)| node.release != release).collect();
    let taken = idle.pop();
    drop(idle);
    drop(others);
    taken
}

/// Keeps the node for the next scenario if it is as it was in the beginning, or ends it and returns what differs.
pub(super) fn give_back(node: Node, beginning: String) -> Option<String> {
    if std::env::var_os("CNI_BOOTSTRAP_NODE_KEEP").is_some() {
        return None;
    }
    if !reset(&node) {
        return Some("the runtime does not load the empty directory".to_owned());
    }
    let Some(state) = state(&node) else { return Some("its state cannot be seen".to_owned()) };
    if state == beginning {
        IDLE.lock().unwrap().push((node, beginning));
        return None;
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, after) = (lines(&beginning), lines(&state));
    before.symmetric_difference(&after).next().cloned()
}

/// Removes what a scenario may leave, and has containerd load the empty directory.
fn reset(node: &Node) -> bool {
    let emptied = node.try_sh(&format!(
        "rm -rf /var/lib/cni-bootstrap /run/cni-bootstrap /run/streams /root/stage /var/lib/cni \
             /usr/local/bin/cni-bootstrap &&
         find {CONF_DIR} -mindepth 1 -delete && echo >{CONF_DIR}/reset && rm {CONF_DIR}/reset"
    ));
    emptied.status.success()
        && (0..100).any(|_| {
            let status = node.cri().status();
            let is_empty = status
                .is_ok_and(|s| s.networks().is_empty() && s.load_status().contains("no network config"));
            if !is_empty {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            is_empty
        })
}

/// The state of a node after its boot.
pub(super) fn beginning(node: &Node) -> String {
    // The first file that is written to a directory of an overlay makes a copy of the directory.
    for directory in ["/usr/local/bin", BIN_DIR] {
        node.sh(&format!("echo >{directory}/reset && rm {directory}/reset"));
    }
    state(node).unwrap_or_default()
}

/// What must be the same before and after; `None` if it cannot be seen.
fn state(node: &Node) -> Option<String> {
    // A directory's time says only that an entry came or went, and entries are listed.
    let listed = r"\( -type d -printf '%p %y %m %U:%G %i\n' -o -printf '%p %y %m %U:%G %i %s %T@ %l\n' \)";
    // What the rig brings once, and what systemd and containerd keep for themselves.
    let own = "-name program.tar -o -name keep-streams -o -path '*/lib/containerd' -o -path '*/lib/systemd'";
    // `/usr` is an overlay: what differs from its root lies in one directory, removed names too.
    let usr = Command::new("sh")
        .args(["-c", &format!(r#"cd "$1" && find . \( {own} \) -prune -o {listed} | sort"#), "sh"])
        .arg(node.upper())
        .output()
        .ok()?;
    let seen = node.try_sh(&format!(
        r"set -e
         find /etc /opt /root /srv /var/lib /run/systemd/system /run/systemd/transient \
             \( {own} \) -prune -o {listed} 2>/dev/null | sort
         systemctl show containerd -p \
             MainPID,NRestarts,ExecMainStartTimestampMonotonic,UnitFileState,NeedDaemonReload,DropInPaths
         systemctl list-units --all --plain --no-legend 'cni-bootstrap*' 'run-*.service' 'kube*'
         systemctl list-units --failed --plain --no-legend
         ctr -n k8s.io containers ls -q
         cut -d' ' -f5 /proc/1/mountinfo | sort
         cat /proc/[0-9]*/comm | grep -vxE 'sh|sort|cat|grep|systemctl|systemd-.*|\(sd-.*' | sort"
    ));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (usr.status.success() && seen.status.success()).then(|| text(&usr.stdout) + &text(&seen.stdout))
}
