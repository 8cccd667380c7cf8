//! The two systemd units during a boot in which a pod of the kubelet writes the primary, and during a reboot.

use std::path::Path;

use crate::network::{CHAIN, PRIMARY, primary};
use crate::node::Node;
use crate::program::{ON_HOST, binary};
use crate::rig::{Release, on};
use crate::tools::top;

const UNITS: [&str; 2] = ["cni-bootstrap-early.service", "cni-bootstrap.service"];

/// A kubelet: it starts after containerd, records the chain that it finds, and a while later one of its pods writes
/// the primary.
const KUBELET: &str = "\
[Unit]
Wants=containerd.service
After=containerd.service
[Service]
Type=exec
ExecStart=/usr/local/bin/kubelet
[Install]
WantedBy=multi-user.target
";
const KUBELET_PROGRAM: &str = "\
#!/bin/sh
cp /etc/cni/net.d/05-tuning.conflist /root/seen-by-the-kubelet 2>/dev/null || echo none >/root/seen-by-the-kubelet
sleep 2
mkdir -p /etc/cni/net.d
[ -e /etc/cni/net.d/10-primary.conflist ] || cp /root/primary /etc/cni/net.d/10-primary.conflist
exec sleep infinity
";

fn text(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap()
}

/// The steps of the user-data on a node's first boot, without the download.
fn install(node: &Node) {
    std::fs::copy(binary(), node.path(ON_HOST)).unwrap();
    for unit in UNITS {
        node.write(&format!("/etc/systemd/system/{unit}"), text(&format!("deploy/systemd/{unit}")));
    }
    node.write("/etc/default/cni-bootstrap", text("deploy/systemd/cni-bootstrap.default"));
    node.sh("mkdir -p /etc/cni/net.d /opt/cni/bin /etc/containerd");
    node.sh("systemctl daemon-reload; systemctl enable cni-bootstrap-early.service cni-bootstrap.service");
}

/// The options with a plugin to chain.
fn chain(node: &Node) {
    let options = text("deploy/systemd/cni-bootstrap.default");
    let empty = "#CNI_BOOTSTRAP_PLUGIN=\n";
    assert!(options.contains(empty), "{options}");
    let plugin = r#"CNI_BOOTSTRAP_PLUGIN='{"type":"tuning","sysctl":{"net.core.somaxconn":"1024"}}'"#;
    node.write("/etc/default/cni-bootstrap", options.replace(empty, &format!("{plugin}\n")));
}

fn kubelet(node: &Node) {
    node.write("/root/primary", primary("primary", 88));
    node.write("/usr/local/bin/kubelet", KUBELET_PROGRAM);
    node.sh("chmod 0755 /usr/local/bin/kubelet");
    node.write("/etc/systemd/system/kubelet.service", KUBELET);
    node.sh("systemctl daemon-reload; systemctl enable kubelet.service");
}

/// The time when a unit became active, in microseconds since boot.
fn active_since(node: &Node, unit: &str) -> u64 {
    let said = node.sh(&format!("systemctl show --value -p ActiveEnterTimestampMonotonic {unit}"));
    said.trim().parse().unwrap_or_else(|_| panic!("{unit}: {said}"))
}

fn proven(node: &Node, network: &[&str]) {
    node.wait_for("the unit to end with a verified network", || {
        let state = node.sh("systemctl show -p ActiveState,Result,ExecMainStatus,ExecMainExitTimestampMonotonic cni-bootstrap.service");
        let ended = !state.contains("ExecMainExitTimestampMonotonic=0");
        let networks = node.cri().status().map(|status| status.networks()).unwrap_or_default();
        if ended && state.contains("ExecMainStatus=0") && state.contains("Result=success") && networks == [network] {
            return Ok(());
        }
        Err(format!("{state}{networks:?}\n{}", node.sh("journalctl -q -o cat -t cni-bootstrap -b")))
    });
}

