//! The disk is full, to the last block and the last inode, from the moment at which the new config is tried. The old one
//! comes back all the same.

use crate::install::assert_chained;
use crate::network::wait_for_networks;
use crate::node::{CONFIG, Node};
use crate::program::{Run, UNINSTALL, Way, install, run, start};
use crate::rollback::{DROP_IN, assert_rolled_back, prepared};

/// The unit refuses this line of the config, slowly, after it has filled the disk: no earlier than the new config is there.
fn fills(line: &str) -> String {
    format!(
        r#"ExecStartPre=/bin/sh -c "! grep -q '{line}' /etc/containerd/config.toml || {{ /root/fill; sleep 3; exit 1; }}""#
    )
}

/// Uses up inodes and then blocks, in files that are there already, of each file system. It says so only if neither a
/// file can be made nor a byte be written.
const FILL: &str = "#!/bin/sh
exec 2>/dev/null
for dir in /etc/containerd/fill /run/cni-bootstrap; do
    touch $dir/.blocks $dir/.one
    i=0; while touch $dir/.inode$i; do i=$((i + 1)); done
    dd if=/dev/zero of=$dir/.blocks bs=1k
    sync -f $dir/.blocks
    if echo x >$dir/.more; then exit 1; fi
    if head -c 8192 /dev/zero >>$dir/.one; then exit 1; fi
done
touch /root/filled
";

/// The config and the records lie on one small ext4, and `/run/cni-bootstrap` on a small tmpfs.
fn small(node: &Node) {
    node.write("/root/small.ext4", "");
    let disk = node.path("/root/small.ext4");
    let made = std::process::Command::new("sh")
        .args(["-c", "truncate -s 8M $0 && mkfs.ext4 -q -b 1024 -N 64 $0"])
        .arg(disk)
        .status();
    assert!(made.unwrap().success(), "mkfs.ext4");
    node.sh(
        "set -e
         [ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
         for n in $(seq 0 31); do [ -e /dev/loop$n ] || mknod /dev/loop$n b 7 $n; done
         mkdir -p /mnt/small /var/lib/cni-bootstrap /run/cni-bootstrap
         mount -o loop,noauto_da_alloc /root/small.ext4 /mnt/small
         mkdir /mnt/small/etc /mnt/small/lib; cp -a /etc/containerd/. /mnt/small/etc/; mkdir /mnt/small/etc/fill
         mount --bind /mnt/small/etc /etc/containerd; mount --bind /mnt/small/lib /var/lib/cni-bootstrap
         mount -t tmpfs -o size=128k,nr_inodes=40,mode=0755 small /run/cni-bootstrap",
    );
    node.write("/root/fill", FILL);
    node.sh("chmod 0755 /root/fill");
}

/// There is room again, and the cause is mended: the next run ends as if nothing had been.
fn is_chained_with_room(node: &Node) {
    node.sh(&format!(
        "rm -rf {DROP_IN} /etc/containerd/fill/.[a-z]* /run/cni-bootstrap/.[a-z]* /run/cni-bootstrap/attempt.json
         systemctl daemon-reload"
    ));
    assert_chained(node, &run(node, Way::Host, &install(&["--restart-timeout", "20s"])).ended("ready"));
    assert_eq!(node.sh("ls -A /etc/containerd"), "config.toml\nfill\n");
}

fn assert_old_and_up(node: &Node, before: &[u8]) {
    assert!(node.has("/root/filled"), "the disk was not full");
    assert_eq!(String::from_utf8_lossy(&node.read(CONFIG)), String::from_utf8_lossy(before));
    let status = node.cri().status().unwrap();
    assert_eq!((status.max_conf_num(), status.network_ready), (0, true));
    assert_eq!(status.networks(), [["ptp"]]);
}

/// The program's own rollback.
pub(crate) fn a_refused_config_on_a_full_disk_is_rolled_back(node: &Node) {
    let before = prepared(node, &fills("max_conf_num = 1"));
    small(node);
    let refused = run(node, Way::Host, &install(&["--restart-timeout", "20s"]));
    assert_old_and_up(node, &before);
    assert_rolled_back(&refused);
    assert!(!refused.has_finding("restart-not-noted"), "{refused}");
    // The next run knows of it, although the disk is full still.
    let starts = node.starts();
    assert_rolled_back(&run(node, Way::Host, &install(&["--restart-timeout", "20s"])));
    assert_eq!(node.starts(), starts);
    is_chained_with_room(node);
}

/// The program is killed, and the host's timer rolls back.
pub(crate) fn killed_with_a_refused_config_on_a_full_disk_the_timer_rolls_back(node: &Node) {
    let before = prepared(node, &fills("max_conf_num = 1"));
    small(node);
    let running = start(node, Way::Host, &install(&["--restart-timeout", "5s"]));
    node.wait_for(
        "the full disk",
        || if node.has("/root/filled") { Ok(()) } else { Err("not yet".to_owned()) },
    );
    running.kill();
    assert!(node.cri().status().is_err(), "it was killed too late");
    wait_for_networks(node, &[&["ptp"]]);
    assert_old_and_up(node, &before);
    is_chained_with_room(node);
}

/// The administrator's config does not come up any more, and the disk is full: the node keeps what it runs with.
pub(crate) fn an_uninstall_on_a_full_disk_keeps_the_config_that_runs(node: &Node) {
    prepared(node, "");
    small(node);
    run(node, Way::Host, &install(&[])).ended("ready");
    let ours = node.read(CONFIG);
    node.write(DROP_IN, format!("[Service]\n{}\n", fills("max_conf_num = 0")));
    node.sh("systemctl daemon-reload");
    let ended: Run = run(node, Way::Host, &[&UNINSTALL[..], &["--restart-timeout", "20s"]].concat());
    assert!(node.has("/root/filled"), "the disk was not full: {ended}");
    assert_eq!((ended.code, node.read(CONFIG)), (7, ours), "{ended}");
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
}

/// Without room for the reserve nothing is changed.
pub(crate) fn on_a_disk_that_is_full_before_nothing_is_begun(node: &Node) {
    let before = prepared(node, "");
    small(node);
    node.sh("/root/fill");
    let starts = node.starts();
    let full = run(node, Way::Host, &install(&["--restart-timeout", "20s"]));
    assert!(full.code == 1 && full.stderr.contains("No space left on device"), "{full}");
    assert_eq!(node.starts(), starts);
    assert_old_and_up(node, &before);
}