#[test]
fn systemd_finds_nothing_in_the_units_and_they_are_shut_in() {
    for release in [Release::Bookworm, Release::Trixie] {
        on(release, "systemd-analyze on the units", |node| {
            install(node);
            for unit in UNITS {
                let path = format!("/etc/systemd/system/{unit}");
                let out = node.try_sh(&format!("systemd-analyze verify {path} 2>&1"));
                let said = String::from_utf8_lossy(&out.stdout);
                let about_us: Vec<_> = said.lines().filter(|line| line.contains("cni-bootstrap")).collect();
                assert!(out.status.success() && about_us.is_empty(), "{said}");
                let out = node.try_sh(&format!("systemd-analyze security --no-pager --threshold=25 {unit}"));
                let said = String::from_utf8_lossy(&out.stdout);
                assert!(out.status.success(), "{said}");
            }
        });
    }
}

#[test]
fn a_fresh_node_and_its_reboot() {
    for release in [Release::Bookworm, Release::Trixie, Release::Sid] {
        on(release, "the units through a boot and a reboot", boot_and_reboot);
    }
}

fn boot_and_reboot(node: &Node) {
    install(node);
    chain(node);
    kubelet(node);
    node.reboot();
    proven(node, &["ptp", "tuning"]);
    // The kubelet was not delayed.
    let waited =
        active_since(node, "kubelet.service").saturating_sub(active_since(node, "containerd.service"));
    assert!(waited < 5_000_000, "the kubelet started {waited} us after containerd");
    assert_eq!(node.read("/root/seen-by-the-kubelet"), b"none\n", "a fresh node has no chain yet");
    assert_eq!(node.sh("systemctl show --value -p Result cni-bootstrap-early.service"), "success\n");

    // The primary changes while the program does not run: after the reboot the kubelet must find a chain from the new
    // primary, on a containerd that must be restarted for it.
    node.write(PRIMARY, primary("primary", 88).replace("1450", "1400"));
    let config = String::from_utf8(node.read(crate::node::CONFIG)).unwrap();
    let line = "      bin_dir = \"/usr/lib/cni\"\n";
    node.write(crate::node::CONFIG, config.replace(line, &format!("{line}      max_conf_num = 0\n")));
    node.sh("sync");
    node.reboot();
    node.wait_for("the kubelet", || match active_since(node, "kubelet.service") {
        0 => Err("not yet".to_owned()),
        _ => Ok(()),
    });
    node.wait_for("what the kubelet saw", || {
        let seen = String::from_utf8(node.read("/root/seen-by-the-kubelet")).unwrap();
        if seen.contains("1400") && seen.contains("tuning") { Ok(()) } else { Err(seen) }
    });
    proven(node, &["ptp", "tuning"]);
    assert_eq!(node.starts(), 2, "one start at boot, one restart for max_conf_num");
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
    assert!(Path::new(&node.path(CHAIN)).exists());
}

/// A program that sets up the node: 20 s after the boot it writes containerd's config, then starts or restarts
/// containerd. The late unit comes after it, and it waits for the units that it starts, as kops' nodeup does.
const SETS_UP: &str = "\
[Unit]
Description=Sets the node up
[Service]
Type=oneshot
ExecStart=/usr/local/bin/set-up
[Install]
WantedBy=multi-user.target
";
/// A value by which its config is recognised.
const LINE_SIZE: u64 = 12345;

fn sets_up(node: &Node, verb: &str) {
    let config = String::from_utf8(node.read(crate::node::CONFIG)).unwrap();
    let line = "      bin_dir = \"/usr/lib/cni\"\n";
    let cri = "[plugins.\"io.containerd.grpc.v1.cri\"]\n";
    assert!(config.contains(line), "{config}");
    let config = config.replace(line, &format!("{line}      max_conf_num = 0\n"));
    let value = format!("max_container_log_line_size = {LINE_SIZE}\n");
    let config = match config.find("[plugins.\"io.containerd.grpc.v1.cri\"]") {
        Some(_) => config.replace(cri, &format!("{cri}  {value}")),
        None => format!("{config}\n{cri}  {value}"),
    };
    node.write("/root/config.toml", config);
    let program = format!(
        "#!/bin/sh\nset -e\nsleep 20\ncp /root/config.toml {}\nsystemctl {verb} containerd\n\
         systemctl restart cni-bootstrap-start.service\nsystemctl start --no-block kubelet.service\n",
        crate::node::CONFIG
    );
    node.write("/usr/local/bin/set-up", program);
    node.sh("chmod 0755 /usr/local/bin/set-up");
    node.write("/etc/systemd/system/kops-configuration.service", SETS_UP);
    let hook = "cni-bootstrap-start.service";
    node.write(&format!("/etc/systemd/system/{hook}"), text(&format!("deploy/kops/{hook}")));
    node.sh("systemctl daemon-reload; systemctl enable kops-configuration.service; systemctl disable kubelet.service");
}

#[test]
fn who_starts_containerd_ends_with_his_values_live_and_at_most_one_restart_by_this_program() {
    for release in [Release::Bookworm, Release::Trixie, Release::Sid] {
        on(release, "the node is set up by somebody who starts containerd", |node| set_up(node, "start"));
    }
}

#[test]
fn who_restarts_containerd_ends_with_his_values_live_and_at_most_one_restart_by_this_program() {
    for release in [Release::Bookworm, Release::Trixie, Release::Sid] {
        on(release, "the node is set up by somebody who restarts containerd", |node| set_up(node, "restart"));
    }
}

fn set_up(node: &Node, verb: &str) {
    install(node);
    kubelet(node);
    sets_up(node, verb);
    let theirs = if verb == "start" {
        node.sh("systemctl disable containerd.service");
        1
    } else {
        2
    };
    node.reboot();
    proven(node, &["ptp"]);
    let live = node.cri().status().unwrap().document("config");
    // The key differs between containerd 1.x and 2.x (`pkg/cri/config`, `internal/cri/config`).
    let size = live.get("maxContainerLogSize").or_else(|| live.get("maxContainerLogLineSize"));
    assert_eq!(size, Some(&LINE_SIZE.into()), "{live}");
    assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
    let starts = node.starts();
    let told = "journalctl -q -b -o short-precise UNIT=containerd.service + UNIT=cni-bootstrap.service \
                + SYSLOG_IDENTIFIER=cni-bootstrap";
    assert_eq!(starts, theirs + 1, "theirs, and one restart for max_conf_num:\n{}", node.sh(told));
    let state = node.sh("systemctl show -p Result,ActiveState kops-configuration.service");
    assert!(state.contains("Result=success") && state.contains("ActiveState=inactive"), "it waits: {state}");
}

/// No unit starts a containerd that was not set up yet, and the kubelet waits only for units that can start.
#[test]
fn the_units_come_after_containerd_and_pull_nothing_in() {
    let after = |unit: &str| {
        let text = text(&format!("deploy/systemd/{unit}"));
        let pulls = ["Wants=", "Requires=", "Requisite=", "BindsTo=", "Upholds=", "PartOf="];
        for line in text.lines() {
            assert!(!pulls.iter().any(|pull| line.starts_with(pull)), "{unit}: {line}");
        }
        let line = text.lines().find_map(|line| line.strip_prefix("After=")).unwrap();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(after(UNITS[0]), ["containerd.service"]);
    let late = ["containerd.service", "nodeadm-run.service", "kops-configuration.service", UNITS[0]];
    assert_eq!(after(UNITS[1]), late);
}

/// The longest wait is a restart that hangs and a rollback that hangs too.
#[test]
fn a_containerd_that_never_comes_back_holds_the_kubelet_for_at_most_70_seconds() {
    on(Release::Trixie, "the early unit and a containerd that hangs", |node| {
        install(node);
        node.write("/root/primary", primary("primary", 88));
        node.write("/usr/local/bin/kubelet", KUBELET_PROGRAM);
        node.sh("chmod 0755 /usr/local/bin/kubelet");
        // A kubelet that does not wait for containerd itself, like kubeadm's.
        let kubelet = KUBELET.replace("Wants=containerd.service\nAfter=containerd.service\n", "");
        node.write("/etc/systemd/system/kubelet.service", kubelet);
        node.write(PRIMARY, primary("primary", 88));
        crate::network::set_max_conf_num(node, 0);
        node.write(
            "/etc/systemd/system/containerd.service.d/hangs.conf",
            "[Service]\nTimeoutStartSec=infinity\nExecStartPre=/bin/sleep infinity\n",
        );
        node.sh("systemctl daemon-reload");
        // Both are started, and the second command ends when the kubelet has started.
        node.sh("systemctl start --no-block cni-bootstrap-early.service; systemctl start kubelet.service");
        let began =
            node.sh("systemctl show --value -p InactiveExitTimestampMonotonic cni-bootstrap-early.service");
        let held = active_since(node, "kubelet.service") - began.trim().parse::<u64>().unwrap();
        // systemd ends the unit at this limit; the rest is the time of the kubelet's start.
        assert!(held < 72_000_000, "the kubelet was held for {held} us");
        let said = node.sh("journalctl -q -o cat -t cni-bootstrap -b");
        assert!(said.contains("restarting containerd.service"), "it was held by no restart: {said}");
    });
}

/// Writes the primary from the first moment of a boot on, in pieces and another one each time, as an agent that fights
/// with the boot does. The last one has the MTU 1300.
const RACER: &str = "\
[Unit]
DefaultDependencies=no
After=local-fs.target
[Service]
Type=exec
ExecStart=/usr/local/bin/racer
[Install]
WantedBy=sysinit.target
";
const RACER_PROGRAM: &str = "\
#!/bin/sh
for round in $(seq 1200 1300); do
    primary=$(sed s/1450/$round/ /root/primary)
    printf '%.60s' \"$primary\" >/etc/cni/net.d/10-primary.conflist
    sleep 0.03
    printf '%s' \"$primary\" >/etc/cni/net.d/10-primary.conflist
    sleep 0.03
done
";
const WATCH: &str = "\
[Unit]
Wants=containerd.service
After=containerd.service
[Service]
EnvironmentFile=/etc/default/cni-bootstrap
ExecStart=/usr/local/bin/cni-bootstrap watch --restart-quiet 0s
[Install]
WantedBy=multi-user.target
";

/// The early unit, `watch` and the writer of the primary all at once.
#[test]
fn a_reboot_in_which_the_writer_of_the_primary_races_ends_with_its_last_bytes() {
    for release in [Release::Bookworm, Release::Trixie, Release::Sid] {
        on(release, "a reboot with a racing writer of the primary", |node| {
            install(node);
            chain(node);
            node.sh("systemctl disable cni-bootstrap.service");
            node.write("/root/primary", primary("primary", 88));
            node.write(PRIMARY, primary("primary", 88));
            for (unit, text) in [("racer.service", RACER), ("watch.service", WATCH)] {
                node.write(&format!("/etc/systemd/system/{unit}"), text);
            }
            node.write("/usr/local/bin/racer", RACER_PROGRAM);
            node.sh(
                "chmod 0755 /usr/local/bin/racer; systemctl daemon-reload; systemctl start watch.service",
            );
            crate::network::wait_for_networks(node, &[&["ptp", "tuning"]]);
            node.sh("systemctl enable racer.service watch.service; sync");
            node.reboot();
            crate::network::never_two_networks(node, || {
                node.wait_for("the last primary", || {
                    let status = node.cri().status()?;
                    let loaded = status.loaded_bytes();
                    let is_last = loaded.contains("1300") && status.networks() == [["ptp", "tuning"]];
                    if is_last { Ok(()) } else { Err(format!("{:?} {loaded}", status.networks())) }
                });
            });
            assert_eq!(node.sh("systemctl is-active watch.service"), "active\n");
        });
    }
}
